import type { Refusal } from "./settings";

/*
 * One run at a time: an object in the bucket names the run that is going on. It is no evidence, and is replaced. Who wants to run takes
 * it by a write that S3 makes only if nobody wrote in between, so that of two who try at once one gets it, and the other learns of it.
 */

/** Names this version of the format. */
export const RUNNING_SCHEMA = "iam-credential-reports/running/1";

/** What the object says. */
export interface Running {
  schema: typeof RUNNING_SCHEMA;
  /** `idle`: that run has ended and given the lease back. */
  state: "running" | "idle";
  runId: string;
  /** Whose run it is: the id of a Lambda request, which stays the same when Lambda tries it again, or the ARN of an execution. */
  holder: string;
  /** ISO 8601. */
  startedAt: string;
  /** When it counts for nothing any more, ISO 8601: its holder has been stopped by then, whatever became of it. */
  expiresAt: string;
}

/** Who wants to run, from when, and until when at most, in milliseconds since 1970. */
export interface LeaseRequest {
  runId: string;
  holder: string;
  startedAt: number;
  expiresAt: number;
}

/** Where the lease lies. Each write happens only if its condition holds, and gives the version that it made. */
export interface LeaseStore {
  /** What lies there, with its version. It has to be there. */
  read(): Promise<{ version: string; bytes: Uint8Array }>;
  /** Writes it if nothing is there; undefined if something is. A lost answer may say so, too, of what was written. */
  create(bytes: Uint8Array): Promise<string | undefined>;
  /** Writes it if that version is still there; undefined if not. A lost answer may say so, too, of what was written. */
  replace(version: string, bytes: Uint8Array): Promise<string | undefined>;
}

/** A lease that was taken. */
export interface Lease {
  /** Gives it back, unless another has taken it since. Whoever comes next need not wait for it to expire. */
  release(): Promise<void>;
}

/** How far clocks may be apart: a lease is good for that much longer than its holder asked. */
export const CLOCKS_APART_MS = 30_000;

/** The longest that a run is let run at once: an execution for a day, an invocation for a quarter of an hour. Milliseconds. */
const LONGEST_LEASE_MS = 24 * 3600_000;

/** Others that may be faster, one after the other, before it is given up. */
const MOST_TRIES = 20;

/** What to do about a lease: it is one's own already, it may be taken, or it is another's. */
export type LeaseDecision = "own" | "take" | "refuse";

/**
 * Whether a lease may be taken.
 *
 * @param found What lies there; undefined where it cannot be read as a lease, and so is nobody's.
 * @param now Milliseconds since 1970, by the clock of who asks.
 */
export function decideLease(
  found: Running | undefined,
  { runId, holder }: Pick<LeaseRequest, "runId" | "holder">,
  now: number,
): LeaseDecision {
  if (found?.state !== "running") return "take";
  // that of an earlier attempt, which was stopped: there are no two attempts of one request, or one execution, at the same time
  if (found.holder === holder) return found.runId === runId ? "own" : "take";
  const expiresAt = Date.parse(found.expiresAt);
  // no collector asks for longer: who wrote that wants no run at all
  if (expiresAt > now + LONGEST_LEASE_MS + 2 * CLOCKS_APART_MS) return "take";
  return now < expiresAt ? "refuse" : "take";
}

/**
 * Takes the lease, or says who has it.
 *
 * @param now Milliseconds since 1970.
 * @throws if the object cannot be read or written, or others were faster all the time and did not keep it.
 */
export async function takeLease(
  store: LeaseStore,
  request: LeaseRequest,
  now: () => number,
): Promise<{ lease: Lease } | { refused: Refusal }> {
  const mine: Running = {
    schema: RUNNING_SCHEMA,
    state: "running",
    runId: request.runId,
    holder: request.holder,
    startedAt: new Date(request.startedAt).toISOString(),
    expiresAt: new Date(request.expiresAt + CLOCKS_APART_MS).toISOString(),
  };
  let version = await store.create(bytesOf(mine));
  for (let tries = 0; version === undefined; tries += 1) {
    if (tries === MOST_TRIES) throw new Error("others took the lease and gave it back all the time");
    const { version: there, bytes } = await store.read();
    const found = runningOf(bytes);
    const decision = decideLease(found, request, now());
    if (decision === "refuse" && found) return { refused: refusalBy(found) };
    version = decision === "own" ? there : await store.replace(there, bytesOf(mine));
  }
  const held = version;
  return { lease: { release: () => giveBack(store, held, mine) } };
}

/**
 * Gives back what a holder has, where no more is known than who it is: of an execution that failed, for instance. What is another's
 * stays.
 *
 * @throws if the object cannot be read or written.
 */
export async function releaseOf(store: LeaseStore, holder: string, now: number): Promise<void> {
  const time = new Date(now).toISOString();
  const nothing: Running = {
    schema: RUNNING_SCHEMA,
    state: "idle",
    runId: "",
    holder,
    startedAt: time,
    expiresAt: time,
  };
  // without the right to list the bucket, S3 does not say that an object is missing, but that it is not to be read
  if ((await store.create(bytesOf(nothing))) !== undefined) return;
  const { version, bytes } = await store.read();
  const found = runningOf(bytes);
  if (found?.state === "running" && found.holder === holder) await giveBack(store, version, found);
}

async function giveBack(store: LeaseStore, version: string, held: Running): Promise<void> {
  // Whether another has it by now, or only the answer was lost: there is nothing left to give back.
  await store.replace(version, bytesOf({ ...held, state: "idle" }));
}

/** What the object says; undefined where it is nothing that this project writes. */
export function runningOf(bytes: Uint8Array): Running | undefined {
  try {
    const found = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Running> | null;
    const whole =
      found?.schema === RUNNING_SCHEMA && typeof found.runId === "string" && typeof found.holder === "string";
    return whole && !Number.isNaN(Date.parse(found.expiresAt ?? "")) ? (found as Running) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(running: Running): Uint8Array {
  return Buffer.from(`${JSON.stringify(running, undefined, 2)}\n`);
}

/** What a run that does not begin answers. */
function refusalBy({ runId, startedAt, expiresAt, holder }: Running): Refusal {
  return {
    refused: "RunInProgress",
    message:
      `Run ${runId} is going on since ${startedAt}, and there is one at a time, so this one did not begin. ` +
      `Wait for its end; should it have been stopped, it counts for nothing any more from ${expiresAt} on`,
    running: { runId, startedAt, expiresAt, holder },
  };
}
