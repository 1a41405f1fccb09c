import type { AccountIdentity, AccountRecord } from "../../report/manifest";
import { accountEvent } from "../accountEvent";
import { askAccount, type Asked } from "../accountTask";
import { Deadline } from "../deadline";
import { RunError } from "../errors";
import { Gate } from "../gate";
import { GeneratingCap } from "../generatingCap";
import { RateLimit } from "../rateLimit";
import { RetryBudget } from "../retry";
import { BATCH_DEFAULTS } from "../settings";
import { shareOf } from "./batches";
import { effortSince } from "./effort";
import { readRounds, recordsOf, waitSeconds } from "./rounds";
import type { CollectAnswer, CollectEvent } from "./steps";
import type { StepSurroundings } from "./stepSurroundings";
import { ROUND_SCHEMA, workKeys, type Batch, type PendingAccount, type Round } from "./workObjects";

/**
 * How long a round asks: longer than AWS takes for most reports, so that most batches need one, and short enough that nobody pays for a
 * function that waits. Milliseconds.
 */
export const ROUND_MS = 30_000;

const REMEDY =
  "Check that bucket and key exist and let the collector's role use them; the state machine tries the batch again, and a redrive of the " +
  "execution asks only accounts that are missing";

/**
 * One round of asking a batch: those of its accounts that have no record of an earlier round. What has not ended when the round does is
 * pending, and the next round goes on with it where this one stopped. Nothing is kept in the process: a round that died is simply asked
 * again, and takes the reports that it had stored.
 *
 * @param endsAt Milliseconds since 1970; no account is asked after it.
 * @throws {RunError} if the batch cannot be read, or what the round came to cannot be stored.
 */
export async function collectBatch(
  event: CollectEvent,
  around: StepSurroundings,
  endsAt: number,
): Promise<CollectAnswer> {
  const { runId, batch, batches } = event;
  const { work, clock, clients, log } = around;
  const effort = effortSince(clients);
  try {
    const { accounts } = await work.read<Batch>(workKeys.batch(runId, batch));
    const rounds = await readRounds(work, await work.list(workKeys.results(runId, batch)));
    const known = recordsOf(rounds);
    const missing = accounts.filter(({ accountId }) => !known.has(accountId));
    const number = rounds.length + 1;
    const round = await ask(
      event,
      missing,
      rounds.at(-1)?.pending ?? [],
      around,
      Math.min(endsAt, clock.now() + ROUND_MS),
    );
    if (missing.length > 0) {
      await store({ schema: ROUND_SCHEMA, runId, batch, round: number, ...round, ...effort() }, around);
    }
    const { collected, notCollected } = counts([...known.values(), ...round.records]);
    const { pending } = round;
    const wait = waitSeconds(pending, number, clock.random());
    log({
      level: "info",
      message: "round done",
      runId,
      batch,
      round: number,
      asked: missing.length,
      collected,
      notCollected,
      pending: pending.length,
      waitSeconds: wait,
    });
    return { runId, batch, batches, collected, notCollected, pending: pending.length, waitSeconds: wait };
  } catch (error) {
    throw RunError.because(`Batch ${batch} of run ${runId} cannot be collected`, REMEDY, error);
  }
}

/** Asks accounts by the very calls of a run in one process, with the part of what the run may ask for that falls to a batch. */
async function ask(
  { runId, batch, batches }: CollectEvent,
  accounts: readonly AccountIdentity[],
  before: readonly PendingAccount[],
  { settings, clients, work, clock, log }: StepSurroundings,
  endsAt: number,
): Promise<Pick<Round, "records" | "pending">> {
  const { batchConcurrency = BATCH_DEFAULTS.batchConcurrency } = settings;
  const share = shareOf({ ...settings, batchConcurrency }, batches);
  const generating = new GeneratingCap(share.generating);
  const keepRaw = work.keepRaw(runId);
  const surroundings = {
    settings,
    clients,
    clock,
    // Rows are consolidated by another step, so they take no time of this one.
    deadline: new Deadline(endsAt, clock, 0),
    generating,
    calls: new Gate(settings.concurrency),
    // No burst: batches that follow each other would each have theirs.
    sessions: new RateLimit(share.stsPerSecond, clock, 0),
    retries: RetryBudget.forBatch(batches),
  };
  const progressOf = new Map(before.map((account) => [account.accountId, account]));
  const tasks: Promise<{ asked: Asked; progress: PendingAccount }>[] = [];
  for (const account of accounts) {
    const progress = progressOf.get(account.accountId) ?? { accountId: account.accountId };
    const place = await generating.enter();
    const task = askAccount(account, place, { runId, keepRaw, around: surroundings }, progress);
    tasks.push(
      task.then((asked) => {
        if (!asked.unfinished) log({ ...accountEvent(runId, asked.record), batch });
        return { asked, progress };
      }),
    );
  }
  const all = await Promise.all(tasks);
  const leftAt = clock.now();
  return {
    records: all.filter(({ asked }) => !asked.unfinished).map(({ asked }) => asked.record),
    pending: all.filter(({ asked }) => asked.unfinished).map(({ progress }) => ({ leftAt, ...progress })),
  };
}

/** Stores a round under the next number that is free: another one may be there of a function that was taken for dead. */
async function store(round: Round, { work, log }: Pick<StepSurroundings, "work" | "log">): Promise<void> {
  const { runId, batch, round: number } = round;
  if (await work.create(workKeys.round(runId, batch, number), round)) return;
  log({ level: "warn", message: "round is there already", runId, batch, round: number });
  await store({ ...round, round: number + 1 }, { work, log });
}

function counts(records: readonly AccountRecord[]): { collected: number; notCollected: number } {
  const collected = records.filter(({ state }) => state === "collected").length;
  return { collected, notCollected: records.length - collected };
}
