import { RunError } from "./errors";
import type { Invocation } from "./invocation";
import { releaseOf, takeLease, type Lease, type LeaseRequest } from "./lease";
import { metricsOfRefusedRun } from "./runMetrics";
import { S3LeaseStore } from "./s3Lease";
import type { Refusal } from "./settings";

const REMEDY =
  "Check that bucket and key exist, and that the bucket's policy lets the collector read and write running.json (up deploys it; for a " +
  "bucket of your own, policy prints it), then run again";

/** A lease, or why there is none. */
type Begun = { lease: Lease } | { refused: Refusal };

/**
 * Takes the lease of a run, by which there is one at a time.
 *
 * @throws {RunError} if it cannot be read or written.
 */
export async function takeRun(
  { settings, clients, clock }: Pick<Invocation, "settings" | "clients" | "clock">,
  request: LeaseRequest,
): Promise<Begun> {
  const store = new S3LeaseStore(clients.s3, settings, clock);
  return takeLease(store, request, () => clock.now()).catch((error: unknown) => {
    throw RunError.because(`Whether a run is going on cannot be told from ${settings.bucketName}`, REMEDY, error);
  });
}

/**
 * The same for a run that begins: where another is going on, log and metrics say that this one was refused.
 *
 * @throws {RunError} if the lease cannot be read or written.
 */
export async function beginRun(invocation: Invocation, request: LeaseRequest): Promise<Begun> {
  const begun = await takeRun(invocation, request);
  if ("refused" in begun) {
    const { running, message: cause, refused: code } = begun.refused;
    invocation.log({
      level: "error",
      message: "run refused",
      code,
      cause,
      running: running.runId,
      holder: request.holder,
    });
    invocation.metrics(metricsOfRefusedRun());
  }
  return begun;
}

/** Gives the lease back. The run has ended, whether or not that works: at worst the next has to wait until it expires. */
export async function endRun({ log }: Pick<Invocation, "log">, runId: string, lease: Lease): Promise<void> {
  await lease.release().catch((error: unknown) => notGivenBack({ log }, error, runId));
}

/** Gives back what an execution has that failed, timed out or was stopped. */
export async function endRunOf({ settings, clients, clock, log }: Invocation, holder: string): Promise<void> {
  const store = new S3LeaseStore(clients.s3, settings, clock);
  await releaseOf(store, holder, clock.now()).catch((error: unknown) => notGivenBack({ log }, error));
}

function notGivenBack({ log }: Pick<Invocation, "log">, error: unknown, runId?: string): void {
  const { code, message: cause } = RunError.because(
    "running.json cannot be written",
    "The next run waits until it expires",
    error,
  );
  log({ level: "warn", message: "lease not given back", ...(runId === undefined ? {} : { runId }), code, cause });
}
