import { expect } from "chai";
import fc from "fast-check";
import { activeKeys, ageInDays } from "../../../report/ages";
import { assess } from "../../../report/assessment";
import { DEFAULT_THRESHOLDS } from "../../../report/controls";
import { Exceptions } from "../../../report/exceptions";
import { accountsWriter } from "../../../report/inventory/accounts";
import { unitsWriter } from "../../../report/inventory/units";
import { usersWriter } from "../../../report/inventory/users";
import { exampleOrganization } from "../exampleOrganization";
import {
  collected,
  GENERATED,
  keyCells,
  manifestOf,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
} from "../factories";
import { everyKindOfRun, linesOf, makingOf, textOf, type Line, type Making } from "./inventory";

const sum = (lines: readonly Line[], column: string): number =>
  lines.reduce((total, line) => total + Number(line[column]), 0);

/** Columns that accounts and units share and that add up. */
const ADDING = [
  "users",
  "users_with_console_access",
  "console_users_with_mfa",
  "console_users_without_mfa",
  "active_keys",
  "active_keys_over_90_days",
  "inactive_keys",
  "dormant_users",
  "users_with_dormant_credentials",
  "failing_findings",
  "excepted_findings",
  "undecided_findings",
];

function accountOf(users: Cells[], more: Partial<Making> = {}): Line {
  const run = runOf([[collected("111122223333", "Management"), users]]);
  const [line] = linesOf(accountsWriter, { ...makingOf(run), ...more });
  if (!line) throw new Error("there is no line");
  return line;
}

describe("accounts.csv", () => {
  const making = makingOf(exampleOrganization());

  it("has a line for every listed account, in the manifest's order", () => {
    const lines = linesOf(accountsWriter, making);
    expect(lines.map((line) => line["account_id"])).to.deep.equal(
      making.manifest.accounts.map(({ accountId }) => accountId),
    );
    expect(lines.map((line) => line["coverage"]).filter((word) => word !== "collected")).to.deep.equal([
      "missing",
      "out of scope",
    ]);
  });

  it("says of a missing account why and what to do, of one out of scope why; their figures are empty, not zero", () => {
    const run = runOf([notCollected("222233334444", "Lost"), outOfScope("333344445555", "Closed")]);
    const [missing = {}, closed = {}] = linesOf(accountsWriter, makingOf(run));
    expect(missing).to.include({
      coverage: "missing",
      ou_path: "Root/Sandbox",
      missing_step: "assumeRole",
      missing_code: "AccessDenied",
      reason: "",
    });
    expect(missing["missing_message"]).to.include("not authorized to perform: sts:AssumeRole");
    expect(missing["missing_remedy"]).to.include("Deploy the member role");
    expect(closed).to.include({ coverage: "out of scope", reason: "account is SUSPENDED", missing_step: "" });
    for (const column of [...ADDING, "root_mfa", "root_active_key", "without_users", "report_age_minutes"]) {
      expect([missing[column], closed[column]], column).to.deep.equal(["", ""]);
    }
  });

  it("counts users, console users by MFA, keys, dormant users and findings", () => {
    const exceptions = [
      { accountId: "111122223333", user: "b", control: "user-mfa", reason: "a machine", expires: "2027-03-31" },
    ];
    const line = accountOf(
      [
        rootCells(keyCells(1, { age: 100, used: null })),
        userCells("a", passwordCells(true, 1)),
        userCells("b", { ...passwordCells(false, 95), ...keyCells(1, { age: 91, used: 95 }) }),
        userCells("c", { ...keyCells(1, { age: 90, used: 1 }), ...keyCells(2, { age: 700, active: false }) }),
        userCells("d", { ...passwordCells(true, 1), mfa_active: "" }),
      ],
      { exceptions },
    );
    expect(line).to.include({
      users: "4",
      without_users: "no",
      users_with_console_access: "3",
      console_users_with_mfa: "1",
      console_users_without_mfa: "1",
      active_keys: "3",
      active_keys_over_90_days: "2",
      oldest_active_key_days: "100",
      inactive_keys: "1",
      dormant_users: "1",
      users_with_dormant_credentials: "1",
      // root: key; b: console-mfa, user-mfa, unused, dormant, rotation; c: user-mfa
      failing_findings: "7",
      excepted_findings: "1",
      // root: hardware MFA; d: console-mfa, user-mfa
      undecided_findings: "3",
      root_mfa: "yes",
      root_active_key: "yes",
    });
  });

  it("names the columns of keys after the age that is allowed", () => {
    const users = [userCells("a", keyCells(1, { age: 31, used: 1 }))];
    const strict = { ...DEFAULT_THRESHOLDS, keyAgeDays: 30 };
    expect(accountOf(users, { thresholds: strict })["active_keys_over_30_days"]).to.equal("1");
  });

  it("tells root's MFA and keys, a removed password included", () => {
    expect(accountOf([rootCells()])).to.include({ root_mfa: "yes", root_active_key: "no" });
    expect(accountOf([rootCells({ mfa_active: "false" })])["root_mfa"]).to.equal("no");
    expect(accountOf([rootCells({ mfa_active: "false", password_enabled: "FALSE" })])["root_mfa"]).to.equal(
      "no password",
    );
    expect(accountOf([rootCells({ access_key_2_active: "" })])["root_active_key"]).to.equal("not known");
    expect(accountOf([userCells("a")])).to.include({ root_mfa: "not known", root_active_key: "not known" });
  });

  it("marks accounts that have no IAM user, and not those that were not collected", () => {
    const lines = linesOf(accountsWriter, making);
    expect(lines.filter((line) => line["without_users"] === "yes").map((line) => line["account_name"])).to.deep.equal([
      "Log Archive",
      "Shared Network",
    ]);
    expect(accountOf([rootCells()])).to.include({ users: "0", without_users: "yes" });
  });

  it("says when each report was generated, and how many minutes that was before the end of the run", () => {
    expect(accountOf([rootCells()])).to.include({ report_generated_time: GENERATED, report_age_minutes: "18" });
    const late = manifestOf([collected("111122223333", "Management")], { finishedAt: "2026-11-20T01:59:58Z" });
    expect(accountOf([rootCells()], { manifest: late })["report_age_minutes"]).to.equal("0");
  });

  it("shows rows of an account that the manifest does not list, and of one that it calls missing", () => {
    const rows = makingOf(runOf([[collected("999900001111", "Stray", { ouPath: "Root/X" }), [userCells("a")]]])).rows;
    const [stray = {}] = linesOf(accountsWriter, { manifest: manifestOf([]), rows });
    expect(stray).to.include({
      account_id: "999900001111",
      coverage: "not in the manifest",
      ou_path: "Root/X",
      users: "1",
    });
    const [missing = {}] = linesOf(accountsWriter, {
      manifest: manifestOf([notCollected("999900001111", "Stray")]),
      rows,
    });
    expect(missing).to.include({ coverage: "missing", users: "1" });
  });

  it("defuses names, units and messages", () => {
    const run = runOf([notCollected("222233334444", "=1+1", { ouPath: "+Root", message: "-x", remedy: "@y" })]);
    expect(textOf(accountsWriter, makingOf(run))).to.include(
      "\r\n'222233334444,'=1+1,'+Root,missing,,assumeRole,AccessDenied,'-x,'@y,",
    );
  });
});

describe("organizational-units.csv", () => {
  const making = makingOf(exampleOrganization());

  it("has a line for every unit and every unit above, each after the one above it", () => {
    expect(linesOf(unitsWriter, making).map((line) => line["ou_path"])).to.deep.equal([
      "Root",
      "Root/Infrastructure",
      "Root/Sandbox",
      "Root/Security",
      "Root/Suspended",
      "Root/Workloads",
      "Root/Workloads/Production",
      "Root/Workloads/Staging",
    ]);
  });

  it("counts everything below a unit, by coverage too", () => {
    const lines = linesOf(unitsWriter, making);
    const of = (ouPath: string) => lines.find((line) => line["ou_path"] === ouPath) ?? {};
    expect(of("Root")).to.include({
      accounts_listed: "14",
      accounts_collected: "12",
      accounts_missing: "1",
      accounts_out_of_scope: "1",
      accounts_without_users: "2",
      root_users: "12",
      root_users_with_mfa: "11",
      root_users_with_active_key: "1",
      oldest_report: "2026-11-19T23:02:19Z",
    });
    expect(of("Root/Workloads")).to.include({ accounts_listed: "6", accounts_collected: "6", users: "17" });
    expect(of("Root/Workloads/Staging")).to.include({ accounts_listed: "2", users: "4" });
    expect(of("Root/Suspended")).to.include({
      accounts_listed: "1",
      accounts_out_of_scope: "1",
      users: "0",
      oldest_report: "",
    });
  });

  it("does not take a unit for one below another whose name it begins with", () => {
    const run = runOf(
      ["Root/A", "Root/A B", "Root/A/C", "Root/A!", ""].map((ouPath, n): [ReturnType<typeof collected>, Cells[]] => [
        collected(`11112222333${n}`, "a", { ouPath }),
        [userCells("a")],
      ]),
    );
    const lines = linesOf(unitsWriter, makingOf(run));
    expect(lines.map((line) => [line["ou_path"], line["users"]])).to.deep.equal([
      ["", "1"],
      ["Root", "4"],
      ["Root/A", "2"],
      ["Root/A/C", "1"],
      ["Root/A B", "1"],
      ["Root/A!", "1"],
    ]);
  });
});

describe("the totals of accounts and units", () => {
  it("add up to what the rows hold, whatever is in the cells", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
        const run = everyKindOfRun(4, 12, seed);
        const missing = [notCollected("888800001111", "Lost"), outOfScope("888800002222", "Closed")];
        const making = { ...run, manifest: { ...run.manifest, accounts: [...run.manifest.accounts, ...missing] } };
        const accounts = linesOf(accountsWriter, making);
        const units = linesOf(unitsWriter, making);
        const users = linesOf(usersWriter, making);
        const [root = {}] = units;

        expect(accounts).to.have.length(6);
        const inUnits = units.filter((line) => (line["ou_path"] ?? "").split("/").length === 2);
        for (const column of ADDING) {
          expect(Number(root[column]), column).to.equal(sum(accounts, column));
          // the two accounts without a report stand in Root and in Root/Sandbox
          expect(Number(root[column]), column).to.equal(sum(inUnits, column));
        }
        const { rows } = making;
        const people = rows.filter(({ isRoot }) => !isRoot);
        const keys = rows.flatMap((row) => activeKeys(row).map((key) => ageInDays(key.lastRotated, row)));
        const all = rows.flatMap((row) => assess(row, DEFAULT_THRESHOLDS, new Exceptions()));
        expect(root).to.include({
          users: String(people.length),
          users_with_console_access: String(people.filter((row) => row.passwordEnabled === true).length),
          active_keys: String(keys.length),
          active_keys_over_90_days: String(keys.filter((days) => days !== undefined && days > 90).length),
          failing_findings: String(all.filter(({ result }) => result === "fail").length),
          undecided_findings: String(all.filter(({ result }) => result === "notDecidable").length),
        });
        const count = (column: string, word: string) => users.filter((line) => line[column] === word).length;
        expect(root).to.include({
          inactive_keys: String(count("key_1", "inactive") + count("key_2", "inactive")),
          dormant_users: String(count("dormant", "yes")),
          users_with_dormant_credentials: String(count("dormant_credentials", "yes")),
        });
        for (const line of accounts.slice(0, 4)) {
          const own = rows.filter(({ accountId }) => accountId === line["account_id"]);
          const ages = own.flatMap((row) => activeKeys(row).map((key) => ageInDays(key.lastRotated, row) ?? -1));
          const oldest = Math.max(-1, ...ages);
          expect(line["oldest_active_key_days"]).to.equal(oldest < 0 ? "" : String(oldest));
        }
      }),
      { numRuns: 50 },
    );
  });
});
