import { expect } from "chai";
import fc from "fast-check";
import { assess } from "../../../report/assessment";
import { isoTime } from "../../../report/cells";
import { DEFAULT_THRESHOLDS } from "../../../report/controls";
import { Exceptions } from "../../../report/exceptions";
import { timeWord } from "../../../report/inventory/words";
import { usersWriter } from "../../../report/inventory/users";
import type { CredentialRow } from "../../../report/rows";
import { exampleOrganization } from "../exampleOrganization";
import { collected, daysAgo, keyCells, passwordCells, rootCells, runOf, userCells, type Cells } from "../factories";
import { everyKindOfRun, linesOf, makingOf, textOf, type Line, type Making } from "./inventory";

const ACCOUNT = "111122223333";

/** The line of one user among others. */
function lineOf(cells: Cells, more: Partial<Making> = {}): Line {
  const run = runOf([[collected(ACCOUNT, "Management"), [rootCells(), cells]]]);
  const line = linesOf(usersWriter, { ...makingOf(run), ...more }).at(cells["user"] === "<root_account>" ? 0 : 1);
  if (!line) throw new Error("there is no such line");
  return line;
}

const iso = (days: number): string => daysAgo(days).replace("+00:00", "Z");

describe("users.csv", () => {
  it("has a line for every IAM user and root user, in file order, with whose it is", () => {
    const making = makingOf(exampleOrganization());
    const lines = linesOf(usersWriter, making);
    const whose = (row: CredentialRow) => [row.accountId, row.accountName, row.ouPath, row.user, row.arn];
    expect(
      lines.map((line) => [line["account_id"], line["account_name"], line["ou_path"], line["user"], line["arn"]]),
    ).to.deep.equal(making.rows.map(whose));
    expect(lines.filter((line) => line["is_root"] === "yes")).to.have.length(12);
  });

  it("shows creation time, console access, MFA and password with their ages in days before the report", () => {
    expect(lineOf(userCells("anna", passwordCells(true, 3, 71)))).to.include({
      user: "anna",
      is_root: "no",
      user_creation_time: iso(500),
      user_days: "500",
      console_access: "yes",
      mfa: "yes",
      password_last_used: iso(3),
      password_days_since_use: "3",
      password_last_changed: iso(71),
      password_days: "71",
      report_generated_time: iso(0),
    });
  });

  it("shows both keys with age, last use, service and region", () => {
    const line = lineOf(
      userCells("job", {
        ...keyCells(1, { age: 412, used: 2, service: "s3", region: "us-east-1" }),
        ...keyCells(2, { age: 90, active: false }),
      }),
    );
    expect(line).to.include({
      key_1: "active",
      key_1_last_rotated: iso(412),
      key_1_days: "412",
      key_1_last_used: iso(2),
      key_1_days_since_use: "2",
      key_1_last_used_service: "s3",
      key_1_last_used_region: "us-east-1",
      key_2: "inactive",
      key_2_days: "90",
      key_2_last_used: "never",
      key_2_days_since_use: "",
      key_2_last_used_service: "",
      key_2_last_used_region: "",
      last_activity: iso(2),
      days_since_activity: "2",
    });
  });

  it("shows certificates", () => {
    const line = lineOf(userCells("old", { cert_1_active: "true", cert_1_last_rotated: daysAgo(900) }));
    expect(line).to.include({
      cert_1: "active",
      cert_1_last_rotated: iso(900),
      cert_2: "none",
      cert_2_last_rotated: "none",
    });
  });

  it("tells never, none, not reported and not known apart", () => {
    expect(lineOf(userCells("anna"))).to.include({
      console_access: "no",
      password_last_used: "none",
      password_last_changed: "none",
      key_1: "none",
      key_1_last_rotated: "none",
      key_1_last_used: "none",
      last_activity: "none",
    });
    expect(lineOf(userCells("new", passwordCells(false, null, 10)))["password_last_used"]).to.equal("never");
    expect(lineOf(rootCells())).to.include({
      is_root: "yes",
      console_access: "not reported",
      password_last_used: "never",
      password_last_changed: "not reported",
      password_days: "",
      dormant: "not applicable",
      dormant_credentials: "not applicable",
    });
    const odd = {
      password_enabled: "perhaps",
      mfa_active: "",
      user_creation_time: "long ago",
      access_key_1_active: "N/A",
    };
    expect(lineOf(userCells("odd", odd))).to.include({
      console_access: "not known",
      mfa: "not known",
      user_creation_time: "not known",
      user_days: "",
      key_1: "not known",
      dormant: "not known",
      dormant_credentials: "not known",
    });
  });

  it("calls a user dormant of whose usable credentials none was used, and names the control that one of them fails", () => {
    const one = { ...passwordCells(true, 1), ...keyCells(1, { age: 300, used: 200 }) };
    expect(lineOf(userCells("a", one))).to.include({ dormant: "no", dormant_credentials: "yes" });
    const both = { ...passwordCells(true, 90), ...keyCells(1, { age: 300, used: 90 }) };
    expect(lineOf(userCells("a", both))).to.include({ dormant: "yes", dormant_credentials: "yes" });
    expect(lineOf(userCells("a", passwordCells(true, 89)))).to.include({ dormant: "no", dormant_credentials: "no" });
    expect(lineOf(userCells("a", passwordCells(true, null, 90)))["dormant"], "never used counts from set-up").to.equal(
      "yes",
    );
    expect(lineOf(userCells("a", keyCells(1, { age: 300, active: false })))).to.include({
      dormant: "not applicable",
      dormant_credentials: "not applicable",
    });
    const strict = { ...DEFAULT_THRESHOLDS, dormantDays: 10 };
    expect(lineOf(userCells("a", passwordCells(true, 10)), { thresholds: strict })["dormant"]).to.equal("yes");
  });

  it("names the controls that fail, those of them that are excepted, and those that cannot be decided", () => {
    const exceptions = [
      { accountId: ACCOUNT, user: "anna", control: "user-mfa", reason: "a machine", expires: "2027-03-31" },
      { accountId: ACCOUNT, user: "anna", control: "console-mfa", reason: "over", expires: "2026-03-31" },
    ];
    expect(lineOf(userCells("anna", passwordCells(false, 1)), { exceptions })).to.include({
      failing_controls: "console-mfa user-mfa",
      excepted_controls: "user-mfa",
      undecided_controls: "",
    });
    expect(lineOf(rootCells())).to.include({
      failing_controls: "",
      excepted_controls: "",
      undecided_controls: "root-hardware-mfa",
    });
  });

  it("keeps the account's zeros, and names that begin like a formula are text", () => {
    const run = runOf([
      [collected("001122223333", "-Sandbox", { ouPath: "=Root" }), [userCells("@cmd,=1"), userCells("+1")]],
    ]);
    const text = textOf(usersWriter, makingOf(run));
    expect(text).to.include(`\r\n'001122223333,'-Sandbox,'=Root,"'@cmd,=1","arn:`);
    expect(text).to.include(`\r\n'001122223333,'-Sandbox,'=Root,'+1,arn:`);
  });

  it("writes times as ISO 8601 in UTC, from the year 0 on", () => {
    const [first, last] = [Date.UTC(2000, 0, 1) - 730_485 * 86_400_000, Date.UTC(9999, 11, 31, 23, 59, 59)];
    expect([first, last].map((at) => timeWord({ kind: "date", at }))).to.deep.equal([
      "0000-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
    ]);
    fc.assert(
      fc.property(fc.integer({ min: first / 1000, max: last / 1000 }), (seconds) => {
        expect(timeWord({ kind: "date", at: seconds * 1000 })).to.equal(isoTime(seconds * 1000));
      }),
    );
  });

  it("is the same text for the same run", () => {
    const making = everyKindOfRun(3, 12, 5);
    expect(textOf(usersWriter, making)).to.equal(textOf(usersWriter, making));
  });

  it("loses no row and no failing control, whatever is in the cells", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
        const making = everyKindOfRun(3, 12, seed);
        const lines = linesOf(usersWriter, making);
        expect(lines).to.have.length(making.rows.length);
        making.rows.forEach((row, index) => {
          const line = lines[index] ?? {};
          const failing = assess(row, DEFAULT_THRESHOLDS, new Exceptions()).filter(({ result }) => result === "fail");
          expect(line["arn"]).to.equal(row.arn);
          expect(line["failing_controls"]).to.equal(failing.map(({ control }) => control.id).join(" "));
          for (const name of Object.keys(line).filter((name) => /days/.test(name))) {
            expect(line[name], name).to.match(/^\d*$/);
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});
