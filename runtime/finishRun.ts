import type { EvidenceObject, Manifest } from "../report/manifest";
import type { AnnounceRun } from "./announcement";
import { UNREACHED } from "./deadline";
import type { DeliverReport } from "./delivery";
import type { ImportFindings } from "./findingsImport";
import type { Log } from "./log";
import type { RunSummary } from "./settings";
import { writeRun, type AskedRun } from "./writeRun";

/** What a run has when it has asked everyone, and who is told of it. */
export interface FinishRequest extends AskedRun {
  log: Log;
  /** Announces the run once the evidence stands; by default nobody hears of it. */
  announce?: AnnounceRun | undefined;
  /** Delivers the run's report once the evidence stands; by default none is delivered. */
  deliver?: DeliverReport | undefined;
  /** Imports the run's findings into Security Hub, after all else; by default none are. */
  importFindings?: ImportFindings | undefined;
  /** Requests sent to AWS for the run so far. */
  apiCalls: () => number;
  /** Of these, what was refused because there were too many. */
  throttledCalls: () => number;
}

/** Accounts that a summary names; the manifest names all. */
const MISSING_NAMED = 100;

/**
 * Ends a run, whichever engine asked the accounts: writes its objects, says how it went, delivers its report, and sums it up.
 *
 * @throws {RunError} as {@link writeRun} does; what comes after the manifest fails no run.
 */
export async function finishRun(run: FinishRequest): Promise<RunSummary> {
  const { runId, startedAt, store, clock, log } = run;
  const { manifest, stored } = await writeRun(run);
  const seconds = (): number => (clock.now() - startedAt) / 1000;
  log({
    level: manifest.complete ? "info" : "error",
    message: manifest.complete ? "run complete" : "run incomplete",
    runId,
    ...manifest.counts,
    rows: manifest.rows,
    seconds: seconds(),
  });
  const announcement = await run.announce?.({
    manifest,
    stored,
    apiCalls: run.apiCalls(),
    throttledCalls: run.throttledCalls(),
    seconds: seconds(),
  });
  const delivery = await run.deliver?.(manifest, stored);
  const securityHub = await run.importFindings?.(manifest, run.archive);
  return {
    ...summaryOf(manifest, stored, { bucket: store.place, apiCalls: run.apiCalls(), seconds: seconds() }),
    ...(announcement ? { announcement } : {}),
    ...(delivery ? { delivery } : {}),
    ...(securityHub ? { securityHub } : {}),
  };
}

function summaryOf(
  manifest: Manifest,
  stored: EvidenceObject,
  more: Pick<RunSummary, "bucket" | "apiCalls" | "seconds">,
): RunSummary {
  const missing = manifest.accounts.filter((account) => account.state === "notCollected");
  return {
    runId: manifest.runId,
    complete: manifest.complete,
    accounts: manifest.counts,
    rows: manifest.rows,
    bucket: more.bucket,
    manifestKey: stored.key,
    manifestSha256: stored.sha256,
    missing: missing.slice(0, MISSING_NAMED).map(({ accountId, accountName, step, code, message, remedy }) => {
      return { accountId, accountName, step, code, message, remedy };
    }),
    unreached: missing.filter(({ code }) => code === UNREACHED).length,
    apiCalls: more.apiCalls,
    seconds: more.seconds,
  };
}
