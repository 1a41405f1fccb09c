import { awsClients } from "./clients";
import { systemClock } from "./clock";
import { collect } from "./collect";
import { reportDelivery } from "./delivery";
import { errorCode, errorMessage, RunError } from "./errors";
import { lambdaLog, type LoggedInvocation } from "./lambdaLog";
import { kmsSigner } from "./manifestSignature";
import { snsPublisher } from "./publish";
import { embeddedMetrics, metricsOfFailedRun, metricsOfRun } from "./runMetrics";
import { S3Store } from "./s3Store";
import type { CollectorSettings, RunSummary } from "./settings";

/** What the collector needs of a Lambda invocation. */
export interface InvocationContext extends LoggedInvocation {
  getRemainingTimeInMillis(): number;
}

/**
 * Kept back to end calls under way, to consolidate what is fixed in cost, and to write the manifest: a fifth of the time there is, at
 * most 45 s. What grows with the rows is kept back as they arrive.
 */
const RESERVE = { share: 0.2, mostMs: 45_000 };

/** Left at the end of the invocation when the report is delivered. */
const SPARE_MS = 5_000;

/**
 * One run of the deployed collector. What it uses lives for this invocation only: a warm function remembers nothing.
 *
 * @param event A schedule and a person start the same run.
 * @throws {RunError} if the run as a whole failed, or its time was over before it had asked every account: the manifest is
 * written then, and the message names it. Accounts that are missing for other reasons are in the summary.
 */
export async function handle(
  settings: CollectorSettings,
  event: unknown,
  context: InvocationContext,
): Promise<RunSummary> {
  const log = lambdaLog(context, event);
  const metrics = embeddedMetrics(context.functionName);
  const clients = awsClients(settings);
  const clock = systemClock;
  const store = new S3Store(clients.s3, settings, clock);
  const { alertsTopicArn } = settings;
  const startedAt = clock.now();
  let announced = false;
  try {
    const summary = await collect({
      settings,
      clients,
      store,
      clock,
      log,
      ...(settings.signingKeyArn ? { sign: kmsSigner(settings.signingKeyArn, clients, clock) } : {}),
      announce: (run) => {
        metrics(metricsOfRun(run.manifest, run), run.manifest.runId);
        announced = true;
        return Promise.resolve();
      },
      ...(alertsTopicArn
        ? {
            deliver: reportDelivery({
              settings,
              store,
              publish: snsPublisher(alertsTopicArn, clients, clock),
              clock,
              log,
              endsAt: clock.now() + context.getRemainingTimeInMillis() - SPARE_MS,
              memoryMiB: Number(context.memoryLimitInMB),
            }),
          }
        : {}),
      deadline: clock.now() + timeToAsk(context.getRemainingTimeInMillis()),
    });
    if (summary.unreached > 0) throw outOfTime(summary);
    return summary;
  } catch (error) {
    const code = error instanceof RunError ? error.code : errorCode(error);
    log({ level: "error", message: "run failed", code, cause: errorMessage(error) });
    if (!announced) {
      const seconds = (clock.now() - startedAt) / 1000;
      metrics(metricsOfFailedRun({ apiCalls: clients.calls(), throttledCalls: clients.throttled(), seconds }));
    }
    throw error;
  } finally {
    clients.destroy();
  }
}

function timeToAsk(remainingMs: number): number {
  return remainingMs - Math.min(RESERVE.mostMs, remainingMs * RESERVE.share);
}

function outOfTime({ runId, accounts, unreached, manifestKey }: RunSummary): RunError {
  return new RunError(
    "RunDeadline",
    `The time of run ${runId} was over before it had the report of every account: ${accounts.collected} of ${accounts.inScope} ` +
      `accounts in scope are collected, ${unreached} were not reached; ${manifestKey} names them`,
    "Run again; if it stays so, give the function more time, memory or concurrency, or leave accounts out",
  );
}
