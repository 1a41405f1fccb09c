import { runFailedEvent } from "../report/events/events";
import type { RunFailedDetail } from "../report/events/eventTypes";
import { ONE_EVENT_MS } from "./announcement";
import type { Clock } from "./clock";
import { errorCode, errorMessage, RunError } from "./errors";
import type { EventSender } from "./events";
import type { Log } from "./log";
import { metricsOfFailedRun, type MetricsSink, type RunEffort } from "./runMetrics";

/** A run that left no manifest. */
export interface FailedRun extends Omit<RunFailedDetail, "schema" | "failedAt"> {
  /** What it took; absent where that is not known. */
  effort?: RunEffort;
}

/** Who is told of a failure. */
export interface FailureContext {
  clock: Clock;
  log: Log;
  metrics: MetricsSink;
  /** Sends events; without it none are sent. */
  send?: EventSender | undefined;
  /** Milliseconds since 1970 by which all has to be done. */
  endsAt: number;
}

/** Most time for sending the event. */
const SENDING_MS = 10_000;

/** What to do about an error that nobody foresaw. */
const LOOK = "Look into the log of the function for what came before, then run again";

/** Why a run failed, as logs and events say it. */
export function causeOfFailure(error: unknown): Pick<RunFailedDetail, "code" | "message" | "remedy"> {
  const message = errorMessage(error);
  return error instanceof RunError
    ? { code: error.code, message, remedy: error.remedy }
    : { code: errorCode(error), message, remedy: LOOK };
}

/** Tells of a run that failed, in the metrics and by an event. Never throws. */
export async function announceFailure({ effort, ...failure }: FailedRun, context: FailureContext): Promise<void> {
  const { clock, log, metrics, send, endsAt } = context;
  metrics(metricsOfFailedRun(effort), failure.runId ?? undefined);
  if (!send) return;
  const event = runFailedEvent({ ...failure, failedAt: new Date(clock.now()).toISOString() });
  const now = clock.now();
  const { problem } = await send([event], Math.max(now + ONE_EVENT_MS, Math.min(endsAt, now + SENDING_MS)));
  if (problem !== undefined) log({ level: "error", message: "events not sent as they should be", problem });
}
