import { DEFAULT_THRESHOLDS, type Thresholds } from "../../report/controls";
import type { Difference } from "../../report/difference/difference";
import type { Manifest } from "../../report/manifest";
import { hasExpired } from "../../report/retention";
import { keys } from "../../runtime/store";
import { CompareProgress } from "../progress/compareProgress";
import { compareRuns, readRunBefore } from "../evidence/compareRuns";
import { differenceInWords } from "../evidence/differenceInWords";
import { RolloutError } from "../errors";
import { findRun, readRun, unreadableEvidence, type Evidence, type ReadRun } from "../evidence/evidence";
import { openEvidence, type EvidenceOptions } from "../evidence/openEvidence";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import type { Orchestration } from "../orchestration";
import type { ProgressOutput } from "../progress/progress";

/** Which runs are compared. */
export interface DiffOptions extends EvidenceOptions {
  /** Id of the newer run; the newest by default. */
  run?: string;
  /** Id of the older run; by default the one before the newer, as its manifest says. */
  since?: string;
}

/** What `diff` answers; the shape is a promise to scripts. */
export interface DiffAnswer extends Difference {
  command: "diff";
  place: string;
  /** Those of the newer run: both are held against them. */
  thresholds: Thresholds;
}

/** What `diff` works with; a folder needs no configuration. */
export interface DiffContext {
  config?: OrganizationConfig;
  log: Orchestration["log"];
  signal?: AbortSignal;
  progress?: ProgressOutput;
}

/** Ids that are named where somebody asked for a run that is not there. */
const NAMED = 5;

/** Says what changed between two runs. That something changed is no failure. */
export async function diff(context: DiffContext, options: DiffOptions): Promise<DiffAnswer> {
  const evidence = await openEvidence(context.config, options);
  const progress = new CompareProgress(context.progress);
  try {
    const { before, after } = await readBoth(evidence, options, progress, context.signal);
    const thresholds = after.manifest.controls?.thresholds ?? DEFAULT_THRESHOLDS;
    const rows = before.manifest.rows + after.manifest.rows;
    const difference = compareRuns(before, after, thresholds, () => progress.row(rows));
    progress.close();
    for (const line of differenceInWords(difference, [before.manifest, after.manifest])) context.log(line);
    return { command: "diff", place: evidence.place, thresholds, ...difference };
  } finally {
    progress.close();
  }
}

async function readBoth(
  evidence: Evidence,
  { run, since }: DiffOptions,
  progress: CompareProgress,
  signal?: AbortSignal,
): Promise<Record<"before" | "after", ReadRun>> {
  const begin = (what: string): void => {
    if (signal?.aborted) throw new RolloutError("Interrupted: nothing was compared");
    progress.reading(what);
  };
  try {
    begin(run === undefined ? "the newest run" : `run ${run}`);
    const after = await (run === undefined ? readRun(evidence) : readNamed(evidence, run));
    begin(since === undefined ? "the run before it" : `run ${since}`);
    const before = await readOlder(evidence, after.manifest, since);
    begin("their rows");
    return { before, after };
  } catch (cause) {
    throw unreadableEvidence(evidence.place, cause);
  }
}

async function readOlder(evidence: Evidence, newer: Manifest, since: string | undefined): Promise<ReadRun> {
  const { runId, previous } = newer;
  if (since === undefined) {
    const before = await readRunBefore(evidence, newer);
    if (before) return before;
    throw new RolloutError(
      previous
        ? `Run ${previous.runId}, the one before run ${runId}, has left no manifest in ${evidence.place}: ${whyGone(evidence, previous.runId)}. ` +
            `Name another with --since. ${await runsThere(evidence)}`
        : `Run ${runId} in ${evidence.place} is the first, with none before it to compare it with: run collect again, or name ` +
            "a newer run with --run",
    );
  }
  if (since === runId) {
    throw new RolloutError(
      `Run ${runId} would be compared with itself: name an older run with --since, or a newer one with --run. ` +
        (await runsThere(evidence)),
    );
  }
  const older = await readNamed(evidence, since);
  if (since > runId) {
    throw new RolloutError(
      `Run ${since} (--since) began after run ${runId}: swap them, with --run ${since} --since ${runId}`,
    );
  }
  return older;
}

async function readNamed(evidence: Evidence, runId: string): Promise<ReadRun> {
  const run = await findRun(evidence, runId);
  if (run) return run;
  throw new RolloutError(
    `There is no run ${runId} in ${evidence.place}, or it has left no manifest: check the id. ${await runsThere(evidence)}`,
  );
}

function whyGone({ retention }: Evidence, runId: string): string {
  if (!retention) return "it has expired, or was removed";
  return hasExpired(retention, runId, keys.manifest(runId), undefined)
    ? `it has expired by the retention of ${retention.days.other} days`
    : "it was removed before its retention ended; verify says more";
}

/** The newest ids of runs. */
async function runsThere(evidence: Evidence): Promise<string> {
  const ids = (await evidence.runIds()).reverse();
  if (ids.length === 0) return "No run is there: run collect first";
  const more = ids.length > NAMED ? `, and ${ids.length - NAMED} older` : "";
  return `Runs that are there: ${ids.slice(0, NAMED).join(", ")}${more}`;
}
