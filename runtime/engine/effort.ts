import type { StepSurroundings } from "./stepSurroundings";

/** What a part of a run sent to AWS. */
export interface Effort {
  /** Requests. */
  apiCalls: number;
  /** Those of them that were refused because there were too many. */
  throttledCalls: number;
}

/**
 * Counts what is sent from now on.
 *
 * @returns What was sent since, and the one request more that stores these figures.
 */
export function effortSince(clients: Pick<StepSurroundings["clients"], "calls" | "throttled">): () => Effort {
  const before = { calls: clients.calls(), throttled: clients.throttled() };
  return () => ({
    apiCalls: clients.calls() - before.calls + 1,
    throttledCalls: clients.throttled() - before.throttled,
  });
}

/** All of it together. */
export function sumOf(efforts: Iterable<Effort>): Effort {
  const sum: Effort = { apiCalls: 0, throttledCalls: 0 };
  for (const { apiCalls, throttledCalls } of efforts) {
    sum.apiCalls += apiCalls;
    sum.throttledCalls += throttledCalls;
  }
  return sum;
}
