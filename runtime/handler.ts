import { awsClients } from "./clients";
import { systemClock } from "./clock";
import { collect } from "./collect";
import { errorCode, errorMessage, RunError } from "./errors";
import { jsonLines } from "./log";
import { kmsSigner } from "./manifestSignature";
import { S3Store } from "./s3Store";
import type { CollectorSettings, RunSummary } from "./settings";

/** What the collector needs of a Lambda invocation. */
export interface InvocationContext {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Kept back to end calls under way, to consolidate what is fixed in cost, and to write the manifest: a fifth of the time there is, at
 * most 45 s. What grows with the rows is kept back as they arrive.
 */
const RESERVE = { share: 0.2, mostMs: 45_000 };

/**
 * One run of the deployed collector. What it uses lives for this invocation only: a warm function remembers nothing.
 *
 * @param _event Not looked at: a schedule and a person start the same run.
 * @throws {RunError} if the run as a whole failed, or its time was over before it had asked every account: the manifest is
 * written then, and the message names it. Accounts that are missing for other reasons are in the summary.
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
    const summary = await collect({
      settings,
      clients,
      store: new S3Store(clients.s3, settings, clock),
      clock,
      log,
      ...(settings.signingKeyArn ? { sign: kmsSigner(settings.signingKeyArn, clients, clock) } : {}),
      deadline: clock.now() + timeToAsk(context.getRemainingTimeInMillis()),
    });
    if (summary.unreached > 0) throw outOfTime(summary);
    return summary;
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

function outOfTime({ runId, accounts, unreached, manifestKey }: RunSummary): RunError {
  return new RunError(
    "RunDeadline",
    `The time of run ${runId} was over before it had the report of every account: ${accounts.collected} of ${accounts.inScope} ` +
      `accounts in scope are collected, ${unreached} were not reached; ${manifestKey} names them`,
    "Run again; if it stays so, give the function more time, memory or concurrency, or leave accounts out",
  );
}
