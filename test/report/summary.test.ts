import { expect } from "chai";
import fc from "fast-check";
import { filterBits, ROW_FILTERS } from "../../report/attention";
import { idleDays, lastActivity, wholeDays } from "../../report/ages";
import { readCredentialRows } from "../../report/consolidatedReader";
import { summarise, type Summary } from "../../report/summary";
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
  type Run,
} from "./factories";

const summaryOf = ({ manifest, csv }: Run): Summary => summarise(manifest, readCredentialRows(csv));
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

    it("counts users without the root users", () => {
      expect(summary.users).to.deep.equal({
        total: 28,
        console: 15,
        consoleWithMfa: 9,
        consoleWithoutMfa: 6,
        consoleMfaUnknown: 0,
        dormant: 6,
        withTwoActiveKeys: 1,
      });
      expect(summary.accountsWithoutUsers.map((account) => account.accountName)).to.deep.equal([
        "Log Archive",
        "Shared Network",
      ]);
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
      expect(figures).to.deep.equal({
        active: 21,
        inactive: 2,
        ageUnknown: 0,
        old: 12,
        oldHolders: 11,
        neverUsed: 4,
        neverUsedHolders: 4,
      });
    });

    it("counts root users apart and finds their last use", () => {
      expect(summary.root).to.deep.equal({
        total: 12,
        withMfa: 11,
        withoutMfa: 1,
        withoutPassword: 3,
        withActiveKeys: 1,
        lastUse: { accountId: "111122223333", accountName: "Management", at: "2026-03-02T08:11:40Z" },
      });
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
        console: 3,
        consoleWithMfa: 1,
        consoleWithoutMfa: 2,
        consoleMfaUnknown: 0,
        activeKeys: 3,
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
    const keys = (age: number) => oneAccount([userCells("a", keyCells(1, { age }))]).keys;
    expect(keys(90).old).to.equal(0);
    expect(keys(91).old).to.equal(1);
  });

  it("does not take never used for recently used", () => {
    const [old, fresh] = readCredentialRows(
      runOf([
        [
          collected("111122223333", "Management"),
          [userCells("old", keyCells(1, { age: 120 })), userCells("fresh", keyCells(1, { age: 2 }))],
        ],
      ]).csv,
    );
    expect(idleDays(old!)).to.equal(120);
    expect(idleDays(fresh!)).to.equal(2);
    expect(lastActivity(old!).kind).to.equal("never");
  });

  it("does not call a user dormant whose use the report does not tell", () => {
    const cells = { ...passwordCells(true, 300), password_last_used: "N/A" };
    expect(oneAccount([userCells("a", cells)]).users.dormant).to.equal(0);
    expect(oneAccount([userCells("a", passwordCells(true, 300))]).users.dormant).to.equal(1);
  });

  it("does not call a user without a usable credential dormant", () => {
    expect(oneAccount([userCells("a", keyCells(1, { active: false, age: 900, used: 800 }))]).users.dormant).to.equal(0);
  });

  it("asks no MFA of a root user whose password was removed, and never reads not_supported as true", () => {
    const roots = (cells: Cells) => oneAccount([rootCells(cells)]);
    expect(roots({ mfa_active: "false" }).root.withoutMfa).to.equal(1);
    expect(roots({ mfa_active: "false", password_enabled: "FALSE" }).root).to.include({
      withoutMfa: 0,
      withoutPassword: 1,
    });
    expect(roots({ mfa_active: "false" }).users.console).to.equal(0);
  });

  it("puts console users whose MFA is not known in a class of their own", () => {
    const users = oneAccount([userCells("a", { ...passwordCells(true, 1), mfa_active: "N/A" })]).users;
    expect(users).to.include({ console: 1, consoleWithMfa: 0, consoleWithoutMfa: 0, consoleMfaUnknown: 1 });
  });

  it("calls a run over no account incomplete", () => {
    const summary = summarise(manifestOf([outOfScope("888899990000", "Closing")]), []);
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
    const found = summarise({ ...manifest, rows: 9, accounts }, readCredentialRows(csv)).contradictions.join("\n");
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
        const { keys, users: figures } = oneAccount([rootCells(), ...lines]);
        expect(keys.ages.reduce((sum, { count }) => sum + count, keys.ageUnknown)).to.equal(keys.active);
        expect(keys.active + keys.inactive).to.equal(
          users.flatMap(({ one, two }) => [one, two].filter((key) => key !== null)).length,
        );
        expect(figures.consoleWithMfa + figures.consoleWithoutMfa + figures.consoleMfaUnknown).to.equal(
          figures.console,
        );
        expect(figures.total).to.equal(users.length);
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
    expect(filterBits(row!)).to.equal(1 << ROW_FILTERS.findIndex(({ id }) => id === "users"));
  });
});
