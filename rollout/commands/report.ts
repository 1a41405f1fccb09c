import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AccountCounts } from "../../report/manifest";
import { renderReport } from "../../report/html";
import { readColumns, readCredentialRows } from "../../report/consolidatedReader";
import { messageOf, RolloutError } from "../errors";
import { bucketEvidence, folderEvidence, readRun, type Evidence } from "../evidence";
import type { OrganizationConfig } from "../organizationConfig";
import type { Orchestration } from "../orchestration";
import { openSession } from "../session";

/** Where the run is, and where the report goes. */
export interface ReportOptions {
  /** Id of the run; the newest by default. */
  run?: string;
  /** Folder for the reports; each run has one of its own in it. */
  out: string;
  /** Read a folder with the bucket's layout in place of the bucket. */
  from?: string;
  /** Role to read the bucket with; by default the one that deploys the logarchive stack. `none`: your own credentials. */
  readRole?: string;
}

/** What `report` answers. */
export interface ReportAnswer {
  command: "report";
  runId: string;
  complete: boolean;
  accounts: AccountCounts;
  rows: number;
  /** Path of the HTML page. */
  report: string;
  /** Path of the consolidated CSV. */
  csv: string;
}

/** What `report` works with; a folder needs no configuration. */
export interface ReportContext {
  config?: OrganizationConfig;
  log: Orchestration["log"];
}

/** Writes the HTML page and the consolidated CSV of a run. */
export async function report(context: ReportContext, options: ReportOptions): Promise<ReportAnswer> {
  const evidence = await openEvidence(context.config, options);
  const { manifest, manifestSha256, csv } = await readRun(evidence, options.run);
  const text = Buffer.from(csv).toString("utf8");
  const html = renderReport({
    manifest,
    manifestSha256,
    rows: readCredentialRows(text),
    columns: readColumns(text),
    bucket: evidence.bucket,
  });
  const folder = path.resolve(options.out, manifest.runId);
  const answer: ReportAnswer = {
    command: "report",
    runId: manifest.runId,
    complete: manifest.complete,
    accounts: manifest.counts,
    rows: manifest.rows,
    report: write(folder, "report.html", html),
    csv: write(folder, "credentials.csv", csv),
  };
  context.log(
    `Run ${manifest.runId}${manifest.complete ? "" : " (incomplete)"}: ${manifest.counts.collected} of ` +
      `${manifest.counts.inScope} accounts in scope, ${manifest.rows} rows`,
  );
  context.log(`  page: ${answer.report}`);
  context.log(`  CSV:  ${answer.csv}`);
  return answer;
}

async function openEvidence(config: OrganizationConfig | undefined, options: ReportOptions): Promise<Evidence> {
  if (options.from !== undefined) return folderEvidence(options.from);
  if (!config) throw new RolloutError("No configuration and no folder to read from: give --from DIR");
  const { file } = config.logarchive;
  const roles =
    options.readRole === undefined
      ? file.assumeRoles
      : options.readRole === "none"
        ? []
        : [...config.management.file.assumeRoles, { roleArn: options.readRole }];
  return bucketEvidence(config.bucketName, await openSession(file.region, roles, "reading the evidence"));
}

/** Writes a file whole or not at all. */
function write(folder: string, name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.tmp`, content);
    renameSync(`${file}.tmp`, file);
    return file;
  } catch (cause) {
    throw new RolloutError(`${file} cannot be written: ${messageOf(cause)}. Choose another folder with --out`, 1, {
      cause,
    });
  }
}
