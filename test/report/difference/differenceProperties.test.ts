import { expect } from "chai";
import fc from "fast-check";
import { credentialRows, readCredentialRows } from "../../../report/consolidatedReader";
import { CONTROLS, controlsOf, DEFAULT_THRESHOLDS, resultOf } from "../../../report/controls";
import { differenceOf, type Change, type ChangeKind, type Difference } from "../../../report/difference/difference";
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

/** Small pools, so that two runs often agree in some things and differ in others. */
const ACCOUNTS = ["111122223333", "222233334444", "333344445555"];
const NAMES = ["anna", "ben", "=carla", "d,e"];
const CREATED = [daysAgo(500), daysAgo(400), daysAgo(300), "N/A"];

const key = (number: 1 | 2): fc.Arbitrary<Cells> =>
  fc.oneof(
    fc.constant(keyCells(number, null)),
    fc
      .record({ active: fc.boolean(), age: fc.constantFrom(10, 100), used: fc.constantFrom(null, 5, 60) })
      .map((values) => keyCells(number, values)),
    fc.constantFrom<Cells>(
      { ...keyCells(number, null), [`access_key_${number}_active`]: "" },
      { ...keyCells(number, { age: 100 }), [`access_key_${number}_last_rotated`]: "no_information" },
    ),
  );
const password = fc.oneof(
  fc.constantFrom<Cells>({}, { password_enabled: "" }, { password_enabled: "not_supported" }),
  fc.constantFrom(null, 5, 60).map((used) => passwordCells(false, used)),
);
const mfa = fc.constantFrom("true", "false", "N/A").map((cell): Cells => ({ mfa_active: cell }));
const credentials = fc
  .tuple(password, mfa, key(1), key(2))
  .map((parts) => Object.fromEntries(parts.flatMap((cells) => Object.entries(cells))));
const user = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...CREATED), credentials)
  .map(([name, created, cells]) => userCells(name, { ...cells, user_creation_time: created }));
const root = fc
  .tuple(mfa, key(1), fc.constantFrom("no_information", "not_supported", daysAgo(3), daysAgo(40)))
  .map(([flag, cells, used]) => rootCells({ ...flag, ...cells, password_last_used: used }));
const users = fc
  .tuple(root, fc.uniqueArray(user, { selector: ({ user }) => user, maxLength: NAMES.length }))
  .map(([first, others]) => [first, ...others]);

/** A run in which each account is in any state, or not listed. */
const run: fc.Arbitrary<Run> = fc
  .tuple(
    ...ACCOUNTS.map((id) =>
      fc.oneof(
        { weight: 6, arbitrary: users.map((cells) => [[collected(id, `Account ${id}`), cells] as [never, Cells[]]]) },
        { weight: 1, arbitrary: fc.constant([notCollected(id, `Account ${id}`, { ouPath: "Root" })]) },
        { weight: 1, arbitrary: fc.constant([outOfScope(id, `Account ${id}`)]) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
    ),
  )
  .map((accounts) => runOf(accounts.flat()));

const difference = (before: Run, after: Run): Difference =>
  differenceOf(
    { manifest: before.manifest, rows: credentialRows(before.csv) },
    { manifest: after.manifest, rows: credentialRows(after.csv) },
    DEFAULT_THRESHOLDS,
  );

const MIRRORED: Partial<Record<ChangeKind, ChangeKind>> = {
  accountEntered: "accountLeft",
  userAdded: "userRemoved",
  keyAdded: "keyRemoved",
  keyActivated: "keyDeactivated",
  mfaGained: "mfaLost",
  consoleGained: "consoleLost",
  findingOpened: "findingClosed",
};
const OPPOSITE = new Map(
  Object.entries(MIRRORED).flatMap(([one, other]) => [[one, other] as const, [other, one] as const]),
);

/** What was between two runs, seen from the other: opposite kinds, `before` and `after` swapped, and users by their older names. */
function mirrored({ changes }: Difference): Change[] {
  const former = new Map(
    changes.flatMap(({ kind, accountId, user, before }) =>
      kind === "userRenamed" ? [[`${accountId} ${user}`, before] as const] : [],
    ),
  );
  return changes.map((change) => {
    const { kind, accountId, user, before, after } = change;
    const oneSided = /^(user|finding)/.test(kind) && (before === null || after === null);
    return {
      ...change,
      kind: (OPPOSITE.get(kind) ?? kind) as ChangeKind,
      user: oneSided ? user : (former.get(`${accountId} ${user}`) ?? user),
      before: after,
      after: before,
    };
  });
}

/** Without root's use: time goes one way. */
const lines = (changes: readonly Change[]): string[] =>
  changes
    .filter(({ kind }) => kind !== "rootUsed")
    .map((change) => JSON.stringify(change))
    .sort();

/** The accounts that both runs collected. */
function inBoth(...runs: Run[]): Set<string> {
  const [first = [], second = []] = runs.map(({ manifest }) =>
    manifest.accounts.filter(({ state }) => state === "collected").map(({ accountId }) => accountId),
  );
  return new Set(first.filter((id) => second.includes(id)));
}

describe("difference of any two runs", () => {
  it("is nothing for a run and itself", () => {
    fc.assert(
      fc.property(run, (one) => {
        expect(difference(one, one).changes).to.deep.equal([]);
      }),
    );
  });

  it("is mirrored when the runs are swapped", () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        expect(lines(mirrored(difference(one, other)))).to.deep.equal(lines(difference(other, one).changes));
      }),
      { numRuns: 500 },
    );
  });

  it("tells each change once, and counts what it tells", () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        const { counts, changes } = difference(one, other);
        // A finding of who was removed and one of who took his name are two.
        expect(new Set(lines(changes)).size).to.equal(lines(changes).length);
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        expect(total).to.equal(changes.length);
      }),
    );
  });

  it("accounts for every user: those before, with those added and without those removed, are those after", () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        const both = inBoth(one, other);
        const { changes } = difference(one, other);
        const names = ({ csv }: Run): string[] =>
          readCredentialRows(csv).flatMap(({ accountId, user }) =>
            both.has(accountId) ? [`${accountId} ${user}`] : [],
          );
        const users = new Set(names(one));
        const told = (wanted: ChangeKind) => changes.filter(({ kind }) => kind === wanted);
        for (const { accountId, before } of told("userRenamed")) users.delete(`${accountId} ${before}`);
        for (const { accountId, user } of told("userRemoved")) users.delete(`${accountId} ${user}`);
        for (const { accountId, user } of [...told("userAdded"), ...told("userRenamed")]) {
          users.add(`${accountId} ${user}`);
        }
        expect([...users].sort()).to.deep.equal(names(other).sort());
      }),
      { numRuns: 300 },
    );
  });

  it("accounts for every finding: those before, with those opened and without those closed, are those after", () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        const both = inBoth(one, other);
        const { changes } = difference(one, other);
        const failing = ({ csv }: Run, control: string): number =>
          readCredentialRows(csv).filter(
            (row) =>
              both.has(row.accountId) &&
              controlsOf(row).some((c) => c.id === control && resultOf(c, row, DEFAULT_THRESHOLDS) === "fail"),
          ).length;
        for (const { id } of CONTROLS) {
          const told = (wanted: ChangeKind) => changes.filter(({ kind, control }) => kind === wanted && control === id);
          const expected = failing(one, id) + told("findingOpened").length - told("findingClosed").length;
          expect(failing(other, id), id).to.equal(expected);
        }
      }),
    );
  });

  it("tells of accounts what the manifests say, and of others only where both runs collected them", () => {
    fc.assert(
      fc.property(run, run, (one, other) => {
        const both = inBoth(one, other);
        for (const { kind, accountId, user } of difference(one, other).changes) {
          expect(both.has(accountId), `${kind} of ${accountId}`).to.equal(user !== null);
          expect(user === null).to.equal(kind === "accountEntered" || kind === "accountLeft");
        }
      }),
    );
  });
});
