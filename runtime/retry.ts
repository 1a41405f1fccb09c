import type { Clock } from "./clock";
import { CallError, errorCode, errorMessage } from "./errors";

/** What a failed call asks for: another try soon, later, much later (no capacity), or none. */
export type Fault = "transient" | "throttled" | "capacity" | "final";

/** How a call is tried again. */
export interface RetryOptions {
  clock: Clock;
  /** Milliseconds since 1970; no try begins after it. */
  endsAt?: number;
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
  const { clock } = options;
  const endsAt = options.endsAt ?? clock.now() + CAPACITY_PATIENCE_MS;
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(attempt);
    } catch (error) {
      const fault = classify(error);
      if (fault !== "capacity") counted += 1;
      const { baseMs, capMs } = fault === "final" ? { baseMs: 0, capMs: 0 } : BACKOFF[fault];
      const delay = fullJitter(attempt, baseMs, capMs, clock.random());
      if (fault === "final" || counted >= MAX_ATTEMPTS || clock.now() + delay >= endsAt) {
        throw new CallError(errorCode(error), errorMessage(error), attempt, { cause: error });
      }
      await clock.sleep(delay);
    }
  }
}
