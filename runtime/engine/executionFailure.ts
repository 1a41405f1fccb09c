/** What is known of an execution that ended without success. */
interface ExecutionFailure {
  step: "fail";
  execution: string;
  /** As Step Functions puts it. */
  error: { Error: string; Cause: string };
}

/** What EventBridge says of an execution whose status changed, as far as it is looked at. */
interface StatusChange {
  source: "aws.states";
  detail: { executionArn?: unknown; status?: unknown; error?: unknown; cause?: unknown };
}

/**
 * The step that an event of a failed execution asks for; undefined for any other event. EventBridge hands the event on as it is: a
 * template of its own would have to put the cause, which is JSON full of quotes, into JSON, and EventBridge does not escape it.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function failureOf(event: unknown): ExecutionFailure | undefined {
  if (!isStatusChange(event)) return undefined;
  const { executionArn, status, error, cause } = event.detail;
  return {
    step: "fail",
    execution: text(executionArn, ""),
    error: {
      Error: text(error, status === "TIMED_OUT" ? "States.Timeout" : "Aborted"),
      Cause: text(
        cause,
        status === "TIMED_OUT"
          ? "The run took longer than its state machine allows (runTimeoutMinutes)"
          : "The execution was stopped, and whoever did it gave no cause",
      ),
    },
  };
}

function isStatusChange(event: unknown): event is StatusChange {
  if (typeof event !== "object" || event === null) return false;
  const { source, detail } = event as Partial<StatusChange>;
  return source === "aws.states" && typeof detail === "object" && detail !== null;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
