import { announcing, asksUntil, delivering, signing, type Invocation } from "../invocation";
import { metricsOfFailedRun } from "../runMetrics";
import { S3Store } from "../s3Store";
import { formatRunId, startOfRun } from "../store";
import { collectBatch } from "./collectStep";
import { failRun } from "./failStep";
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
  const { settings, clients, clock, log, metrics } = invocation;
  const around = { settings, clients, work: new S3WorkStore(clients.s3, settings, clock), clock, log };
  switch (step.step) {
    case "list": {
      const startedAt = clock.now();
      return listRun(step, { runId: formatRunId(startedAt, clock.random()), startedAt }, around);
    }
    case "collect":
      return collectBatch(step, around, asksUntil(invocation));
    case "finish":
      return finishBatches(step, {
        ...around,
        store: new S3Store(clients.s3, settings, clock),
        ...signing(invocation),
        announce: announcing(invocation),
        delivering: (store) => delivering(invocation, store),
      });
    case "fail": {
      const startedAt = step.runId === undefined ? clock.now() : startOfRun(step.runId);
      const effort = { apiCalls: clients.calls(), throttledCalls: clients.throttled() };
      metrics(metricsOfFailedRun({ ...effort, seconds: (clock.now() - startedAt) / 1000 }), step.runId);
      return failRun(step, log);
    }
  }
}
