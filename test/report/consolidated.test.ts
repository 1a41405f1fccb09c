import { expect } from "chai";
import { parse } from "csv-parse/sync";
import fc from "fast-check";

import {
  consolidatedColumns,
  consolidatedHeader,
  consolidatedRows,
  LEADING_COLUMNS,
  type ReportOrigin,
} from "../../report/consolidated";
import { KNOWN_COLUMNS, parseCredentialReport } from "../../report/credentialReport";
import { credentialReportCsv } from "../support/credentialReports";

const ACCOUNT: ReportOrigin = {
  accountId: "123456789012",
  accountName: "Payments, production",
  ouPath: "Root/Workloads/Production",
  reportGeneratedTime: "2026-11-20T01:02:03Z",
  runId: "20261123T030000Z-abcdef",
};

describe("consolidated CSV", () => {
  it("has the known columns first and others in order of first appearance", () => {
    const columns = consolidatedColumns([
      ["user", "zeta", "arn"],
      ["alpha", "user", "zeta"],
    ]);
    expect(columns).to.deep.equal([...KNOWN_COLUMNS, "zeta", "alpha"]);
  });

  it("names the known columns even when there is no report", () => {
    expect(consolidatedHeader(consolidatedColumns([]))).to.equal(
      `${[...LEADING_COLUMNS, ...KNOWN_COLUMNS].join(",")}\n`,
    );
  });

  it("puts the account before the cells of AWS and ends every line with LF", () => {
    const report = parseCredentialReport(credentialReportCsv(ACCOUNT.accountId), ACCOUNT.accountId);
    const lines = consolidatedRows(KNOWN_COLUMNS, ACCOUNT, report).split("\n");
    expect(lines).to.have.length(3);
    expect(lines[2]).to.equal("");
    expect(lines[0]).to.match(
      /^123456789012,"Payments, production",Root\/Workloads\/Production,2026-11-20T01:02:03Z,20261123T030000Z-abcdef,<root_account>,arn:/,
    );
  });

  it("leaves the cell empty where an account's report lacks the column, whatever the order of its header", () => {
    const report = { columns: ["arn", "user"], rows: [["an-arn", "a-user"]] };
    const [row] = parse(consolidatedRows(["user", "new_column", "arn"], ACCOUNT, report));
    expect(row?.slice(5)).to.deep.equal(["a-user", "", "an-arn"]);
  });

  it("gives nothing for an account without rows", () => {
    expect(consolidatedRows(["user"], ACCOUNT, { columns: ["user"], rows: [] })).to.equal("");
  });

  it("gives back whatever text went in, and the same bytes for the same input", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const hard = fc.constantFrom("", '"', ",", "\n", "\r", "\r\n", "=cmd()", ' " ', "\uFEFF");
    const cell = fc.oneof(text, hard);
    const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(rows, cell, cell, (cells, accountName, ouPath) => {
        const account = { ...ACCOUNT, accountName, ouPath };
        const report = { columns: ["a", "b", "c"], rows: cells };
        const csv = consolidatedHeader(report.columns) + consolidatedRows(report.columns, account, report);
        const [header, ...read] = parse(csv, { record_delimiter: "\n" });
        const leading = [account.accountId, accountName, ouPath, account.reportGeneratedTime, account.runId];
        expect(header).to.deep.equal([...LEADING_COLUMNS, "a", "b", "c"]);
        expect(read).to.deep.equal(cells.map((row) => [...leading, ...row]));
        expect(consolidatedRows(report.columns, account, report)).to.equal(csv.slice(csv.indexOf("\n") + 1));
      }),
    );
  });
});
