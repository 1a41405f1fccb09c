import { expect } from "chai";
import { assess, Tally } from "../../../report/assessment";
import { readCredentialRows } from "../../../report/consolidatedReader";
import { DEFAULT_THRESHOLDS } from "../../../report/controls";
import { Exceptions } from "../../../report/exceptions";
import { JSON_REPORT_SCHEMA, jsonReportWriter } from "../../../report/formats/jsonReport";
import type { CredentialRow } from "../../../report/rows";
import { keyCells, manifestOf, notCollected, passwordCells, rootCells, toCsv, userCells } from "../factories";

interface JsonReport {
  schema: string;
  run: { runId: string; complete: boolean };
  accounts: { notCollected: number; outOfScope: number };
  missing: { accountId: string; remedy: string }[];
  findings: { control: string; result: string; user: string; cells: Record<string, string>; exception: unknown }[];
  controls: { control: string; title: string; fail: number; excepted: number }[];
  exceptions: { state: string }[];
  changes: unknown;
}

function written(rows: readonly CredentialRow[], exceptions = new Exceptions()): JsonReport {
  const tally = new Tally();
  const run = manifestOf([notCollected("999988887777", "Lost")], { rows: rows.length });
  const writer = jsonReportWriter(run, DEFAULT_THRESHOLDS, () => ({
    controls: tally.results(),
    exceptions: exceptions.reviewed(),
    changes: null,
  }));
  let text = writer.begin();
  for (const row of rows) {
    const assessments = assess(row, DEFAULT_THRESHOLDS, exceptions);
    for (const assessment of assessments) tally.add(assessment);
    text += writer.add(row, assessments);
  }
  return JSON.parse(text + writer.end()) as JsonReport;
}

describe("the report as JSON", () => {
  it("is one document: coverage, controls, and a finding with its cells for each failure", () => {
    const rows = readCredentialRows(
      toCsv([rootCells(), userCells("alice", { ...passwordCells(false, 3), ...keyCells(1, { age: 200, used: 1 }) })]),
    );
    const report = written(rows);
    expect(report.schema).to.equal(JSON_REPORT_SCHEMA);
    expect(report.accounts).to.include({ notCollected: 1, outOfScope: 0 });
    expect(report.missing.map(({ accountId }) => accountId)).to.deep.equal(["999988887777"]);
    expect(report.findings.map(({ control, result, user }) => [user, control, result])).to.deep.equal([
      ["<root_account>", "root-hardware-mfa", "notDecidable"],
      ["alice", "console-mfa", "fail"],
      ["alice", "user-mfa", "fail"],
      ["alice", "access-key-rotation", "fail"],
    ]);
    expect(report.findings[1]?.cells).to.deep.equal({ password_enabled: "true", mfa_active: "false" });
    expect(report.controls).to.have.length(12);
    expect(report.controls[5]).to.include({
      control: "console-mfa",
      title: "Users with a console password have MFA",
      fail: 1,
    });
  });

  it("marks what is excepted, and shows the list", () => {
    const rows = readCredentialRows(toCsv([userCells("alice", passwordCells(false, 3))]));
    const line = {
      accountId: "111122223333",
      user: "alice",
      control: "console-mfa",
      reason: "SEC-12",
      expires: "2027-01-01",
    };
    const report = written(rows, new Exceptions([line], "2026-11-20T02:14:00Z"));
    expect(report.findings.map(({ control, exception }) => [control, exception])).to.deep.equal([
      ["console-mfa", { reason: "SEC-12", expires: "2027-01-01" }],
      ["user-mfa", null],
    ]);
    expect(report.controls.filter(({ excepted }) => excepted > 0)).to.have.length(1);
    expect(report.exceptions).to.have.length(1);
  });

  it("is JSON without any row, and whatever stands in a name", () => {
    expect(written([]).findings).to.deep.equal([]);
    const name = 'a"b\\c\n</script>\u2028é';
    expect(written(readCredentialRows(toCsv([userCells(name)]))).findings[0]?.user).to.equal(name);
  });
});
