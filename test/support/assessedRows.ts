import { assess, type Assessment } from "../../report/assessment";
import { readCredentialRows } from "../../report/consolidatedReader";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { Exceptions, type ControlException } from "../../report/exceptions";
import { rowReader, type CredentialRow } from "../../report/rows";
import type { RowWriter } from "../../report/rowWriter";
import { FINISHED, passwordCells, toCsv, userCells, type Cells } from "../report/factories";
import { everyKindOfRow } from "./everyKindOfRow";

/** A row with what its controls say of it. */
export type Assessed = readonly [row: CredentialRow, assessments: Assessment[]];

/** Holds rows against the controls, as `orchestrate report` does. */
export function assessed(rows: readonly CredentialRow[], list: readonly ControlException[] = []): Assessed[] {
  const exceptions = new Exceptions(list, FINISHED);
  return rows.map((row) => [row, assess(row, DEFAULT_THRESHOLDS, exceptions)]);
}

/** Rows of lines as in the consolidated CSV. */
export function rowsOf(...lines: Cells[]): CredentialRow[] {
  return readCredentialRows(toCsv(lines));
}

/** Every kind of cell in every column, root users among them. */
export function rowsOfEveryKind(accounts = 20, rowsEach = 25): CredentialRow[] {
  return everyKindOfRow(accounts, rowsEach, "20261120T021400Z-3f9a1c", 5).flatMap(({ origin, report }) => {
    const read = rowReader(report.columns);
    return report.rows.map((cells) => read(origin, cells));
  });
}

/** Text that breaks what is careless with it: the longest, and what means something in JSON, CSV, shells and markup. */
export function hostileRows(): CredentialRow[] {
  const names = [
    "x".repeat(64),
    `"},{"Id":"`,
    "back\\slash\\",
    "two\nlines\r\nand\ttab",
    "=cmd|' /C calc'!A0",
    "\u0000\u0007\u2028\u2029",
    "名前-ñ-😀",
    " ",
  ];
  return rowsOf(
    ...names.map((name) =>
      userCells(name, {
        ...passwordCells(false, null),
        account_name: `${name} of "all", \\ ${"😀".repeat(600)}`,
        ou_path: name === " " ? "" : `Root/${name.repeat(40)}`,
        arn: name === " " ? "" : `arn:aws:iam::111122223333:user/${"p/".repeat(250)}${name}`,
        user_creation_time: name === " " ? "" : "2024-02-01T09:00:00+00:00",
        access_key_1_last_rotated: name.repeat(3000),
        access_key_1_active: "true",
      }),
    ),
  );
}

/** What a writer makes of rows: the text, and the object of each line. */
export function written<T>(writer: RowWriter, rows: readonly Assessed[]): { text: string; objects: T[] } {
  const parts = rows.map(([row, assessments]) => writer.add(row, assessments));
  const text = [writer.begin(), ...parts, writer.end()].join("");
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  return {
    text,
    objects: text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T),
  };
}

/** How many subjects have a result, by control. */
export function countOf(
  rows: readonly Assessed[],
  wanted: (assessment: Assessment) => boolean,
): Record<string, number> {
  return countBy(rows.flatMap(([, assessments]) => assessments.filter(wanted).map(({ control }) => control.id)));
}

/** How often each text stands in a list. */
export function countBy(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
