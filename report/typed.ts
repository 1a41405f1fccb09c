import { CellError, readDate, readFlag, readInstant, type DateCell, type Flag, type SentinelMeaning } from "./cells";
import type { ReportOrigin } from "./consolidated";
import type { CredentialReport } from "./credentialReport";

/**
 * The typed form of a run's rows, column by column: dates are dates, and what AWS's sentinels mean stands beside them.
 *
 * Every row of a report is a row here, whatever is in its cells. A cell of a form that AWS does not document is `unknown`;
 * its text, like columns that this version does not know, is in the consolidated CSV.
 */

/** A column of the typed form. */
export interface TypedColumn {
  name: string;
  type: "string" | "timestamp" | "boolean";
  /** Null says that there is no such value; the state column of a date or boolean says why. */
  nullable: boolean;
}

/** A cell of the typed form; a timestamp is in milliseconds since 1970. */
export type TypedValue = string | number | boolean | null;

/** Name of the root user in a credential report. */
const ROOT_USER = "<root_account>";

/** Where the columns of one report stand; -1 for one that it lacks. */
type Positions = (column: string) => number;
type Cells = readonly string[];

/** How a column of the report is read. A date and a flag make two columns: the value, and `<name>_state`. */
type Field = { from: string; kind: "text" | "place" | "flag" } | DateField;

interface DateField {
  from: string;
  kind: "date";
  notApplicable: NotApplicable;
  noInformation: SentinelMeaning["noInformation"];
}

/** What `N/A` means in a date column; for some it depends on other cells of the row. */
type NotApplicable =
  SentinelMeaning["notApplicable"] | ((row: Cells, positions: Positions) => SentinelMeaning["notApplicable"]);

const date = (
  from: string,
  notApplicable: NotApplicable,
  noInformation: SentinelMeaning["noInformation"] = "unknown",
): Field => ({ from, kind: "date", notApplicable, noInformation });

/** "N/A" says that there is no password; where the report says there is one, it says nothing about its dates. */
const withoutPassword: NotApplicable = (row, positions) =>
  flagOf("password_enabled", textOf(row, positions("password_enabled"))) === false ? "none" : "unknown";

/** "N/A" is both "no such key" and "never used": a key is there when it is active or has a rotation date. */
const unusedKey =
  (n: 1 | 2): NotApplicable =>
  (row, positions) => {
    if (flagOf("active", textOf(row, positions(`access_key_${n}_active`))) === true) return "never";
    return readInstant(textOf(row, positions(`access_key_${n}_last_rotated`))) === undefined ? "none" : "never";
  };

const accessKey = (n: 1 | 2): Field[] => [
  { from: `access_key_${n}_active`, kind: "flag" },
  date(`access_key_${n}_last_rotated`, "none"),
  date(`access_key_${n}_last_used_date`, unusedKey(n), "never"),
  { from: `access_key_${n}_last_used_region`, kind: "place" },
  { from: `access_key_${n}_last_used_service`, kind: "place" },
];

const certificate = (n: 1 | 2): Field[] => [
  { from: `cert_${n}_active`, kind: "flag" },
  date(`cert_${n}_last_rotated`, "none"),
];

const FIELDS: readonly Field[] = [
  { from: "user", kind: "text" },
  { from: "arn", kind: "text" },
  date("user_creation_time", "unknown"),
  { from: "password_enabled", kind: "flag" },
  date("password_last_used", withoutPassword, "never"),
  date("password_last_changed", withoutPassword),
  date("password_next_rotation", "none"),
  { from: "mfa_active", kind: "flag" },
  ...accessKey(1),
  ...accessKey(2),
  ...certificate(1),
  ...certificate(2),
];

const string = (name: string, nullable = false): TypedColumn => ({ name, type: "string", nullable });

/** Every column of the typed form, in order. */
export const TYPED_COLUMNS: readonly TypedColumn[] = [
  string("account_id"),
  string("account_name"),
  string("ou_path"),
  { name: "report_generated_time", type: "timestamp", nullable: true },
  string("run_id"),
  { name: "is_root", type: "boolean", nullable: false },
  ...FIELDS.flatMap(({ from, kind }): TypedColumn[] => {
    if (kind === "text") return [string(from)];
    if (kind === "place") return [string(from, true)];
    const type = kind === "date" ? "timestamp" : "boolean";
    return [{ name: from, type, nullable: true }, string(`${from}_state`)];
  }),
];

const LEADING = TYPED_COLUMNS.length - FIELDS.reduce((sum, { kind }) => sum + columnsOf(kind), 0);

/**
 * Rows in typed form, one array a column in the order of {@link TYPED_COLUMNS}. It can be cleared and filled again, so that
 * a million rows take no more arrays than a thousand.
 */
export class TypedBatch {
  private readonly arrays: TypedValue[][] = TYPED_COLUMNS.map(() => []);
  private size = 0;

  /** Number of rows. */
  get rows(): number {
    return this.size;
  }

  /** The values of a column; they are good until the batch changes. */
  column(index: number): readonly TypedValue[] {
    const array = this.array(index);
    return array.length === this.size ? array : array.slice(0, this.size);
  }

  /** Takes all rows away. */
  clear(): void {
    this.size = 0;
  }

  /** Appends all rows of an account's report, or those from `from` to before `to`. */
  add(origin: ReportOrigin, report: CredentialReport, from = 0, to = report.rows.length): void {
    const rows = from === 0 && to >= report.rows.length ? report.rows : report.rows.slice(from, to);
    const at = new Map(report.columns.map((column, index) => [column, index]));
    const positions: Positions = (column) => at.get(column) ?? -1;
    const user = positions("user");
    const leading: TypedValue[] = [
      origin.accountId,
      origin.accountName,
      origin.ouPath,
      millisecondsOf(origin.reportGeneratedTime),
      origin.runId,
    ];
    leading.forEach((value, index) => this.fill(index, rows, () => value));
    this.fill(leading.length, rows, (row) => textOf(row, user) === ROOT_USER);

    let next = LEADING;
    for (const field of FIELDS) {
      this.append(field, next, rows, positions);
      next += columnsOf(field.kind);
    }
    this.size += rows.length;
  }

  private append(field: Field, index: number, rows: readonly Cells[], positions: Positions): void {
    const position = positions(field.from);
    switch (field.kind) {
      case "text":
        return this.fill(index, rows, (row) => textOf(row, position));
      case "place":
        return this.fill(index, rows, (row) => placeOf(textOf(row, position)));
      case "flag":
        return this.fillBoth(index, rows, (row, set) => {
          const flag = flagOf(field.from, textOf(row, position));
          set(typeof flag === "boolean" ? flag : null, String(flag));
        });
      case "date":
        return this.fillBoth(index, rows, (row, set) => {
          const text = textOf(row, position);
          const time = millisecondsOf(text);
          set(time, time === null ? sentinelOf(field, text, row, positions) : "date");
        });
    }
  }

  private fill(index: number, rows: readonly Cells[], valueOf: (row: Cells) => TypedValue): void {
    const array = this.array(index);
    let next = this.size;
    for (const row of rows) array[next++] = valueOf(row);
  }

  /** Fills the column of a value and the one of its state, which follows. */
  private fillBoth(
    index: number,
    rows: readonly Cells[],
    read: (row: Cells, set: (value: TypedValue, state: string) => void) => void,
  ): void {
    const values = this.array(index);
    const states = this.array(index + 1);
    let next = this.size;
    for (const row of rows) {
      read(row, (value, state) => {
        values[next] = value;
        states[next] = state;
      });
      next += 1;
    }
  }

  private array(index: number): TypedValue[] {
    const array = this.arrays[index];
    if (!array) throw new RangeError(`there is no typed column ${index}`);
    return array;
  }
}

function columnsOf(kind: Field["kind"]): number {
  return kind === "date" || kind === "flag" ? 2 : 1;
}

function textOf(row: Cells, position: number): string {
  return row[position] ?? "";
}

/** Region or service of a last use; null where AWS names none. */
function placeOf(text: string): string | null {
  return text === "N/A" || text === "no_information" || text === "" ? null : text;
}

/** Milliseconds since 1970 of an ISO 8601 date, to the second; null for anything else, as {@link readInstant} has it. */
function millisecondsOf(text: string): number | null {
  const usual = usualDate(text);
  if (usual !== undefined) return usual;
  // Most other cells are sentinels: their first letter tells.
  const first = text.charCodeAt(0);
  if (!(first >= 48 && first <= 57)) return null;
  const instant = readInstant(text);
  return instant === undefined ? null : Date.parse(instant);
}

/**
 * The form in which AWS writes dates, read ten times as fast as by the rules of ISO 8601, because a large organization has
 * millions; undefined for what needs a closer look, the last days of months included.
 */
function usualDate(text: string): number | undefined {
  const { length } = text;
  if (!(length === 25 && text.endsWith("+00:00")) && !(length === 20 && text.endsWith("Z"))) return undefined;
  const separated =
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const valid = year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23;
  // With something that is no digit, a number is NaN and no comparison holds.
  return separated && valid && minute <= 59 && second <= 59
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : undefined;
}

function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - 48;
  const ones = text.charCodeAt(index + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function flagOf(column: string, text: string): Flag {
  if (text === "true") return true;
  if (text === "false") return false;
  return orUnknown("unknown", () => readFlag(column, text));
}

function sentinelOf(field: DateField, text: string, row: Cells, positions: Positions): DateCell["kind"] {
  const { from, notApplicable, noInformation } = field;
  const meaning = typeof notApplicable === "string" ? notApplicable : notApplicable(row, positions);
  return orUnknown<DateCell>({ kind: "unknown" }, () => readDate(from, text, { notApplicable: meaning, noInformation }))
    .kind;
}

/** A cell of undocumented form says nothing that can be relied on; it must not cost the row. */
function orUnknown<T>(unknown: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CellError) return unknown;
    throw error;
  }
}
