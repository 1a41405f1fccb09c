import { expect } from "chai";
import fc from "fast-check";
import { filterBits, ROW_FILTERS, USE_CLASSES } from "../../report/attention";
import { lastActivity, wholeDays } from "../../report/ages";
import { readCredentialRows } from "../../report/consolidatedReader";
import { RunCounter, type Summary } from "../../report/summary";
import { exampleOrganization } from "./exampleOrganization";
import {
  collected,
  daysAgo,
  keyCells,
  manifestOf,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
} from "./factories";
import { runOfEveryKind, summaryOf } from "./pages";

const oneAccount = (users: Cells[]): Summary => summaryOf(runOf([[collected("111122223333", "Management"), users]]));

describe("figures of a run", () => {
  describe("of an organization counted by hand", () => {
    const summary = summaryOf(exampleOrganization());

    it("covers twelve of thirteen accounts in scope and names the other two", () => {
      const { counts, complete, missing, outOfScope } = summary.coverage;
      expect(counts).to.deep.equal({ listed: 14, inScope: 13, collected: 12, notCollected: 1, outOfScope: 1 });
      expect(complete).to.equal(false);
      expect(missing.map((account) => [account.accountName, account.step, account.code])).to.deep.equal([
        ["Sandbox Analytics", "assumeRole", "AccessDenied"],
      ]);
      expect(outOfScope.map((account) => account.reason)).to.deep.equal(["account is SUSPENDED"]);
    });

    it("counts rows by the questions that are asked of them", () => {
      const counts = Object.fromEntries(summary.answers);
      expect(counts).to.include({ users: 28, root: 12, console: 15, "root-no-password": 3 });
      expect(counts).to.include({ "key-active": 20, "key-inactive": 2, "key-never-used": 4 });
      expect(USE_CLASSES.map(({ id }) => counts[id])).to.deep.equal([22, 0, 1, 1, 0, 4, 0, 0]);
      expect(summary.accountsWithoutUsers.map((account) => account.accountName)).to.deep.equal([
        "Log Archive",
        "Shared Network",
      ]);
    });

    it("counts what fails by control, and the rows that fail any", () => {
      const fails = Object.fromEntries(summary.controls.map(({ control, fail }) => [control, fail]));
      expect(fails).to.deep.equal({
        "root-access-key": 1,
        "root-mfa": 1,
        "root-mfa-or-no-password": 1,
        "root-hardware-mfa": 0,
        "root-use": 0,
        "console-mfa": 6,
        "user-mfa": 19,
        "initial-access-key": 3,
        "unused-credentials": 6,
        "dormant-credentials": 6,
        "single-access-key": 1,
        "access-key-rotation": 10,
      });
      expect(summary.failing).to.deep.equal({ rows: 24, roots: 2, excepted: 0 });
    });

    it("counts keys by age, root's key among them", () => {
      const { ages, ...figures } = summary.keys;
      expect(ages.map(({ span, count }) => [span.label, count])).to.deep.equal([
        ["0–30", 4],
        ["31–90", 5],
        ["91–180", 3],
        ["181–365", 3],
        ["over 365", 6],
      ]);
      expect(figures).to.deep.equal({ active: 21, inactive: 2, ageUnknown: 0 });
    });

    it("finds the last use of a root user", () => {
      expect(summary.lastRootUse).to.deep.equal({
        ...{ accountId: "111122223333", accountName: "Management", at: "2026-03-02T08:11:40Z" },
      });
    });

    it("gives each unit the totals of all units below it", () => {
      const totals = summary.units.map(({ ouPath, listed, collected, notCollected, figures }) => [
        ...[ouPath, listed, collected, notCollected, figures.users, figures.consoleWithoutMfa, figures.oldestActiveKey],
      ]);
      expect(totals).to.deep.equal([
        ["Root", 14, 12, 1, 28, 6, 1239],
        ["Root/Infrastructure", 2, 2, 0, 3, 0, 730],
        ["Root/Sandbox", 2, 1, 1, 3, 3, 641],
        ["Root/Security", 2, 2, 0, 2, 0, 61],
        ["Root/Suspended", 1, 0, 0, 0, 0, null],
        ["Root/Workloads", 6, 6, 0, 17, 3, 1239],
        ["Root/Workloads/Production", 4, 4, 0, 13, 3, 1239],
        ["Root/Workloads/Staging", 2, 2, 0, 4, 0, 133],
      ]);
    });

    it("dates the evidence by the end of the run", () => {
      const { oldest, newest, olderThanFourHours } = summary.evidence;
      expect(oldest).to.deep.include({ accountName: "Storefront Production", age: (3 * 3600 + 16 * 60 + 23) * 1000 });
      expect(newest).to.deep.include({ accountName: "Build and Release", age: 244_000 });
      expect(olderThanFourHours).to.equal(0);
    });

    it("gives each account its figures, and none to an account without a report", () => {
      const figures = (name: string) => summary.accounts.find(({ record }) => record.accountName === name)?.figures;
      expect(figures("Data Platform")).to.deep.equal({
        users: 4,
        failing: 4,
        console: 3,
        consoleWithMfa: 1,
        consoleWithoutMfa: 2,
        consoleMfaUnknown: 0,
        withActiveKey: 3,
        oldestActiveKey: 203,
        rootMfa: true,
        reportAge: 246_000,
      });
      expect(figures("Sandbox Analytics")).to.equal(null);
      expect(summary.contradictions).to.deep.equal([]);
    });
  });

  it("counts ages from the time of the report, in whole days", () => {
    const days = (from: string, to: string) => wholeDays(Date.parse(from), Date.parse(to));
    expect(days("2026-08-22T02:00:01Z", "2026-11-20T02:00:00Z")).to.equal(89);
    expect(days("2026-08-22T02:00:00Z", "2026-11-20T02:00:00Z")).to.equal(90);
    expect(days("2026-11-21T00:00:00Z", "2026-11-20T02:00:00Z")).to.equal(0);
  });

  it("does not take never used for recently used", () => {
    const [old] = readCredentialRows(
      runOf([[collected("111122223333", "Management"), [userCells("old", keyCells(1, { age: 120 }))]]]).csv,
    );
    expect(lastActivity(old!).kind).to.equal("never");
    expect(oneAccount([userCells("old", keyCells(1, { age: 120 }))]).answers.get("use-never")).to.equal(1);
  });

  it("never reads root's not_supported as true or false", () => {
    const { answers } = oneAccount([rootCells({ mfa_active: "false" })]);
    expect([answers.get("root"), answers.get("root-no-password"), answers.get("console")]).to.deep.equal([1, 0, 0]);
    expect(oneAccount([rootCells({ password_enabled: "FALSE" })]).answers.get("root-no-password")).to.equal(1);
  });

  it("counts what is excepted as failing, and tells it apart", () => {
    const run = runOf([
      [
        collected("111122223333", "Management"),
        [userCells("a", passwordCells(false, 1)), userCells("b", passwordCells(false, 1))],
      ],
    ]);
    const exceptions = ["console-mfa", "user-mfa"].map((control) => ({
      ...{ accountId: "111122223333", user: "a", control, reason: "accepted", expires: "2027-01-01" },
    }));
    const { failing, controls } = summaryOf(run, exceptions);
    expect(failing).to.deep.equal({ rows: 2, roots: 0, excepted: 1 });
    expect(controls.find(({ control }) => control === "console-mfa")).to.include({ fail: 2, excepted: 1 });
  });

  it("puts console users whose MFA is not known in a class of their own", () => {
    const { accounts } = oneAccount([userCells("a", { ...passwordCells(true, 1), mfa_active: "N/A" })]);
    expect(accounts[0]?.figures).to.include({
      console: 1,
      consoleWithMfa: 0,
      consoleWithoutMfa: 0,
      consoleMfaUnknown: 1,
    });
  });

  it("calls a run over no account incomplete", () => {
    const summary = new RunCounter().summary(manifestOf([outOfScope("888899990000", "Closing")]));
    expect(summary.coverage.complete).to.equal(false);
    expect(summary.evidence.oldest).to.equal(null);
  });

  it("says where manifest and rows contradict each other", () => {
    const { manifest, csv } = runOf([
      [collected("111122223333", "Management"), [rootCells(), userCells("a", { run_id: "another" })]],
      [collected("222233334444", "Security"), [rootCells()]],
    ]);
    const accounts = manifest.accounts.map((account) =>
      account.accountId === "222233334444" ? notCollected("222233334444", "Security") : { ...account, rows: 5 },
    );
    const found = summaryOf({ manifest: { ...manifest, rows: 9, accounts }, csv }).contradictions.join("\n");
    expect(found).to.include("counts 9 rows, the consolidated CSV has 3");
    expect(found).to.include("Account 111122223333 has 5 rows by the manifest, 2");
    expect(found).to.include("Account 222233334444 has rows");
    expect(found).to.include("stand in the consolidated CSV: 1.");
    expect(found).to.include("The manifest says collected is 2, but lists 1");
    expect(found).to.include("calls the run complete");
  });

  it("counts every active key in exactly one span, and every console user in exactly one class", () => {
    const age = fc.option(fc.integer({ min: 0, max: 2000 }));
    const user = fc.record({
      one: age,
      two: age,
      active: fc.boolean(),
      mfa: fc.constantFrom("true", "FALSE", "N/A"),
      console: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(user, { maxLength: 20 }), (users) => {
        const lines = users.map(({ one, two, active, mfa, console }, n) =>
          userCells(`user-${n}`, {
            ...(console ? { ...passwordCells(true, 5), mfa_active: mfa } : {}),
            ...keyCells(1, one === null ? null : { age: one, active }),
            ...keyCells(2, two === null ? null : { age: two }),
          }),
        );
        const { keys, answers, accounts } = oneAccount([rootCells(), ...lines]);
        const figures = accounts[0]!.figures!;
        expect(keys.ages.reduce((sum, { count }) => sum + count, keys.ageUnknown)).to.equal(keys.active);
        expect(keys.active + keys.inactive).to.equal(
          users.flatMap(({ one, two }) => [one, two].filter((key) => key !== null)).length,
        );
        expect(figures.consoleWithMfa + figures.consoleWithoutMfa + figures.consoleMfaUnknown).to.equal(
          figures.console,
        );
        expect(figures.users).to.equal(users.length);
        const classes = USE_CLASSES.map(({ id }) => answers.get(id) ?? 0);
        expect(classes.reduce((sum, count) => sum + count, 0)).to.equal(users.length);
      }),
      { numRuns: 50 },
    );
  });

  it("gives each question a bit of its own", () => {
    expect(ROW_FILTERS.length).to.be.lessThan(31);
    expect(new Set(ROW_FILTERS.map(({ id }) => id)).size).to.equal(ROW_FILTERS.length);
    const [row] = readCredentialRows(
      runOf([[collected("111122223333", "M"), [userCells("a", { user_creation_time: daysAgo(1) })]]]).csv,
    );
    const asked = ROW_FILTERS.filter((_, n) => (filterBits(row!) >>> n) & 1).map(({ id }) => id);
    expect(asked).to.deep.equal(["users", "use-none"]);
  });

  it("answers every question by its bit as by itself", () => {
    for (const row of readCredentialRows(runOfEveryKind(3, 80).csv)) {
      const bits = ROW_FILTERS.reduce((bits, { matches }, n) => (matches(row) ? bits | (1 << n) : bits), 0);
      expect(filterBits(row)).to.equal(bits);
    }
  });
});
