import type { Failure } from "./failure";
import type { ResourceEvent, StackRequest, StackResult } from "./stackEngine";

/** What the parent says to a worker. */
export type ToWorker =
  /** Select or create the stack of the request that follows. */
  { say: "select"; request: StackRequest } | { say: "run"; request: StackRequest } | { say: "cancel" };

/** What a worker says to its parent. */
export type FromWorker =
  | { say: "ready" }
  | { say: "event"; event: ResourceEvent }
  | { say: "done"; result?: StackResult }
  | { say: "failed"; failures: Failure[]; changes: Record<string, number>; warnings: Failure[] };
