import { expect } from "chai";
import { RunRowsError } from "../../../report/difference/accountRows";
import { credentialRows } from "../../../report/consolidatedReader";
import { CONTROLS, DEFAULT_THRESHOLDS } from "../../../report/controls";
import {
  CHANGE_KINDS,
  differenceOf,
  type Change,
  type Difference,
  type RunRows,
} from "../../../report/difference/difference";
import type { AccountRecord } from "../../../report/manifest";
import type { CredentialRow } from "../../../report/rows";
import {
  collected,
  daysAgo,
  keyCells,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
  type Run,
} from "../factories";

const ACCOUNT = "111122223333";
const OTHER = "444455556666";
const root = (cells: Cells = {}): Cells => rootCells({ user_creation_time: daysAgo(900), ...cells });
const iso = (days: number): string => daysAgo(days).replace("+00:00", "Z");

/** A run of one account with these users, root before them unless given. */
function runWith(...users: Cells[]): Run {
  const all = users.some(({ user }) => user === "<root_account>") ? users : [root(), ...users];
  return runOf([[collected(ACCOUNT, "Management"), all]]);
}

const rowsOf = ({ manifest, csv }: Run): RunRows => ({ manifest, rows: credentialRows(csv) });
const difference = (before: Run, after: Run): Difference =>
  differenceOf(rowsOf(before), rowsOf(after), DEFAULT_THRESHOLDS);

/** The changes in short, findings apart: kind, user, before and after. */
function changes(before: Run, after: Run): unknown[][] {
  return difference(before, after)
    .changes.filter(({ control }) => control === null)
    .map(({ kind, user, before, after }) => [kind, user, before, after]);
}

/** The findings in short: kind, user, control, before and after. */
function findings(before: Run, after: Run): unknown[][] {
  return difference(before, after)
    .changes.filter(({ control }) => control !== null)
    .map(({ kind, user, control, before, after }) => [kind, user, control, before, after]);
}

describe("difference of two runs", () => {
  it("is empty for a run and itself, and names both runs", () => {
    const run = runWith(userCells("anna", passwordCells(false, 100)), userCells("deploy", keyCells(1, { age: 400 })));
    const { from, to, counts, changes } = difference(run, run);
    expect(changes).to.deep.equal([]);
    expect(counts).to.deep.equal(Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, 0])));
    const { runId, finishedAt } = run.manifest;
    expect([from, to]).to.deep.equal([
      { runId, finishedAt, complete: true },
      { runId, finishedAt, complete: true },
    ]);
  });

  describe("coverage", () => {
    const anna = userCells("anna", passwordCells(false, 100));
    const covered: [ReturnType<typeof collected>, Cells[]] = [collected(OTHER, "Sandbox"), [root(), anna]];
    const management: [ReturnType<typeof collected>, Cells[]] = [collected(ACCOUNT, "Management"), [root()]];
    const without: [string, AccountRecord[], string][] = [
      ["not collected", [notCollected(OTHER, "Sandbox")], "not collected: AccessDenied at assumeRole"],
      ["out of scope", [outOfScope(OTHER, "Sandbox")], "out of scope: account is SUSPENDED"],
      ["not listed", [], "not listed"],
    ];
    for (const [state, records, words] of without) {
      it(`tells that an account was ${state} in one of the runs, and nothing of its users and findings`, () => {
        const [lacking, whole] = [runOf([management, ...records]), runOf([management, covered])];
        expect(changes(lacking, whole)).to.deep.equal([["accountEntered", null, words, "collected"]]);
        expect(changes(whole, lacking)).to.deep.equal([["accountLeft", null, "collected", words]]);
        expect([...findings(lacking, whole), ...findings(whole, lacking)]).to.deep.equal([]);
      });
    }

    it("says nothing of an account that neither run collected, whatever its states", () => {
      expect(
        difference(
          runOf([management, notCollected(OTHER, "Sandbox")]),
          runOf([management, outOfScope(OTHER, "Sandbox")]),
        ).changes,
      ).to.deep.equal([]);
    });

    it("takes name and unit of an account from the newer run", () => {
      const [change] = difference(
        runOf([management, notCollected(OTHER, "Sandbox", { ouPath: "Root/Old" })]),
        runOf([management, [collected(OTHER, "Playground", { ouPath: "Root/New" }), [root()]]]),
      ).changes;
      expect(change).to.deep.include({ accountId: OTHER, accountName: "Playground", ouPath: "Root/New" });
    });
  });

  describe("users", () => {
    it("tells who was added and who was removed, with what they have", () => {
      const added = userCells("zoe", { ...passwordCells(true, 1), ...keyCells(2, { age: 3, used: 1 }) });
      const words = `created ${iso(500)}; console access, MFA, key 2 active`;
      expect(changes(runWith(), runWith(added))).to.deep.equal([["userAdded", "zoe", null, words]]);
      expect(changes(runWith(added), runWith())).to.deep.equal([["userRemoved", "zoe", words, null]]);
    });

    it("tells a user of the same name and another creation time as recreated, and does not compare two people's credentials", () => {
      const before = userCells("anna", { ...passwordCells(true, 1), ...keyCells(1, { age: 50, used: 1 }) });
      const after = userCells("anna", { ...keyCells(2, { age: 1, used: 1 }), user_creation_time: daysAgo(2) });
      expect(changes(runWith(before), runWith(after))).to.deep.equal([
        [
          "userRecreated",
          "anna",
          `created ${iso(500)}; console access, MFA, key 1 active`,
          `created ${iso(2)}; no console access, no MFA, key 2 active`,
        ],
      ]);
    });

    it("tells a user of another name and the same creation time as renamed, and his other changes under the new name", () => {
      const before = [userCells("anna"), userCells("ben", { user_creation_time: daysAgo(30) })];
      const after = [
        userCells("anna.meyer", { mfa_active: "true" }),
        userCells("ben", { user_creation_time: daysAgo(30) }),
      ];
      expect(changes(runWith(...before), runWith(...after))).to.deep.equal([
        ["userRenamed", "anna.meyer", "anna", "anna.meyer"],
        ["mfaGained", "anna.meyer", "no MFA", "MFA"],
      ]);
    });

    it("guesses no renaming where several users share the creation time", () => {
      const kinds = (before: string[], after: string[]) =>
        changes(
          runWith(...before.map((name) => userCells(name))),
          runWith(...after.map((name) => userCells(name))),
        ).map(([kind, user]) => `${String(kind)} ${String(user)}`);
      expect(kinds(["a", "b"], ["c"])).to.deep.equal(["userAdded c", "userRemoved a", "userRemoved b"]);
      expect(kinds(["a"], ["b", "c"])).to.deep.equal(["userAdded b", "userAdded c", "userRemoved a"]);
      // Who is still there was not renamed.
      expect(kinds(["a", "b"], ["a", "c"])).to.deep.equal(["userRenamed c"]);
    });

    it("follows users who swapped their names, and one whose name another took", () => {
      const user = (name: string, days: number) => userCells(name, { user_creation_time: daysAgo(days) });
      expect(changes(runWith(user("a", 10), user("b", 20)), runWith(user("a", 20), user("b", 10)))).to.deep.equal([
        ["userRenamed", "a", "b", "a"],
        ["userRenamed", "b", "a", "b"],
      ]);
      expect(
        changes(runWith(user("a", 10)), runWith(user("a", 5), user("b", 10))).map(([kind, name]) => [kind, name]),
      ).to.deep.equal([
        ["userAdded", "a"],
        ["userRenamed", "b"],
      ]);
    });

    it("takes a user whose creation time is not known for the same", () => {
      const unknown = userCells("anna", { user_creation_time: "N/A" });
      expect(changes(runWith(userCells("anna")), runWith(unknown))).to.deep.equal([]);
      expect(changes(runWith(unknown), runWith(userCells("anna")))).to.deep.equal([]);
    });

    it("knows root by its name alone: it is never recreated or renamed", () => {
      const [old, young] = [root(), root({ user_creation_time: daysAgo(2) })];
      expect(changes(runWith(old), runWith(young))).to.deep.equal([]);
      const account = (cells: Cells) => runOf([[collected(ACCOUNT, "Management"), [cells]]]);
      const user = userCells("anna", { user_creation_time: daysAgo(2) });
      expect(changes(account(young), account(user)).map(([kind]) => kind)).to.deep.equal(["userAdded", "userRemoved"]);
    });

    it("loses no row where a report says a name twice, which IAM does not", () => {
      const twice = [userCells("anna"), userCells("anna", { mfa_active: "true" })];
      expect(changes(runWith(...twice), runWith(...twice))).to.deep.equal([]);
      expect(changes(runWith(userCells("anna")), runWith(...twice)).map(([kind, user]) => [kind, user])).to.deep.equal([
        ["userAdded", "anna"],
      ]);
    });

    it("keeps users of the same name in two accounts apart", () => {
      const both = (first: Cells[], second: Cells[]) =>
        runOf([
          [collected(ACCOUNT, "Management"), [root(), ...first]],
          [collected(OTHER, "Sandbox"), [root(), ...second]],
        ]);
      const told = difference(both([userCells("anna")], []), both([], [userCells("anna")]));
      expect(
        told.changes.filter(({ control }) => !control).map(({ kind, accountId }) => [kind, accountId]),
      ).to.deep.equal([
        ["userRemoved", ACCOUNT],
        ["userAdded", OTHER],
      ]);
    });
  });

  describe("access keys", () => {
    const key = (cells: Cells) => runWith(userCells("deploy", cells));
    const none = key({});
    const one = key(keyCells(1, { age: 50, used: 1 }));
    const made = iso(50);

    it("tells keys that were added and removed, by their slot", () => {
      expect(changes(none, one)).to.deep.equal([["keyAdded", "deploy", null, `key 1 active, last rotated ${made}`]]);
      expect(changes(one, none)).to.deep.equal([["keyRemoved", "deploy", `key 1 active, last rotated ${made}`, null]]);
      const two = key({ ...keyCells(1, { age: 50, used: 1 }), ...keyCells(2, { age: 1, active: false }) });
      expect(changes(one, two)).to.deep.equal([["keyAdded", "deploy", null, `key 2 inactive, last rotated ${iso(1)}`]]);
    });

    it("tells a key with another rotation date as rotated, not as removed and added", () => {
      expect(changes(one, key(keyCells(1, { age: 2, used: 1 })))).to.deep.equal([
        ["keyRotated", "deploy", `key 1, last rotated ${made}`, `key 1, last rotated ${iso(2)}`],
      ]);
    });

    it("tells keys that were switched on and off, which are there all the time", () => {
      const off = key(keyCells(1, { age: 50, used: 1, active: false }));
      expect(changes(one, off)).to.deep.equal([["keyDeactivated", "deploy", "key 1 active", "key 1 inactive"]]);
      expect(changes(off, one)).to.deep.equal([["keyActivated", "deploy", "key 1 inactive", "key 1 active"]]);
    });

    it("makes no change of a slot that says neither yes nor no", () => {
      const unclear: Cells[] = [
        { ...keyCells(1, null), access_key_1_active: "" },
        { ...keyCells(1, null), access_key_1_last_rotated: "no_information" },
        { ...keyCells(1, null), access_key_1_last_rotated: "last Tuesday" },
      ];
      for (const cells of unclear) {
        expect(changes(one, key(cells))).to.deep.equal([]);
        expect(changes(key(cells), one)).to.deep.equal([]);
        expect(changes(key(cells), none)).to.deep.equal([]);
      }
      const undated = key({ ...keyCells(1, { age: 50, used: 1 }), access_key_1_last_rotated: "N/A" });
      expect(changes(one, undated), "a key without a date is not known to be rotated").to.deep.equal([]);
    });
  });

  describe("MFA and console access", () => {
    const anna = (cells: Cells) => runWith(userCells("anna", cells));

    it("tells who gained and who lost them", () => {
      const [bare, safe] = [anna({ mfa_active: "false" }), anna({ mfa_active: "true" })];
      expect(changes(bare, safe)).to.deep.equal([["mfaGained", "anna", "no MFA", "MFA"]]);
      expect(changes(safe, bare)).to.deep.equal([["mfaLost", "anna", "MFA", "no MFA"]]);
      const [out, able] = [anna({}), anna({ ...passwordCells(false, 1), mfa_active: "false" })];
      expect(changes(out, able)).to.deep.equal([["consoleGained", "anna", "no console access", "console access"]]);
      expect(changes(able, out)).to.deep.equal([["consoleLost", "anna", "console access", "no console access"]]);
    });

    it("makes no change of a cell that says neither yes nor no", () => {
      for (const cell of ["", "N/A", "not_supported", "yes"]) {
        const unclear = anna({ mfa_active: cell, password_enabled: cell });
        for (const clear of [anna({ mfa_active: "true" }), anna(passwordCells(true, 1))]) {
          expect(changes(clear, unclear)).to.deep.equal([]);
          expect(changes(unclear, clear)).to.deep.equal([]);
        }
      }
    });

    it("tells root's MFA, and a root password that was removed", () => {
      expect(
        changes(
          runWith(root({ mfa_active: "false", password_enabled: "true" })),
          runWith(root({ mfa_active: "true", password_enabled: "false" })),
        ).map(([kind, user]) => [kind, user]),
      ).to.deep.equal([
        ["mfaGained", "<root_account>"],
        ["consoleLost", "<root_account>"],
      ]);
    });
  });

  describe("root's use", () => {
    const used = (days: number | null, cells: Cells = {}) =>
      runWith(root({ password_last_used: days === null ? "no_information" : daysAgo(days), ...cells }));
    const rootUsed = (before: Run, after: Run) => changes(before, after).filter(([kind]) => kind === "rootUsed");

    it("tells a use that is newer than the one before, with both times", () => {
      expect(rootUsed(used(40), used(3))).to.deep.equal([["rootUsed", "<root_account>", iso(40), iso(3)]]);
      expect(rootUsed(used(null), used(3))).to.deep.equal([["rootUsed", "<root_account>", "never", iso(3)]]);
      expect(rootUsed(used(40), used(40))).to.deep.equal([]);
      expect(rootUsed(used(3), used(40)), "an older use is none").to.deep.equal([]);
    });

    it("counts the use of root's keys, and only the newest of all", () => {
      const key = keyCells(1, { age: 400, used: 2 });
      expect(rootUsed(used(40, keyCells(1, { age: 400, used: 30 })), used(40, key))).to.deep.equal([
        ["rootUsed", "<root_account>", iso(30), iso(2)],
      ]);
      expect(rootUsed(used(1), used(1, key)), "the key's use is older than the password's").to.deep.equal([]);
    });

    it("tells no use as new that may have been there before, and every use after the older report", () => {
      expect(rootUsed(used(null, { password_last_used: "not_supported" }), used(3))).to.deep.equal([]);
      const later = used(-1);
      expect(rootUsed(used(null, { password_last_used: "not_supported" }), later)).to.deep.equal([
        ["rootUsed", "<root_account>", "not known", iso(-1)],
      ]);
    });

    it("is not told of users", () => {
      expect(
        changes(runWith(userCells("anna", passwordCells(true, 9))), runWith(userCells("anna", passwordCells(true, 1)))),
      ).to.deep.equal([]);
    });
  });

  describe("findings", () => {
    const console = (mfa: boolean) => runWith(userCells("anna", passwordCells(mfa, 1)));
    const noMfa: [string, string][] = [
      ["console-mfa", "fail: has a console password and no MFA"],
      ["user-mfa", "fail: has no MFA"],
    ];

    it("opens where a control fails that did not, and closes where it no longer does", () => {
      expect(findings(console(true), console(false))).to.deep.equal(
        noMfa.map(([control, fail]) => ["findingOpened", "anna", control, "pass", fail]),
      );
      expect(findings(console(false), console(true))).to.deep.equal(
        noMfa.map(([control, fail]) => ["findingClosed", "anna", control, fail, "pass"]),
      );
    });

    it("opens those of a user who was added, and closes those of one who was removed", () => {
      expect(findings(runWith(), console(false))).to.deep.equal(
        noMfa.map(([control, fail]) => ["findingOpened", "anna", control, null, fail]),
      );
      expect(findings(console(false), runWith())).to.deep.equal(
        noMfa.map(([control, fail]) => ["findingClosed", "anna", control, fail, null]),
      );
    });

    it("goes on for who was renamed or recreated", () => {
      const renamed = runWith(userCells("anna.meyer", passwordCells(false, 1)));
      expect(findings(console(false), renamed)).to.deep.equal([]);
      const recreated = runWith(userCells("anna", { ...passwordCells(false, 1), user_creation_time: daysAgo(30) }));
      expect(findings(console(false), recreated)).to.deep.equal([]);
    });

    it("opens where nothing changed but the time", () => {
      const before = runWith(userCells("deploy", { ...keyCells(1, { age: 90, used: 1 }), mfa_active: "true" }));
      const [account] = before.manifest.accounts;
      if (account?.state !== "collected") throw new Error("collected is expected");
      const later = { ...account, reportGeneratedTime: iso(-1) };
      const after = runOf([
        [later, [root(), userCells("deploy", { ...keyCells(1, { age: 90, used: 1 }), mfa_active: "true" })]],
      ]);
      expect(findings(before, after)).to.deep.equal([
        [
          ...["findingOpened", "deploy", "access-key-rotation", "pass"],
          "fail: has an active access key more than 90 days old",
        ],
      ]);
      expect(differenceOf(rowsOf(before), rowsOf(after), { ...DEFAULT_THRESHOLDS, keyAgeDays: 91 }).changes).to.be
        .empty;
    });

    it("says so where a finding is closed because the report no longer says enough", () => {
      const unclear = runWith(userCells("anna", { ...passwordCells(false, 1), mfa_active: "" }));
      expect(findings(console(false), unclear).map(([kind, , , , after]) => [kind, after])).to.deep.equal(
        noMfa.map(() => ["findingClosed", "not decidable: the cells that decide say neither yes nor no"]),
      );
    });

    it("knows root's controls", () => {
      const told = findings(runWith(root({ mfa_active: "true" })), runWith(root({ mfa_active: "false" })));
      expect(told.map(([, user, control]) => [user, control])).to.deep.equal([
        ["<root_account>", "root-mfa"],
        ["<root_account>", "root-mfa-or-no-password"],
      ]);
      const rootControls = CONTROLS.filter(({ subjects }) => subjects === "root").map(({ id }) => id);
      expect(rootControls).to.include.members(told.map(([, , control]) => control));
    });
  });

  it("tells changes in order of account, then of the newer run's rows, then those who are gone", () => {
    const before = runOf([
      [collected(ACCOUNT, "Management"), [root(), userCells("gone"), userCells("b", { mfa_active: "true" })]],
      [collected(OTHER, "Sandbox"), [root()]],
    ]);
    const after = runOf([
      notCollected(ACCOUNT.replace("111", "000"), "New"),
      [
        collected(ACCOUNT, "Management"),
        [root({ mfa_active: "false" }), userCells("a", { user_creation_time: daysAgo(1) }), userCells("b")],
      ],
      [collected("222222222222", "Entered"), [root()]],
      [collected(OTHER, "Sandbox"), [root({ mfa_active: "false" })]],
    ]);
    const told = difference(before, after).changes.filter(({ control }) => control === null);
    expect(told.map(({ accountName, kind, user }) => `${accountName}: ${kind} ${user ?? ""}`)).to.deep.equal([
      "Management: mfaLost <root_account>",
      "Management: userAdded a",
      "Management: mfaLost b",
      "Management: userRemoved gone",
      "Entered: accountEntered ",
      "Sandbox: mfaLost <root_account>",
    ]);
  });

  describe("reads the rows", () => {
    const accounts = Array.from({ length: 6 }, (_, n) => String(100_000_000_000 + n));
    const run = (ids = accounts): Run =>
      runOf(ids.map((id) => [collected(id, `Account ${id}`), [root(), userCells("anna"), userCells("ben")]]));
    const refusal = (before: RunRows, after: RunRows): string => {
      try {
        differenceOf(before, after, DEFAULT_THRESHOLDS);
      } catch (error) {
        if (error instanceof RunRowsError) return error.message;
        throw error;
      }
      throw new Error("expected the rows to be refused");
    };

    it("of both runs side by side, never more than an account ahead, and each row once", () => {
      const at = { before: 0, after: 0 };
      let read = 0;
      function* watched(side: "before" | "after", { csv }: Run): Generator<CredentialRow> {
        for (const row of credentialRows(csv)) {
          at[side] = accounts.indexOf(row.accountId);
          expect(Math.abs(at.before - at.after), `${side} at ${row.accountId}`).to.be.at.most(1);
          read += 1;
          yield row;
        }
      }
      const { manifest } = run();
      const told = differenceOf(
        { manifest, rows: watched("before", run()) },
        { manifest, rows: watched("after", run()) },
        DEFAULT_THRESHOLDS,
      );
      expect(told.changes).to.deep.equal([]);
      expect(read).to.equal(2 * 3 * accounts.length);
    });

    it("and refuses a file whose accounts are out of order, naming run and account", () => {
      const { manifest } = run();
      const shuffled = { manifest, rows: credentialRows(run([...accounts].reverse()).csv) };
      const message = refusal(rowsOf(run()), shuffled);
      expect(message).to.contain(
        `run ${manifest.runId}: account ${accounts[0]} has 0 rows where the manifest counts 3`,
      );
      expect(message).to.contain("credentials.csv");
      expect(refusal(shuffled, rowsOf(run()))).to.equal(message);
    });

    it("and refuses one that lacks rows, or has more than the manifest tells of", () => {
      const whole = run();
      const lacking = { manifest: whole.manifest, rows: credentialRows(whole.csv.replace(/\n[^\n]+\n$/, "\n")) };
      expect(refusal(rowsOf(whole), lacking)).to.contain(
        `account ${accounts[5]} has 2 rows where the manifest counts 3, then the file ends`,
      );
      const more = { manifest: run(accounts.slice(0, 5)).manifest, rows: credentialRows(whole.csv) };
      expect(refusal(rowsOf(whole), more)).to.contain(`come rows of account ${accounts[5]}`);
      const within = { manifest: run(accounts.slice(1)).manifest, rows: credentialRows(whole.csv) };
      expect(refusal(rowsOf(whole), within)).to.contain(`then come rows of account ${accounts[0]}`);
    });
  });

  it("counts every change once, under its kind", () => {
    const before = runWith(userCells("anna", passwordCells(true, 1)), userCells("ben"));
    const after = runWith(
      userCells("anna", { ...passwordCells(false, 1), ...keyCells(1, { age: 1 }), ...keyCells(2, { age: 2 }) }),
    );
    const { counts, changes } = difference(before, after);
    const counted = (kind: Change["kind"]) => changes.filter((change) => change.kind === kind).length;
    for (const kind of CHANGE_KINDS) expect(counts[kind], kind).to.equal(counted(kind));
    expect(counts).to.include({ keyAdded: 2, mfaLost: 1, userRemoved: 1, findingClosed: 1 });
    expect(new Set(changes.map((change) => JSON.stringify(change))).size).to.equal(changes.length);
  });
});
