import { announceFailure } from "../failure";
import { announcing, asksUntil, delivering, failing, importing, signing, type Invocation } from "../invocation";
import { beginRun, endRun, endRunOf, takeRun } from "../oneRun";
import { RunError } from "../errors";
import { S3Store } from "../s3Store";
import { BATCH_DEFAULTS, type RunSummary } from "../settings";
import { formatRunId, startOfRun } from "../store";
import { collectBatch } from "./collectStep";
import { failRun, failureOfStep } from "./failStep";
import { finishBatches } from "./finishStep";
import { listRun } from "./listStep";
import type { FinishEvent, StepAnswer, StepEvent } from "./steps";
import { S3WorkStore } from "./workStore";

/**
 * One step of a run, as the state machine asks for it.
 *
 * @throws {RunError} if the step failed: the state machine tries it again, and asks for `fail` when it gives up.
 */
export async function runStep(step: StepEvent, invocation: Invocation): Promise<StepAnswer> {
  const { settings, context, clients, clock, log } = invocation;
  const around = { settings, clients, work: new S3WorkStore(clients.s3, settings, clock), clock, log };
  switch (step.step) {
    case "list": {
      const startedAt = clock.now();
      const runId = formatRunId(startedAt, clock.random());
      const { runTimeoutMinutes = BATCH_DEFAULTS.runTimeoutMinutes } = settings;
      const expiresAt = startedAt + runTimeoutMinutes * 60_000;
      const begun = await beginRun(invocation, { runId, holder: step.execution, startedAt, expiresAt });
      return "refused" in begun ? begun : listRun(step, { runId, startedAt }, around);
    }
    case "collect":
      return collectBatch(step, around, asksUntil(invocation));
    case "finish": {
      const store = new S3Store(clients.s3, settings, clock);
      const announcer = announcing(invocation, store);
      return finishAlone(step, invocation, () =>
        finishBatches(step, {
          ...around,
          store,
          ...signing(invocation),
          announce: announcer.announce,
          ...importing(invocation),
          delivering: (store) => delivering(invocation, store, announcer),
        }),
      );
    }
    case "fail": {
      const startedAt = step.runId === undefined ? clock.now() : startOfRun(step.runId);
      const seconds = (clock.now() - startedAt) / 1000;
      const effort = { apiCalls: clients.calls(), throttledCalls: clients.throttled(), seconds };
      const { functionName: collector, awsRequestId: requestId } = context;
      await announceFailure({ ...failureOfStep(step), collector, requestId, effort }, failing(invocation));
      await endRunOf(invocation, step.execution);
      return failRun(step, log);
    }
  }
}

/**
 * The end of a run, which may come after a redrive: the execution gave its lease back when it failed, and takes it again. Where it fails
 * once more, `fail` gives it back.
 *
 * @throws {RunError} if another run is going on by now.
 */
async function finishAlone(
  { runId, execution: holder }: FinishEvent,
  invocation: Invocation,
  finish: () => Promise<RunSummary>,
): Promise<RunSummary> {
  const expiresAt = invocation.clock.now() + invocation.context.getRemainingTimeInMillis();
  const begun = await takeRun(invocation, { runId, holder, startedAt: startOfRun(runId), expiresAt });
  if ("refused" in begun) {
    const { message, refused } = begun.refused;
    throw new RunError(refused, message, "Then redrive the execution: it finishes with what it collected");
  }
  const summary = await finish();
  await endRun(invocation, runId, begun.lease);
  return summary;
}
