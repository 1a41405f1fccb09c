import { parse as parseCsv } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { expect } from "chai";
import fc from "fast-check";

import { consolidatedColumns, consolidatedHeader, consolidatedRows } from "../../report/consolidated";
import { credentialRows, MalformedRowError, readColumns } from "../../report/consolidatedReader";
import {
  CredentialReportError,
  KNOWN_COLUMNS,
  LEADING_COLUMNS,
  parseCredentialReport,
  REPORT_LIMITS,
} from "../../report/credentialReport";
import { CsvError, csvRecords } from "../../report/csv";
import { ExceptionListError, readExceptions } from "../../report/exceptions";
import { ManifestError, readManifest } from "../../report/manifestReader";
import { visible } from "../../report/page/text";
import { evidenceObjects } from "../../report/verification";
import { RunError } from "../../runtime/errors";
import { scopeRules } from "../../runtime/scope";
import { readManifest as readFacts } from "../../rollout/evidence/manifestFacts";
import { exampleOrganization } from "../report/exampleOrganization";
import { RUN_ID } from "../report/factories";
import { rootRow, userRow } from "../support/credentialReports";
import { changed, encoded, hostileText, jsonLike, mutated } from "./inputs";
import { target, unlessRefused, type FuzzTarget } from "./target";

const ACCOUNT = "111122223333";

/** Reports of AWS, with names and cells of others, quoted or not. */
const report = fc
  .record({
    users: fc.array(fc.tuple(hostileText, hostileText), { maxLength: 4 }),
    more: fc.array(hostileText, { maxLength: 2 }),
    quoted: fc.boolean(),
    record_delimiter: fc.constantFrom("\n", "\r\n"),
  })
  .map(({ users, more, ...form }) => {
    const rows = [
      rootRow(ACCOUNT),
      ...users.map(([user, cell]) => userRow(ACCOUNT, user, { cert_1_last_rotated: cell })),
    ];
    const columns = [...KNOWN_COLUMNS, ...more];
    const cells = rows.map((row) =>
      columns.map((column) => (Object.hasOwn(row, column) ? row[column] : undefined) ?? "x"),
    );
    return form.quoted
      ? stringify([columns, ...cells], form)
      : [columns, ...cells].map((line) => line.join(",")).join(form.record_delimiter);
  });

/** The report of one account is refused by name, or all that is made of it can be read by those who read the run. */
function reportCostsNobodyElse(bytes: Uint8Array): void {
  const read = unlessRefused(() => parseCredentialReport(bytes, ACCOUNT), CredentialReportError);
  if (!read) return;
  expect(read.columns.length).to.be.at.most(REPORT_LIMITS.columns);
  const origin = {
    accountId: ACCOUNT,
    accountName: "a",
    ouPath: "Root",
    reportGeneratedTime: "2026-11-20T02:00:00Z",
    runId: RUN_ID,
  };
  const columns = consolidatedColumns([read.columns]);
  const csv = consolidatedHeader(columns) + consolidatedRows(columns, origin, read);
  const [header, ...lines] = parseCsv(csv, { record_delimiter: "\n" });
  expect(header).to.deep.equal([...LEADING_COLUMNS, ...columns]);
  expect(readColumns(csv)).to.deep.equal(header);
  const cells = read.rows.map((row) => columns.map((column) => row[read.columns.indexOf(column)] ?? ""));
  expect(lines.map((line) => line.slice(LEADING_COLUMNS.length))).to.deep.equal(cells);
  const rows = [...credentialRows(csv)];
  expect(rows.map(({ cells }) => cells.slice(LEADING_COLUMNS.length))).to.deep.equal(cells);
  expect(rows.every(({ arn }) => arn.includes(`::${ACCOUNT}:`))).to.equal(true);
}

/** Text of the form of CSV, as far as that goes. */
const csvLike = fc.oneof(
  mutated(fc.constant('a,b,c\n1,"2,""x""\n",3\n\n"",,\r\n')),
  fc
    .array(fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", "a", " ", "\uFEFF", '"a"'), { maxLength: 24 })
    .map((parts) => parts.join("")),
);

/** Agrees with another parser about every text that both take. */
function agreesOnCsv(text: string): void {
  const records = unlessRefused(() => [...csvRecords(text)], CsvError);
  let others: string[][] | undefined;
  try {
    others = parseCsv(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n"],
    });
  } catch {
    // Refused as a whole: records before the one at fault may have been given.
  }
  if (records && others) expect(records.map(({ cells }) => cells)).to.deep.equal(others);
  if (records && !others) throw new Error(`taken for CSV, and csv-parse refuses it: ${JSON.stringify(text)}`);
}

const RUN = exampleOrganization();

/** Manifests with values of others at any place, and text that is nearly one. */
const manifestBytes = fc.oneof(
  fc
    .array(fc.record({ at: fc.nat(), value: jsonLike(["key", "accounts", "state", "runId", "previous", "sha256"]) }), {
      maxLength: 3,
    })
    .map((changes) => Buffer.from(JSON.stringify(changed(RUN.manifest, changes)))),
  encoded(mutated(fc.constant(JSON.stringify(RUN.manifest)))),
);

/** Whatever its bytes are, a manifest is refused by name, or leads nowhere but to evidence. */
function manifestLeadsNowhere(bytes: Uint8Array): void {
  const facts = readFacts(RUN_ID, bytes);
  const manifest = unlessRefused(() => readManifest(bytes, RUN_ID), ManifestError);
  if (!manifest) return;
  expect(facts.facts.problem, "what the report reads, verify reads too").to.equal(undefined);
  expect(manifest.runId).to.equal(RUN_ID);
  for (const { key } of evidenceObjects(manifest)) expect(key.split("/")).not.to.include("..");
  for (const { accountId } of manifest.accounts) expect(accountId).to.match(/^\d{12}$/);
}

export const PARSERS: readonly FuzzTarget[] = [
  target("credential report", 500, encoded(mutated(report)), reportCostsNobodyElse),
  target("CSV", 1000, csvLike, agreesOnCsv),
  target("consolidated CSV", 200, mutated(fc.constant(RUN.csv.slice(0, 4000))), (text) => {
    const rows = unlessRefused(() => [...credentialRows(text)], MalformedRowError);
    for (const row of rows ?? []) expect(row.accountId).to.match(/^\d{12}$/);
  }),
  target("manifest", 500, manifestBytes, manifestLeadsNowhere),
  target("exceptions", 500, jsonLike(["exceptions", "account", "user", "control", "reason", "expires"]), (document) => {
    unlessRefused(() => readExceptions(document), ExceptionListError);
    unlessRefused(() => readExceptions({ exceptions: [document] }), ExceptionListError);
  }),
  target("selectors", 500, fc.array(hostileText, { maxLength: 3 }), (include) => {
    unlessRefused(() => scopeRules({ include, exclude: [] }), RunError);
  }),
  target("visible text", 1000, hostileText, (text) => {
    const shown = visible(text);
    expect(shown).to.match(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
    expect(visible(shown)).to.equal(shown);
  }),
];
