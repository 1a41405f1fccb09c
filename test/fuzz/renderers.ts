import { parse as parseCsv } from "csv-parse/sync";
import { expect } from "chai";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { parse as parseYaml } from "yaml";

import { memberRoleTemplate } from "../../components/memberRoleTemplate";
import { assess } from "../../report/assessment";
import { readCredentialRows } from "../../report/consolidatedReader";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { differenceOf } from "../../report/difference/difference";
import { findingOpenedEvent, runEvent, runFailedEvent } from "../../report/events/events";
import { Exceptions } from "../../report/exceptions";
import { Findings } from "../../report/findings";
import { asffWriter, type AsffFinding } from "../../report/formats/asff";
import { jsonReportWriter } from "../../report/formats/jsonReport";
import { ocsfWriter } from "../../report/formats/ocsf";
import { INVENTORY, REVIEW_PAGE } from "../../report/inventory";
import { readManifest } from "../../report/manifestReader";
import { notification } from "../../report/notification";
import { visible } from "../../report/page/text";
import type { RowWriter } from "../../report/rowWriter";
import { jsonBytes, manifestPieces } from "../../runtime/manifest";
import { ParquetEncoder } from "../../runtime/parquet";
import { TypedBatch } from "../../report/typed";
import { logCoverage } from "../../rollout/commands/coverage";
import { cfctFiles, MANIFEST_FILE } from "../../rollout/cfct/documents";
import { treeLines } from "../../rollout/accounts/tree";
import { differenceInWords } from "../../rollout/evidence/differenceInWords";
import { fitted, widthOf } from "../../rollout/progress/width";
import { RUN_ID, type Run } from "../report/factories";
import { dataOf, pageOf, unpackedRows } from "../report/pages";
import { elementsOf } from "./markup";
import { hostileRun, hostileText } from "./inputs";
import { mustBePlain, target, type FuzzTarget } from "./target";

const THRESHOLDS = DEFAULT_THRESHOLDS;
const OPTIONS = { thresholds: THRESHOLDS, passes: true, region: "eu-central-1" };

/** What a writer makes of a run. */
function written(writer: RowWriter, run: Run): string {
  const exceptions = new Exceptions();
  let text = writer.begin();
  for (const row of readCredentialRows(run.csv)) text += writer.add(row, assess(row, THRESHOLDS, exceptions));
  return text + writer.end();
}

function pageRunsNothing(run: Run): void {
  const html = pageOf(run);
  const scripts = elementsOf(html).filter(({ name }) => name === "script");
  const { blocks } = dataOf(html);
  expect(scripts.map(({ attributes }) => attributes["type"] ?? "code")).to.deep.equal([
    ...Array.from({ length: blocks + 1 }, () => "application/octet-stream"),
    "application/json",
    "code",
  ]);
  const users = readCredentialRows(run.csv).map(({ user }) => visible(user));
  expect(unpackedRows(html).map(({ user }) => user)).to.deep.equal(users);
}

function reviewRunsNothing(run: Run): void {
  const html = written(REVIEW_PAGE.writer({ manifest: run.manifest, thresholds: THRESHOLDS }), run);
  const elements = elementsOf(html);
  expect(elements.filter(({ name }) => name === "script")).to.deep.equal([]);
  const rows = elements.filter(({ name, attributes }) => name === "th" && attributes["scope"] === "row");
  expect(rows.map(({ text }) => text)).to.deep.equal(readCredentialRows(run.csv).map(({ user }) => visible(user)));
}

/** Of a cell that a program may run: what stands first counts, whatever it is behind. */
const RUNS = /^[=+\-@\t\r]/;

function spreadsheetsAreTables(run: Run): void {
  for (const { name, writer } of INVENTORY) {
    const text = written(writer({ manifest: run.manifest, thresholds: THRESHOLDS }), run);
    const [header = [], ...lines] = parseCsv(text, { bom: true, record_delimiter: "\r\n" });
    for (const line of lines) {
      expect(line, name).to.have.length(header.length);
      for (const cell of line)
        if (RUNS.test(cell) && Number.isNaN(Number(cell))) throw new Error(`${name}: ${JSON.stringify(cell)} runs`);
    }
  }
}

/** Most bytes of a finding that Security Hub takes. */
const FINDING_BYTES = 240 * 1024;

function linesAreFindings(run: Run): void {
  const { manifest } = run;
  const asff = lines<AsffFinding>(written(asffWriter({ ...OPTIONS, run: manifest }), run));
  for (const finding of asff) {
    expect(finding.Id.length).to.be.within(1, 512);
    expect(finding.Title.length).to.be.within(1, 256);
    expect(finding.Description.length).to.be.within(1, 1024);
    expect(Buffer.byteLength(JSON.stringify(finding))).to.be.below(FINDING_BYTES);
    for (const [name, value] of Object.entries(
      (finding as unknown as { ProductFields: Record<string, string> }).ProductFields,
    )) {
      expect(name.length).to.be.within(1, 128);
      expect(value.trim().length).to.be.within(1, 2048);
    }
  }
  const ocsf = lines<{ class_uid: number }>(written(ocsfWriter({ ...OPTIONS, run: manifest }), run));
  expect(ocsf).to.have.length(asff.length);
  expect(ocsf.every(({ class_uid }) => class_uid === 2003)).to.equal(true);
  const findings = new Findings(THRESHOLDS);
  const rows = readCredentialRows(run.csv);
  const own = lines<{ user: string; account_name: string }>(rows.map((row) => findings.add(row)).join(""));
  for (const line of own)
    expect(rows.some(({ user, accountName }) => user === line.user && accountName === line.account_name)).to.equal(
      true,
    );
  const closing = () => ({ controls: [], exceptions: [], changes: null });
  const whole = JSON.parse(written(jsonReportWriter(manifest, THRESHOLDS, closing), run)) as { findings: unknown[] };
  expect(whole.findings).to.have.length(own.length);
}

/** JSON Lines by those who end lines at nothing but LF, and by those who end them at whatever ends lines in JavaScript. */
function lines<T>(text: string): T[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

/** What SNS and EventBridge take in one request. */
const MESSAGE_BYTES = 256 * 1024;

function messagesAreTaken([run, problem]: [Run, string]): void {
  const { manifest, csv } = run;
  const rows = readCredentialRows(csv);
  const before = { ...manifest, runId: "20261119T021400Z-000000" };
  const difference = differenceOf(
    { manifest: before, rows: rows.map((row) => ({ ...row, runId: before.runId, mfaActive: true })) },
    { manifest, rows },
    THRESHOLDS,
  );
  const link = { what: "page", address: "https://example.com" } as const;
  const problems = [problem, problem.repeat(200)];
  const { subject, text } = notification({
    manifest,
    manifestSha256: "a".repeat(64),
    controls: [],
    difference,
    link,
    problems,
  });
  expect(subject).to.match(/^[ -~]{1,99}$/);
  expect(Buffer.byteLength(text)).to.be.below(MESSAGE_BYTES);
  mustBePlain(text);
  mustBePlain(...differenceInWords(difference, [before, manifest]));

  const facts = { bucket: "evidence", manifestKey: "k", manifestSha256: "a".repeat(64), opened: null };
  const failed = {
    runId: RUN_ID,
    execution: null,
    code: problem,
    message: problem.repeat(500),
    remedy: problem,
    failedAt: manifest.finishedAt,
  };
  const opened = difference.changes.filter(({ kind }) => kind === "findingOpened");
  for (const { detail } of [
    runEvent({ manifest, ...facts }),
    runFailedEvent(failed as never),
    ...opened.map((change) => findingOpenedEvent(change, difference, THRESHOLDS)),
  ]) {
    expect(Buffer.byteLength(JSON.stringify(detail)), "bytes of an event").to.be.below(MESSAGE_BYTES - 1024);
  }
}

async function parquetIsTheRows(run: Run): Promise<void> {
  const batch = new TypedBatch();
  const rows = readCredentialRows(run.csv);
  for (const { cells, positions, ...origin } of rows)
    batch.add(origin, { columns: [...positions.keys()], rows: [[...cells]] });
  const encoder = new ParquetEncoder();
  const bytes = Buffer.concat([...(batch.rows > 0 ? [encoder.rowGroup(batch)] : []), encoder.end()]);
  const file = new Uint8Array(bytes).buffer;
  const read = await parquetReadObjects({ file });
  const columns = ["account_name", "ou_path", "user", "arn"];
  expect(read.map((row) => columns.map((column): unknown => row[column]))).to.deep.equal(
    // The reader takes a byte-order mark that a text begins with for its own.
    rows.map((row) => [row.accountName, row.ouPath, row.user, row.arn].map((text) => text.replace(/^\uFEFF/, ""))),
  );
}

function terminalGetsWords([run, columns]: [Run, number]): void {
  const { accounts } = run.manifest;
  const overview = accounts.map((account) => ({
    ...account,
    ...{ organizationsState: "ACTIVE", inScope: true, reason: account.state === "outOfScope" ? account.reason : null },
    memberRole: { state: "differs", differences: [account.accountName] },
    ...{ memberStack: null, collection: { state: "notLately", newestRun: account.accountName }, problems: [] },
  }));
  mustBePlain(...treeLines(overview as never));
  const told: string[] = [];
  const missing = accounts.filter((account) => account.state === "notCollected");
  const summary = { ...{ runId: RUN_ID, rows: 1, seconds: 1 }, accounts: run.manifest.counts, missing };
  logCoverage(summary as never, (line) => told.push(...[line]));
  mustBePlain(...told);
  expect(
    told.filter((line) => line.includes("\n")),
    "a name begins no line of its own",
  ).to.deep.equal([]);
  for (const { accountName } of accounts) {
    mustBePlain(fitted(accountName, columns));
    expect(widthOf(fitted(accountName, columns))).to.be.at.most(columns);
  }
}

function manifestIsReadAsWritten({ manifest }: Run): void {
  const bytes = Buffer.from([...manifestPieces(manifest)].join(""));
  expect(bytes.equals(jsonBytes(manifest))).to.equal(true);
  expect(readManifest(bytes, manifest.runId)).to.deep.equal(JSON.parse(JSON.stringify(manifest)));
}

function yamlIsReadAsWritten(units: string[]): void {
  const template = memberRoleTemplate({
    ...{ partition: "aws", collectorAccountId: "111122223333", collectorRoleName: "collector", roleName: "reader" },
  });
  const files = cfctFiles({
    template,
    name: "reader",
    region: "eu-central-1",
    targets: { units, accounts: ["012345678901"] },
  });
  const document = parseYaml(files[MANIFEST_FILE] ?? "") as {
    resources: { deployment_targets: Record<string, unknown> }[];
  };
  expect(document.resources[0]?.deployment_targets).to.deep.equal({
    ...(units.length > 0 && { organizational_units: units }),
    accounts: ["012345678901"],
  });
}

export const RENDERERS: readonly FuzzTarget[] = [
  target("page", 40, hostileRun, pageRunsNothing),
  target("review list", 100, hostileRun, reviewRunsNothing),
  target("spreadsheets", 150, hostileRun, spreadsheetsAreTables),
  target("findings of every format", 60, hostileRun, linesAreFindings),
  target("messages and events", 150, fc.tuple(hostileRun, hostileText), messagesAreTaken),
  target("Parquet", 40, hostileRun, parquetIsTheRows),
  target("lines of a terminal", 150, fc.tuple(hostileRun, fc.integer({ min: 1, max: 90 })), terminalGetsWords),
  target("manifest, written and read", 100, hostileRun, manifestIsReadAsWritten),
  target("manifest of CfCT", 150, fc.uniqueArray(hostileText, { maxLength: 4 }), yamlIsReadAsWritten),
];
