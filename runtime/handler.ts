import { awsClients } from "./clients";
import { systemClock } from "./clock";
import { collect } from "./collect";
import { runStep } from "./engine/runStep";
import { stepOf, type StepAnswer, type StepEvent } from "./engine/steps";
import { errorCode, errorMessage, RunError, toldError } from "./errors";
import { announceFailure, causeOfFailure } from "./failure";
import {
  announcing,
  asksUntil,
  delivering,
  failing,
  importing,
  signing,
  type Invocation,
  type InvocationContext,
} from "./invocation";
import { lambdaLog } from "./lambdaLog";
import type { LogEntry } from "./log";
import { beginRun, endRun } from "./oneRun";
import { embeddedMetrics } from "./runMetrics";
import { S3Store } from "./s3Store";
import type { CollectorSettings, Refusal, RunSummary } from "./settings";
import { formatRunId } from "./store";

export type { InvocationContext } from "./invocation";

/**
 * One invocation of the deployed collector: a whole run, or the step of one that the state machine asks for. What it uses lives for this
 * invocation only: a warm function remembers nothing.
 *
 * @param event That of a step, or anything else: a schedule and a person start the same run.
 * @returns what the run came to, or why there was none: one is going on already. Of a step, what the next needs.
 * @throws {RunError} if the run or the step as a whole failed, or the run's time was over before it had asked every account: the manifest
 * is written then, and the message names it. Accounts that are missing for other reasons are in the summary.
 */
export async function handle(
  settings: CollectorSettings,
  event: unknown,
  context: InvocationContext,
): Promise<RunSummary | Refusal | StepAnswer> {
  const log = lambdaLog(context, event);
  const metrics = embeddedMetrics(context.functionName);
  const clients = awsClients(settings);
  const invocation = { settings, context, clients, clock: systemClock, log, metrics };
  let step: StepEvent | undefined;
  try {
    step = stepOf(event);
    checkEngine(settings, step);
    return await (step ? runStep(step, invocation) : runAlone(invocation));
  } catch (error) {
    const code = error instanceof RunError ? error.code : errorCode(error);
    const what: LogEntry = step ? failedStep(step) : { level: "error", message: "run failed" };
    log({ ...what, code, cause: errorMessage(error) });
    throw toldError(error);
  } finally {
    clients.destroy();
  }
}

/** A run from its beginning to its end, in one invocation, unless another is going on. */
async function runAlone(invocation: Invocation): Promise<RunSummary | Refusal> {
  const { settings, context, clients, clock, log } = invocation;
  const store = new S3Store(clients.s3, settings, clock);
  const announcer = announcing(invocation, store);
  const startedAt = clock.now();
  const runId = formatRunId(startedAt, clock.random());
  try {
    const expiresAt = startedAt + context.getRemainingTimeInMillis();
    const begun = await beginRun(invocation, { runId, holder: context.awsRequestId, startedAt, expiresAt });
    // answered, not thrown: Lambda would try it again, and so start a second run after the first
    if ("refused" in begun) return begun.refused;
    const summary = await collect({
      settings,
      clients,
      store,
      clock,
      log,
      startedAt,
      newRunId: () => runId,
      ...signing(invocation),
      announce: announcer.announce,
      ...delivering(invocation, store, announcer),
      ...importing(invocation),
      deadline: asksUntil(invocation),
    }).finally(() => endRun(invocation, runId, begun.lease));
    if (summary.unreached > 0) throw outOfTime(summary);
    return summary;
  } catch (error) {
    if (!announcer.announced) {
      const { functionName: collector, awsRequestId: requestId } = context;
      const seconds = (clock.now() - startedAt) / 1000;
      const effort = { apiCalls: clients.calls(), throttledCalls: clients.throttled(), seconds };
      await announceFailure(
        { runId, collector, requestId, execution: null, ...causeOfFailure(error), effort },
        failing(invocation),
      );
    }
    throw error;
  }
}

/** What the log says of a step that failed: the run may still end well. */
function failedStep(step: StepEvent): LogEntry {
  const entry: LogEntry = { level: "error", message: "step failed", step: step.step };
  if ("runId" in step && step.runId !== undefined) entry.runId = step.runId;
  if (step.step === "collect") entry["batch"] = step.batch;
  return entry;
}

/**
 * @throws {RunError} if the event is of the other engine: the function has not the rights that it would need, or two runs would be
 * under way.
 */
function checkEngine({ engine = "lambda" }: CollectorSettings, step: StepEvent | undefined): void {
  const asked = step ? "stepfunctions" : "lambda";
  if (asked === engine) return;
  throw new RunError(
    "WrongEngine",
    `The collector is deployed with the engine ${engine}, and the event asks for ${step ? `the step ${step.step}` : "a whole run"}`,
    engine === "lambda"
      ? "Invoke the function without a step, or deploy logarchive and management with collectorEngine: stepfunctions"
      : "Start an execution of the state machine, as the command collect does",
  );
}

function outOfTime({ runId, accounts, unreached, manifestKey }: RunSummary): RunError {
  return new RunError(
    "RunDeadline",
    `The time of run ${runId} was over before it had the report of every account: ${accounts.collected} of ${accounts.inScope} ` +
      `accounts in scope are collected, ${unreached} were not reached; ${manifestKey} names them`,
    "Run again; if it stays so, give the function more time, memory or concurrency, or leave accounts out",
  );
}
