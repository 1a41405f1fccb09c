import { messageOf } from "../errors";

/** What a check found. `unknown`: it could not be looked up, which stops nobody. */
export type CheckState = "ok" | "wrong" | "unknown";

/** What a check says. */
export interface Verdict {
  state: CheckState;
  /** What was found, in words. */
  why: string;
  /** What to do next; absent where nothing is to be done. */
  remedy?: string;
}

/** One thing that is looked at before anything is deployed. */
export interface Check<Facts> {
  /** Stable: scripts go by it. */
  id: string;
  /** The subject, for people. */
  what: string;
  /** What is thrown makes the check `unknown`. */
  look(facts: Facts): Verdict | Promise<Verdict>;
}

/** How a check ended, as `--json` prints it. */
export interface CheckResult extends Omit<Verdict, "remedy"> {
  id: string;
  what: string;
  /** Null where nothing is to be done. */
  remedy: string | null;
}

export const ok = (why: string): Verdict => ({ state: "ok", why });
export const wrong = (why: string, remedy: string): Verdict => ({ state: "wrong", why, remedy });
export const unknown = (why: string, remedy?: string): Verdict => ({
  state: "unknown",
  why,
  ...(remedy === undefined ? {} : { remedy }),
});

/** A check needs what another check looks at, and there it is not as it should be. */
export class Unmet extends Error {
  constructor(checkId: string, cause: unknown) {
    super(`not looked at: it needs what ${checkId} looks at`, { cause });
    this.name = "Unmet";
  }
}

/** How {@link runChecks} works. */
export interface RunChecksOptions {
  /** Called in the order of the checks, each as soon as it and all before it are known. */
  onResult?: (result: CheckResult) => void;
  /** Aborted: what is not known by then stays so. */
  signal?: AbortSignal;
  /** The longest that a check may take. */
  timeoutMs?: number;
}

/** Longer than listing ten thousand accounts takes. */
const LONGEST_MS = 180_000;

/** Looks at everything at the same time. One check that fails or hangs never keeps another from its end. */
export async function runChecks<Facts>(
  checks: readonly Check<Facts>[],
  facts: Facts,
  { onResult, signal, timeoutMs = LONGEST_MS }: RunChecksOptions = {},
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const looking = checks.map((check) => looked(check, facts, timeoutMs, signal));
  for (const result of looking) {
    results.push(await result);
    onResult?.(await result);
  }
  return results;
}

async function looked<Facts>(
  check: Check<Facts>,
  facts: Facts,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<CheckResult> {
  const stop = new AbortController();
  const late = ended(stop.signal, timeoutMs, signal);
  try {
    const { remedy, ...verdict } = await Promise.race([Promise.resolve(facts).then((all) => check.look(all)), late]);
    return { id: check.id, what: check.what, ...verdict, remedy: remedy ?? null };
  } catch (error) {
    return { id: check.id, what: check.what, state: "unknown", why: messageOf(error), remedy: null };
  } finally {
    stop.abort();
  }
}

/** Resolves when a check has had its time, or the user interrupts. */
function ended(stop: AbortSignal, timeoutMs: number, signal: AbortSignal | undefined): Promise<Verdict> {
  return new Promise((resolve) => {
    const interrupted = (): void => resolve(unknown("interrupted"));
    const timer = setTimeout(() => resolve(unknown(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    if (signal?.aborted) interrupted();
    signal?.addEventListener("abort", interrupted, { once: true });
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupted);
    });
  });
}
