import { announceFailure } from "../failure";
import { announcing, asksUntil, delivering, failing, signing, type Invocation } from "../invocation";
import { S3Store } from "../s3Store";
import { formatRunId, startOfRun } from "../store";
import { collectBatch } from "./collectStep";
import { failRun, failureOfStep } from "./failStep";
import { finishBatches } from "./finishStep";
import { listRun } from "./listStep";
import type { StepAnswer, StepEvent } from "./steps";
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
      return listRun(step, { runId: formatRunId(startedAt, clock.random()), startedAt }, around);
    }
    case "collect":
      return collectBatch(step, around, asksUntil(invocation));
    case "finish": {
      const store = new S3Store(clients.s3, settings, clock);
      const announcer = announcing(invocation, store);
      return finishBatches(step, {
        ...around,
        store,
        ...signing(invocation),
        announce: announcer.announce,
        delivering: (store) => delivering(invocation, store, announcer),
      });
    }
    case "fail": {
      const startedAt = step.runId === undefined ? clock.now() : startOfRun(step.runId);
      const seconds = (clock.now() - startedAt) / 1000;
      const effort = { apiCalls: clients.calls(), throttledCalls: clients.throttled(), seconds };
      const { functionName: collector, awsRequestId: requestId } = context;
      await announceFailure({ ...failureOfStep(step), collector, requestId, effort }, failing(invocation));
      return failRun(step, log);
    }
  }
}
