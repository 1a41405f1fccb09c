import { RunRowsError } from "../../report/difference/accountRows";
import { credentialRows, MalformedRowError } from "../../report/consolidatedReader";
import type { Thresholds } from "../../report/controls";
import { differenceOf, type Difference, type RunRows } from "../../report/difference/difference";
import type { Manifest } from "../../report/manifest";
import { RolloutError } from "../errors";
import { findRun, type Evidence, type ReadRun } from "./evidence";

/**
 * Reads the run that a run's manifest names as the one before it, and checks it against the SHA-256 given there.
 *
 * @returns undefined for the first run, and where the one before has expired
 * @throws RolloutError if it was altered, or cannot be read
 */
export async function readRunBefore(evidence: Evidence, { runId, previous }: Manifest): Promise<ReadRun | undefined> {
  const before = previous && (await findRun(evidence, previous.runId));
  if (!before) return undefined;
  if (before.manifestSha256 === previous.sha256) return before;
  throw new RolloutError(
    `The manifest of run ${previous.runId} in ${evidence.place} is not what run ${runId} says: its SHA-256 is ` +
      `${before.manifestSha256}, not ${previous.sha256}. Run verify to see what was altered; altered evidence is not compared`,
  );
}

/**
 * What changed from one run to another.
 *
 * @param onRow Called for each row that is read, of either run.
 * @throws RolloutError if the rows of a run are not what its manifest tells of
 */
export function compareRuns(before: ReadRun, after: ReadRun, thresholds: Thresholds, onRow?: () => void): Difference {
  try {
    return differenceOf(rowsOf(before, onRow), rowsOf(after, onRow), thresholds);
  } catch (cause) {
    if (!(cause instanceof RunRowsError || cause instanceof MalformedRowError)) throw cause;
    throw new RolloutError(
      `Runs ${before.manifest.runId} and ${after.manifest.runId} cannot be compared: ${cause.message}`,
      1,
      { cause },
    );
  }
}

function rowsOf({ manifest, csv }: ReadRun, onRow: () => void = () => undefined): RunRows {
  function* rows() {
    for (const row of credentialRows(csv)) {
      onRow();
      yield row;
    }
  }
  return { manifest, rows: rows() };
}
