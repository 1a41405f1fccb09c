import type { Clock } from "./clock";
import { CallError, CollectionError, errorCode, errorMessage } from "./errors";

/** What a failed call asks for: another try soon, later, much later (no capacity), or none. */
export type Fault = "transient" | "throttled" | "capacity" | "final";

/** How a call is tried again. */
export interface RetryOptions {
  clock: Clock;
  /** Milliseconds since 1970; no try begins after it. */
  endsAt?: number;
  /** Each pays for every further try; the one that cannot ends them. */
  budgets?: readonly RetryBudget[];
  /** Refusals for want of capacity are the caller's to wait out. */
  refusable?: boolean;
}

/** Further tries that may be spent on an account, or on a run, so that what is broken at large ends soon. */
export class RetryBudget {
  private left: number;

  /**
   * @param owner Whose, in words: `the account`.
   * @param tries Further tries to begin with, and never more than these.
   * @param perSuccess Earned back with every call that succeeds.
   */
  constructor(
    readonly owner: string,
    private readonly tries: number,
    private readonly perSuccess = 0,
  ) {
    this.left = tries;
  }

  /** Pays for one further try, if there is enough left. */
  take(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  /** A call succeeded. */
  earn(): void {
    this.left = Math.min(this.tries, this.left + this.perSuccess);
  }

  /** Further tries that are left. */
  get remaining(): number {
    return this.left;
  }

  /**
   * Further tries of all calls for one account.
   *
   * @param tries What an earlier process left of them.
   */
  static forAccount(tries = 40): RetryBudget {
    return new RetryBudget("the account", tries);
  }

  /**
   * Further tries of a whole run. One is earned with two successes, so a run outlasts any rate of failure below a third, and
   * gives up after two thousand tries where nothing works at all.
   */
  static forRun(): RetryBudget {
    return new RetryBudget("the run", 2_000, 0.5);
  }

  /** The part of these that one of so many batches has, in one round. */
  static forBatch(batches: number): RetryBudget {
    return new RetryBudget("the run", Math.max(100, 2_000 / batches), 0.5);
  }
}

/** Tries of one call, the first included. Refusals for want of capacity do not count: time alone limits them. */
const MAX_ATTEMPTS = 8;
/** Without `endsAt`, refusals for want of capacity are taken for this long. */
const CAPACITY_PATIENCE_MS = 10 * 60_000;

const BACKOFF: Record<Exclude<Fault, "final">, { baseMs: number; capMs: number }> = {
  transient: { baseMs: 200, capMs: 20_000 },
  throttled: { baseMs: 500, capMs: 20_000 },
  capacity: { baseMs: 5_000, capMs: 60_000 },
};

const THROTTLED = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
]);

const TRANSIENT = new Set([
  "TimeoutError",
  "RequestTimeout",
  "RequestTimeoutException",
  "ConcurrentModificationException",
  "ConditionalRequestConflict",
  // A wrong clock is corrected by the SDK from the answer, so that the next try has the right time.
  "RequestTimeTooSkewed",
  "RequestInTheFuture",
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

/**
 * A wait before try number `attempt + 1`: anything up to a bound that doubles, so that callers that failed together
 * do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @returns Milliseconds.
 */
export function fullJitter(attempt: number, baseMs: number, capMs: number, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}

/** Tells what to do about an error of the SDK for JavaScript. */
export function classify(error: unknown): Fault {
  const code = errorCode(error);
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
  if (/^LimitExceeded(Exception)?$/.test(code)) return "capacity";
  if (THROTTLED.has(code) || status === 429) return "throttled";
  // An error with the status of a success is an answer whose body broke off or could not be read.
  if (TRANSIENT.has(code) || status >= 500 || (status >= 200 && status < 300)) return "transient";
  return "final";
}

/**
 * Makes a call, and makes it again with full jitter while that can help. The SDK's own retries are off, so attempts are
 * counted here and all waiting goes by one clock.
 *
 * @param call Gets the number of the try, from 1.
 * @throws {CallError} with the last error's code and message and the number of tries.
 */
export async function withRetry<T>(call: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, budgets = [] } = options;
  const endsAt = options.endsAt ?? clock.now() + CAPACITY_PATIENCE_MS;
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await call(attempt);
      for (const budget of budgets) budget.earn();
      return answer;
    } catch (error) {
      // What has a step already was tried again where it happened.
      if (error instanceof CollectionError) throw error;
      const fault = classify(error);
      if (fault !== "capacity") counted += 1;
      if (fault === "final" || counted >= MAX_ATTEMPTS || (fault === "capacity" && options.refusable)) {
        throw failure(error, attempt);
      }
      const { baseMs, capMs } = BACKOFF[fault];
      const delay = fullJitter(attempt, baseMs, capMs, clock.random());
      if (clock.now() + delay >= endsAt) throw failure(error, attempt, "", endsAt);
      const spent = budgets.find((budget) => !budget.take());
      if (spent) throw failure(error, attempt, `; no further try is left to ${spent.owner}`);
      await clock.sleep(delay);
    }
  }
}

/** Milliseconds to wait after refusal number `refusals` for want of capacity. */
export function capacityDelay(refusals: number, random: number): number {
  return fullJitter(refusals, BACKOFF.capacity.baseMs, BACKOFF.capacity.capMs, random);
}

function failure(error: unknown, attempts: number, more = "", cutShortAt?: number): CallError {
  const code = error instanceof CallError ? error.code : errorCode(error);
  const cut = cutShortAt === undefined ? {} : { cutShortAt };
  return new CallError(code, errorMessage(error) + more, attempts, { cause: error, ...cut });
}
