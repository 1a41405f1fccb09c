import { awsClients } from "./clients";
import { systemClock } from "./clock";
import { collect } from "./collect";
import { errorCode, errorMessage, RunError } from "./errors";
import { jsonLines } from "./log";
import { S3Store } from "./s3Store";
import type { CollectorSettings, RunSummary } from "./settings";

/** What the collector needs of a Lambda invocation. */
export interface InvocationContext {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** Kept back to consolidate and to write the manifest: a fifth of the time there is, at most a minute and a half. */
const RESERVE = { share: 0.2, mostMs: 90_000 };

/**
 * One run of the deployed collector. What it uses lives for this invocation only: a warm function remembers nothing.
 *
 * @param _event Not looked at: a schedule and a person start the same run.
 * @throws {RunError} if the run as a whole failed; missing accounts are in the summary.
 */
export async function handle(
  settings: CollectorSettings,
  _event: unknown,
  context: InvocationContext,
): Promise<RunSummary> {
  const log = jsonLines(process.stdout, { requestId: context.awsRequestId });
  const clients = awsClients(settings);
  const clock = systemClock;
  try {
    return await collect({
      settings,
      clients,
      store: new S3Store(clients.s3, settings, clock),
      clock,
      log,
      deadline: clock.now() + timeToAsk(context.getRemainingTimeInMillis()),
    });
  } catch (error) {
    const code = error instanceof RunError ? error.code : errorCode(error);
    log({ level: "error", message: "run failed", code, cause: errorMessage(error) });
    throw error;
  } finally {
    clients.destroy();
  }
}

function timeToAsk(remainingMs: number): number {
  return remainingMs - Math.min(RESERVE.mostMs, remainingMs * RESERVE.share);
}
