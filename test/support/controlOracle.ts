import type { DateCell, Flag } from "../../report/cells";
import type { CredentialRow } from "../../report/rows";

/**
 * The table of controls, read a second time and on purpose otherwise than the code under test does: by trying every value that an
 * undecided cell may stand for. A result that depends on the value is not decidable.
 */

export type Result = "pass" | "fail" | "notApplicable" | "notDecidable";

const DAY = 86_400_000;

/** What a cell may stand for. */
const booleans = (flag: Flag): boolean[] => (typeof flag === "boolean" ? [flag] : [true, false]);

/** Ages in whole days that a last use may stand for; null: never, or none. */
function ages(cell: DateCell, row: CredentialRow): (number | null)[] {
  if (cell.kind === "date") return [Math.max(0, Math.floor((row.generatedAt - cell.at) / DAY))];
  return cell.kind === "never" || cell.kind === "none" ? [null] : [null, 0, 100_000];
}

/** Every combination of one value each. */
function combinations<T extends readonly unknown[][]>(...lists: T): { [K in keyof T]: T[K][number] }[] {
  const all = lists.reduce<unknown[][]>(
    (made, list) => made.flatMap((some) => list.map((one) => [...some, one])),
    [[]],
  );
  return all as { [K in keyof T]: T[K][number] }[];
}

/** The result that all possible readings share. */
function settled(readings: Result[]): Result {
  const [first] = readings;
  return first !== undefined && readings.every((reading) => reading === first) ? first : "notDecidable";
}

interface Credential {
  usable: boolean;
  idle: number | null;
}

/** Every reading of the password and the two keys as usable credentials with the days for which they are unused. */
function credentials(row: CredentialRow): Credential[][] {
  const one = (usable: Flag, used: DateCell, set: DateCell): Credential[] =>
    combinations(booleans(usable), ages(used.kind === "never" ? set : used, row)).map(([is, idle]) => ({
      usable: is,
      idle: idle ?? 0,
    }));
  const undated = (used: DateCell, set: DateCell): boolean =>
    used.kind !== "date" && !(used.kind === "never" && set.kind === "date");
  const readings = (usable: Flag, used: DateCell, set: DateCell): Credential[] =>
    undated(used, set)
      ? combinations(booleans(usable), [0, 100_000]).map(([is, idle]) => ({ usable: is, idle }))
      : one(usable, used, set);
  return combinations(
    readings(row.passwordEnabled, row.passwordLastUsed, row.passwordLastChanged),
    readings(row.keys[0].active, row.keys[0].lastUsed, row.keys[0].lastRotated),
    readings(row.keys[1].active, row.keys[1].lastUsed, row.keys[1].lastRotated),
  );
}

const failIf = (fails: boolean): Result => (fails ? "fail" : "pass");

function unused(row: CredentialRow, days: number): Result {
  return settled(
    credentials(row).map((all) => {
      const usable = all.filter((credential) => credential.usable);
      return usable.length === 0 ? "notApplicable" : failIf(usable.some(({ idle }) => (idle ?? 0) >= days));
    }),
  );
}

function keys(row: CredentialRow, judge: (active: { age: number; never: boolean }[]) => Result): Result {
  const one = ({ active, lastRotated, lastUsed }: CredentialRow["keys"][number]) =>
    combinations(
      booleans(active),
      lastRotated.kind === "date" ? ages(lastRotated, row).map(Number) : [0, 100_000],
      lastUsed.kind === "never" ? [true] : lastUsed.kind === "date" ? [false] : [true, false],
    ).map(([is, age, never]) => ({ is, age, never }));
  return settled(combinations(one(row.keys[0]), one(row.keys[1])).map((both) => judge(both.filter(({ is }) => is))));
}

/** The controls with the thresholds of the benchmarks, by id; undefined for a subject that is none of theirs. */
export const ORACLE: Record<string, { subjects: "root" | "user"; judge: (row: CredentialRow) => Result }> = {
  "root-access-key": { subjects: "root", judge: (row) => keys(row, (active) => failIf(active.length > 0)) },
  "root-mfa": { subjects: "root", judge: (row) => settled(booleans(row.mfaActive).map((mfa) => failIf(!mfa))) },
  "root-mfa-or-no-password": {
    subjects: "root",
    judge: (row) =>
      settled(
        combinations(
          booleans(row.mfaActive),
          row.passwordEnabled === "unsupported" ? [true] : booleans(row.passwordEnabled),
        ).map(([mfa, password]) => failIf(!mfa && password)),
      ),
  },
  "root-hardware-mfa": { subjects: "root", judge: () => "notDecidable" },
  "root-use": {
    subjects: "root",
    judge: (row) =>
      settled(
        combinations(
          ages(row.passwordLastUsed, row),
          ages(row.keys[0].lastUsed, row),
          ages(row.keys[1].lastUsed, row),
        ).map((used) => failIf(used.some((age) => age !== null && age < 90))),
      ),
  },
  "console-mfa": {
    subjects: "user",
    judge: (row) =>
      settled(
        combinations(booleans(row.passwordEnabled), booleans(row.mfaActive)).map(([password, mfa]) =>
          password ? failIf(!mfa) : "notApplicable",
        ),
      ),
  },
  "user-mfa": { subjects: "user", judge: (row) => settled(booleans(row.mfaActive).map((mfa) => failIf(!mfa))) },
  "initial-access-key": {
    subjects: "user",
    judge: (row) =>
      settled(
        booleans(row.passwordEnabled).map((password) =>
          password ? keys(row, (active) => failIf(active.some(({ never }) => never))) : "notApplicable",
        ),
      ),
  },
  "unused-credentials": { subjects: "user", judge: (row) => unused(row, 45) },
  "dormant-credentials": { subjects: "user", judge: (row) => unused(row, 90) },
  "single-access-key": {
    subjects: "user",
    judge: (row) => keys(row, (active) => (active.length === 0 ? "notApplicable" : failIf(active.length === 2))),
  },
  "access-key-rotation": {
    subjects: "user",
    judge: (row) =>
      keys(row, (active) => (active.length === 0 ? "notApplicable" : failIf(active.some(({ age }) => age > 90)))),
  },
};
