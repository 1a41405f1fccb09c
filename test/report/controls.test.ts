import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { CONTROLS, controlsOf, DEFAULT_THRESHOLDS, resultOf, type CisVersion } from "../../report/controls";
import { readCredentialRows } from "../../report/consolidatedReader";
import { Findings } from "../../report/findings";
import { rowReader, type CredentialRow } from "../../report/rows";
import { ORACLE } from "../support/controlOracle";
import { everyKindOfRow } from "../support/everyKindOfRow";
import { daysAgo, keyCells, passwordCells, rootCells, toCsv, userCells, type Cells } from "./factories";

const RUN = "20261120T031500Z-0a3f1c";

/** What a control says of one line. */
function verdict(control: string, cells: Cells, thresholds = DEFAULT_THRESHOLDS): string {
  const [row] = readCredentialRows(toCsv([cells]));
  const found = CONTROLS.find(({ id }) => id === control);
  if (!row || !found) throw new Error(`no row, or no control ${control}`);
  return controlsOf(row).includes(found) ? resultOf(found, row, thresholds) : "no subject";
}

function rowsOfEveryKind(accounts: number, seed: number): CredentialRow[] {
  return everyKindOfRow(accounts, 12, RUN, seed).flatMap(({ origin, report }) => {
    const read = rowReader(report.columns);
    return report.rows.map((cells) => read(origin, cells));
  });
}

describe("the table of controls", () => {
  it("has the numbers of each benchmark and the ids of Security Hub", () => {
    const numbers = (version: CisVersion) => CONTROLS.flatMap(({ cis }) => cis[version] ?? []);
    for (const version of ["1.4", "1.5", "3.0"] as const) {
      expect(numbers(version)).to.deep.equal(["1.4", "1.5", "1.6", "1.7", "1.10", "1.11", "1.12", "1.13", "1.14"]);
    }
    expect(numbers("5.0")).to.deep.equal(["1.3", "1.4", "1.5", "1.6", "1.9", "1.10", "1.11", "1.12", "1.13"]);
    expect(numbers("6.0")).to.deep.equal(["2.3", "2.4", "2.5", "2.6", "2.9", "2.10", "2.11", "2.12", "2.13"]);
    expect(numbers("7.0")).to.deep.equal(["2.4", "2.5", "2.6", "2.7", "2.10", "2.11", "2.12"]);
    expect(CONTROLS.flatMap(({ securityHub }) => securityHub ?? [])).to.have.members(
      ["3", "4", "5", "6", "8", "9", "19", "22"].map((n) => `IAM.${n}`),
    );
  });

  it("has every control once, and only columns of the report", () => {
    expect(new Set(CONTROLS.map(({ id }) => id)).size).to.equal(CONTROLS.length);
    const columns = Object.keys(userCells("a"));
    for (const { id, columns: used } of CONTROLS) {
      expect(used, id).not.to.be.empty;
      expect(columns, id).to.include.members([...used]);
    }
  });
});

describe("docs/formats.md", () => {
  it("has every control with its numbers", () => {
    const document = readFileSync(path.join(__dirname, "../../docs/formats.md"), "utf8");
    for (const { id, subjects, cis, securityHub } of CONTROLS) {
      const line = document.split("\n").find((text) => text.startsWith(`| \`${id}\``)) ?? "";
      const cells = line.split("|").map((cell) => cell.trim());
      const numbers = (["3.0", "5.0", "6.0", "7.0"] as const).map((version) => cis[version] ?? "–");
      expect(cells.slice(2, 8), id).to.deep.equal([
        subjects === "root" ? "root" : "users",
        ...numbers,
        securityHub ?? "–",
      ]);
    }
  });
});

describe("controls of root users", () => {
  it("fail for an active key, and not for an inactive one", () => {
    expect(verdict("root-access-key", rootCells())).to.equal("pass");
    expect(verdict("root-access-key", rootCells(keyCells(2, { age: 3 })))).to.equal("fail");
    expect(verdict("root-access-key", rootCells(keyCells(2, { age: 3, active: false })))).to.equal("pass");
  });

  it("count a removed password for MFA from version 5.0 on only", () => {
    const removed = rootCells({ mfa_active: "false", password_enabled: "FALSE" });
    expect(verdict("root-mfa", removed)).to.equal("fail");
    expect(verdict("root-mfa-or-no-password", removed)).to.equal("pass");
    expect(verdict("root-mfa-or-no-password", rootCells())).to.equal("pass");
  });

  it("do not take not_supported for a password that is not there", () => {
    expect(verdict("root-mfa-or-no-password", rootCells({ mfa_active: "false" }))).to.equal("fail");
  });

  it("do not claim to know the kind of MFA", () => {
    for (const mfa of ["true", "false", ""]) {
      expect(verdict("root-hardware-mfa", rootCells({ mfa_active: mfa }))).to.equal("notDecidable");
    }
  });

  it("take the newest of password and keys for root's use, and never for not lately", () => {
    expect(verdict("root-use", rootCells())).to.equal("pass");
    expect(verdict("root-use", rootCells({ password_last_used: daysAgo(90) }))).to.equal("pass");
    expect(verdict("root-use", rootCells({ password_last_used: daysAgo(89) }))).to.equal("fail");
    const byKey = rootCells({ password_last_used: daysAgo(400), ...keyCells(2, { age: 500, used: 2 }) });
    expect(verdict("root-use", byKey)).to.equal("fail");
    expect(verdict("root-use", rootCells({ password_last_used: "" }))).to.equal("notDecidable");
  });

  it("are not asked of IAM users, nor theirs of root users", () => {
    expect(verdict("root-mfa", userCells("a"))).to.equal("no subject");
    expect(verdict("console-mfa", rootCells())).to.equal("no subject");
  });
});

describe("controls of IAM users", () => {
  it("want MFA of console users, or of all", () => {
    expect(verdict("console-mfa", userCells("a", passwordCells(false, 1)))).to.equal("fail");
    expect(verdict("console-mfa", userCells("a", passwordCells(true, 1)))).to.equal("pass");
    expect(verdict("console-mfa", userCells("a"))).to.equal("notApplicable");
    expect(verdict("console-mfa", userCells("a", { ...passwordCells(true, 1), mfa_active: "" }))).to.equal(
      "notDecidable",
    );
    expect(verdict("user-mfa", userCells("a"))).to.equal("fail");
  });

  it("find the key that came with the password and was never used", () => {
    const unused = { ...passwordCells(true, 1), ...keyCells(1, { age: 10, used: null }) };
    expect(verdict("initial-access-key", userCells("a", unused))).to.equal("fail");
    expect(verdict("initial-access-key", userCells("a", keyCells(1, { age: 10, used: null })))).to.equal(
      "notApplicable",
    );
    const used = { ...passwordCells(true, 1), ...keyCells(1, { age: 10, used: 3 }) };
    expect(verdict("initial-access-key", userCells("a", used))).to.equal("pass");
  });

  it("count what was never used from the day it was set up: never is not recently", () => {
    const key = (age: number) => userCells("a", keyCells(1, { age, used: null }));
    expect(verdict("unused-credentials", key(44))).to.equal("pass");
    expect(verdict("unused-credentials", key(45))).to.equal("fail");
    const password = (changed: number) => userCells("a", passwordCells(true, null, changed));
    expect(verdict("unused-credentials", password(44))).to.equal("pass");
    expect(verdict("unused-credentials", password(45))).to.equal("fail");
    expect(verdict("dormant-credentials", password(45))).to.equal("pass");
    expect(verdict("dormant-credentials", password(90))).to.equal("fail");
  });

  it("look at each usable credential, and at no other", () => {
    const both = { ...passwordCells(true, 1), ...keyCells(2, { age: 300, used: 200 }) };
    expect(verdict("unused-credentials", userCells("a", both))).to.equal("fail");
    const disabled = { ...passwordCells(true, 1), ...keyCells(2, { age: 300, used: 200, active: false }) };
    expect(verdict("unused-credentials", userCells("a", disabled))).to.equal("pass");
    expect(verdict("unused-credentials", userCells("a"))).to.equal("notApplicable");
  });

  it("fail over two active keys, and over a key of more than 90 days", () => {
    const keys = (age: number, second: boolean) =>
      userCells("a", { ...keyCells(1, { age, used: 1 }), ...keyCells(2, { age: 1, used: 1, active: second }) });
    expect(verdict("single-access-key", keys(1, true))).to.equal("fail");
    expect(verdict("single-access-key", keys(1, false))).to.equal("pass");
    expect(verdict("single-access-key", userCells("a"))).to.equal("notApplicable");
    expect(verdict("access-key-rotation", keys(90, false))).to.equal("pass");
    expect(verdict("access-key-rotation", keys(91, false))).to.equal("fail");
    expect(verdict("access-key-rotation", userCells("a", keyCells(1, { age: 400, active: false })))).to.equal(
      "notApplicable",
    );
  });

  it("follow the thresholds that they are given", () => {
    const row = userCells("a", { ...passwordCells(true, 10), ...keyCells(1, { age: 20, used: 10 }) });
    const strict = { rootUseDays: 1, unusedDays: 10, dormantDays: 11, keyAgeDays: 19 };
    expect(verdict("unused-credentials", row, strict)).to.equal("fail");
    expect(verdict("dormant-credentials", row, strict)).to.equal("pass");
    expect(verdict("access-key-rotation", row, strict)).to.equal("fail");
    expect(verdict("access-key-rotation", row, { ...strict, keyAgeDays: 20 })).to.equal("pass");
  });
});

describe("results of every kind of row", () => {
  it("are those of the table read a second time", () => {
    for (const row of rowsOfEveryKind(200, 11)) {
      for (const control of controlsOf(row)) {
        const expected = ORACLE[control.id]?.judge(row);
        expect(resultOf(control, row, DEFAULT_THRESHOLDS), `${control.id}: ${row.cells.join(",")}`).to.equal(expected);
      }
    }
    expect(Object.keys(ORACLE)).to.have.members(CONTROLS.map(({ id }) => id));
  });

  it("are exactly one for each subject of a control, and each finding shows the cells that prove it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
        const rows = rowsOfEveryKind(3, seed);
        const findings = new Findings(DEFAULT_THRESHOLDS);
        const lines = rows.map((row) => findings.add(row)).join("");
        const found = lines
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        const roots = rows.filter(({ isRoot }) => isRoot).length;
        for (const { control, pass, fail, notApplicable, notDecidable } of findings.results()) {
          const subjects = CONTROLS.find(({ id }) => id === control)?.subjects === "root" ? roots : rows.length - roots;
          expect(pass + fail + notApplicable + notDecidable, control).to.equal(subjects);
          const of = (result: string) => found.filter((one) => one["control"] === control && one["result"] === result);
          expect([of("fail").length, of("notDecidable").length], control).to.deep.equal([fail, notDecidable]);
        }
        for (const one of found) {
          const row = rows.find(({ accountId, user }) => accountId === one["account_id"] && user === one["user"]);
          const cells = Object.entries(one["cells"] as Record<string, string>);
          expect(cells, String(one["control"])).not.to.be.empty;
          for (const [column, text] of cells) expect(text).to.equal(row?.cells[row.positions.get(column) ?? -1]);
          expect(one["because"]).to.be.a("string").and.not.to.equal("");
        }
      }),
      { numRuns: 30 },
    );
  });
});
