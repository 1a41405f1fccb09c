import { readDate, readFlag, readPlace, readTime, type DateCell, type SentinelMeaning } from "./cells";
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
  readFlag(textOf(row, positions("password_enabled"))) === false ? "none" : "unknown";

/** "N/A" is both "no such key" and "never used": a key is there when it is active or has a rotation date. */
const unusedKey =
  (n: 1 | 2): NotApplicable =>
  (row, positions) => {
    if (readFlag(textOf(row, positions(`access_key_${n}_active`))) === true) return "never";
    return readTime(textOf(row, positions(`access_key_${n}_last_rotated`))) === null ? "none" : "never";
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
      readTime(origin.reportGeneratedTime),
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
        return this.fill(index, rows, (row) => readPlace(textOf(row, position)));
      case "flag":
        return this.fillBoth(index, rows, (row, set) => {
          const flag = readFlag(textOf(row, position));
          set(typeof flag === "boolean" ? flag : null, String(flag));
        });
      case "date":
        return this.fillBoth(index, rows, (row, set) => {
          const text = textOf(row, position);
          const time = readTime(text);
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

function sentinelOf(field: DateField, text: string, row: Cells, positions: Positions): DateCell["kind"] {
  const { notApplicable, noInformation } = field;
  const meaning = typeof notApplicable === "string" ? notApplicable : notApplicable(row, positions);
  return readDate(text, { notApplicable: meaning, noInformation }).kind;
}
