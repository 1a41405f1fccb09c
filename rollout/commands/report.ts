import path from "node:path";
import type { ControlTally } from "../../report/assessment";
import { controlsNamed, DEFAULT_THRESHOLDS, type Control, type Thresholds } from "../../report/controls";
import type { Difference } from "../../report/difference/difference";
import type { ReviewedException } from "../../report/exceptions";
import type { AccountCounts } from "../../report/manifest";
import { counted, visible } from "../../report/page/text";
import { compareRuns, readRunBefore } from "../evidence/compareRuns";
import { RolloutError } from "../errors";
import { readRun, type Evidence, type ReadRun } from "../evidence/evidence";
import { readExceptionsFile } from "../configuration/exceptionsFile";
import { openEvidence, type EvidenceOptions } from "../evidence/openEvidence";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import type { Orchestration } from "../orchestration";
import { trendUpTo } from "../evidence/pastRuns";
import { DEFAULT_FORMATS, REPORT_FORMATS, type ReportFormat } from "../evidence/reportFormats";
import { writeOutputs, type Outputs } from "../evidence/reportOutputs";

/** Where the run is, where the report goes, and what it is made of. */
export interface ReportOptions extends EvidenceOptions {
  /** Id of the run; the newest by default. */
  run?: string;
  /** Folder for the reports; each run has one of its own in it. */
  out: string;
  /** What to make; HTML, CSV and inventory by default. */
  format?: readonly ReportFormat[];
  /** File with the reviewed exceptions; by default the one that Pulumi.management.yaml names. */
  exceptions?: string;
  /** With the format `asff`: the account that imports all findings; by default each account imports its own. */
  asffAccount?: string;
  /** With the formats `asff` and `ocsf`: also what passes, so that an import closes what was fixed. */
  withPasses?: boolean;
  /** Names of controls for which a finding without exception is a failure. */
  failOn?: readonly string[];
}

/** What `report` answers; the shape is a promise to scripts. */
export interface ReportAnswer {
  command: "report";
  runId: string;
  complete: boolean;
  accounts: AccountCounts;
  rows: number;
  /** Path of the HTML page; null where it was not asked for. */
  report: string | null;
  /** Path of the consolidated CSV; null where it was not asked for. */
  csv: string | null;
  /** Paths of all files by their names. */
  files: Record<string, string>;
  /** Subjects of each control by result, and how many of those that fail are excepted. */
  controls: ControlTally[];
  /** What became of each exception of the list. */
  exceptions: ReviewedException[];
  /** Changes since the run before, by kind; null where there is none to compare with. */
  changes: { from: string; counts: Difference["counts"] } | null;
  /** Findings without exception of the controls of `--fail-on`; null without that option. */
  failOn: { standing: number; controls: { control: string; standing: number }[] } | null;
}

/** What `report` works with; a folder needs no configuration. */
export interface ReportContext {
  config?: OrganizationConfig;
  log: Orchestration["log"];
}

/**
 * Makes the reports of a run: the HTML page, the CSV, the inventory and what else is asked for.
 *
 * @throws RolloutError before anything is read if a control or the list of exceptions is wrong; nothing is written where the run
 * cannot be read or was altered
 */
export async function report(context: ReportContext, options: ReportOptions): Promise<ReportAnswer> {
  const { config, log } = context;
  const failOn = options.failOn?.length ? controlsToFailOn(options.failOn) : undefined;
  const exceptionsFile = options.exceptions ?? (config?.management.settings.exceptionsFile || undefined);
  const exceptions = exceptionsFile === undefined ? [] : readExceptionsFile(exceptionsFile);
  const evidence = await openEvidence(config, options);
  const run = await readRun(evidence, options.run);
  const { manifest } = run;
  const thresholds = manifest.controls?.thresholds ?? DEFAULT_THRESHOLDS;
  const difference = await sinceRunBefore(evidence, run, thresholds, log);
  const outputs = writeOutputs({
    folder: path.resolve(options.out, manifest.runId),
    formats: REPORT_FORMATS.filter((format) => (options.format ?? DEFAULT_FORMATS).includes(format)),
    run,
    thresholds,
    exceptions,
    difference,
    trend: await trendUpTo(evidence, manifest, log),
    bucket: evidence.bucket,
    passes: options.withPasses ?? false,
    asff: {
      region: config?.logarchive.file.region ?? process.env["AWS_REGION"] ?? "us-east-1",
      ...(options.asffAccount === undefined ? {} : { importAccountId: options.asffAccount }),
    },
  });
  const answer: ReportAnswer = {
    command: "report",
    runId: manifest.runId,
    complete: manifest.complete,
    accounts: manifest.counts,
    rows: manifest.rows,
    report: outputs.files["report.html"] ?? null,
    csv: outputs.files["credentials.csv"] ?? null,
    files: outputs.files,
    controls: outputs.controls,
    exceptions: outputs.exceptions,
    changes: difference ? { from: difference.from.runId, counts: difference.counts } : null,
    failOn: failOn ? standingOf(failOn, outputs) : null,
  };
  tell(answer, exceptionsFile, log);
  return answer;
}

function controlsToFailOn(names: readonly string[]): Control[] {
  const found = names.map((name) => ({ name, controls: controlsNamed(name) }));
  const unknown = found.filter(({ controls }) => controls.length === 0).map(({ name }) => `"${name}"`);
  if (unknown.length > 0) {
    throw new RolloutError(
      `--fail-on names no control: ${unknown.join(", ")}. Take an id (console-mfa), a number of a benchmark (cis-3.0:1.10), an id of ` +
        "Security Hub (IAM.5), all of a benchmark (cis-3.0), security-hub, or all; docs/formats.md lists them",
    );
  }
  return [...new Set(found.flatMap(({ controls }) => controls))];
}

function standingOf(controls: readonly Control[], { controls: tallies }: Outputs): NonNullable<ReportAnswer["failOn"]> {
  const counts = controls.map(({ id }) => {
    const tally = tallies.find(({ control }) => control === id);
    return { control: id, standing: tally ? tally.fail - tally.excepted : 0 };
  });
  return { standing: counts.reduce((sum, { standing }) => sum + standing, 0), controls: counts };
}

/** Compares with the run before. That it cannot be read costs the comparison, and not the report. */
async function sinceRunBefore(
  evidence: Evidence,
  run: ReadRun,
  thresholds: Thresholds,
  log: ReportContext["log"],
): Promise<Difference | undefined> {
  const { previous } = run.manifest;
  if (!previous) return undefined;
  try {
    const before = await readRunBefore(evidence, run.manifest);
    if (before) return compareRuns(before, run, thresholds);
    log(`Not compared with the run before, ${previous.runId}: it is not there any more`);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    log(`Not compared with the run before, ${previous.runId}: ${error.message}`);
  }
  return undefined;
}

/** Exceptions and findings that people are told of by name; all are in the JSON. */
const TOLD = 20;

function tell(answer: ReportAnswer, exceptionsFile: string | undefined, log: ReportContext["log"]): void {
  log(
    `Run ${answer.runId}${answer.complete ? "" : " (incomplete)"}: ${answer.accounts.collected} of ` +
      `${answer.accounts.inScope} accounts in scope, ${answer.rows} rows`,
  );
  for (const file of Object.values(answer.files)) log(`  ${file}`);
  if (answer.changes) {
    const changes = Object.values(answer.changes.counts).reduce((sum, count) => sum + count, 0);
    log(`  ${counted(changes, "change")} since run ${answer.changes.from}`);
  }
  tellExceptions(answer.exceptions, exceptionsFile, log);
  if (!answer.failOn) return;
  for (const { control, standing } of answer.failOn.controls) {
    if (standing > 0) log(`  ${control}: ${counted(standing, "finding")} without exception`);
  }
  if (answer.failOn.standing === 0) {
    log(
      answer.complete
        ? "No finding without exception stands for the controls of --fail-on"
        : "No finding without exception stands for the controls of --fail-on, but accounts in scope are missing: nothing speaks for them",
    );
  }
}

function tellExceptions(list: readonly ReviewedException[], file: string | undefined, log: ReportContext["log"]): void {
  if (list.length === 0) return;
  const count = (state: ReviewedException["state"]) => list.filter((exception) => exception.state === state).length;
  log(
    `  exceptions of ${file}: ${count("applied")} applied, ${count("expired")} expired, ${count("unmatched")} unmatched`,
  );
  const wanting = list.filter(({ state }) => state !== "applied");
  for (const { state, accountId, user, control, because } of wanting.slice(0, TOLD)) {
    log(visible(`    ${state}: ${accountId} ${user} ${control}: ${because}`));
  }
  if (wanting.length > TOLD) log(`    … and ${wanting.length - TOLD} more; --json names all`);
}
