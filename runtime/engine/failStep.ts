import type { Log } from "../log";
import type { FailAnswer, FailEvent } from "./steps";

/** What a Lambda function answers when it fails, as Step Functions hands it on. */
interface FunctionFailure {
  errorMessage?: unknown;
}

/** Says in the log that a run failed, and why. */
export function failRun({ runId, execution, error }: FailEvent, log: Log): FailAnswer {
  log({
    level: "error",
    message: "run failed",
    ...(runId === undefined ? {} : { runId }),
    execution,
    code: error.Error,
    cause: causeOf(error.Cause),
  });
  return {};
}

const REMEDY =
  "Look into the execution and the log for what came before, then redrive the execution, which asks only for what is missing, or start " +
  "another run";

/** The same for those who are told by an event. */
export function failureOfStep({ runId, execution, error }: FailEvent) {
  return { runId: runId ?? null, execution, code: error.Error, message: causeOf(error.Cause), remedy: REMEDY };
}

/** The message within the cause that Step Functions gives, where it is that of a function; else the cause as it is. */
export function causeOf(cause: string): string {
  try {
    const { errorMessage: message } = JSON.parse(cause) as FunctionFailure;
    return typeof message === "string" ? message : cause;
  } catch {
    return cause === "" ? "no cause is given" : cause;
  }
}
