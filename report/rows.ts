import { parse } from "csv-parse/sync";
import { CellError, readDate, readFlag, readInstant, type DateCell, type Flag } from "./cells";

/**
 * The typed rows of a run's consolidated CSV: what every user's line says, with AWS's sentinels told apart.
 */

/** One of a user's two access keys. It exists when it is active or has a rotation date: see {@link keyExists}. */
export interface AccessKey {
  /** 1 or 2: the report shows no key id. */
  number: 1 | 2;
  active: Flag;
  /** When the key was made or last changed. */
  lastRotated: DateCell;
  /** `never` also covers uses before 2015-04-22, when AWS began to record them. */
  lastUsed: DateCell;
  /** Region of the last use; null when AWS says `N/A` (global services, or no use). */
  region: string | null;
  /** Service of the last use, as in `s3`; null when AWS says `N/A`. */
  service: string | null;
}

/** One of a user's two signing certificates. */
export interface SigningCertificate {
  active: Flag;
  lastRotated: DateCell;
}

/** One user (or root user) of one account, at the time that the account's report was generated. */
export interface CredentialRow {
  /** Twelve digits. */
  accountId: string;
  accountName: string;
  /** Names from the root down, joined by `/`. */
  ouPath: string;
  /** ISO 8601 in UTC. Ages are counted from here, never from now. */
  reportGeneratedTime: string;
  runId: string;
  /** IAM user name, or `<root_account>`. */
  user: string;
  arn: string;
  isRoot: boolean;
  created: DateCell;
  /** `unsupported` for most root users; `false` for root says that the root credentials were removed. */
  passwordEnabled: Flag;
  /** `never` also covers uses before 2014-10-20; `none` when there is no password. */
  passwordLastUsed: DateCell;
  passwordLastChanged: DateCell;
  /** `none` also when the account's password policy asks for no rotation. */
  passwordNextRotation: DateCell;
  mfaActive: Flag;
  keys: readonly [AccessKey, AccessKey];
  certificates: readonly [SigningCertificate, SigningCertificate];
  /** Columns that this version does not know, verbatim. */
  extra: Readonly<Record<string, string>>;
}

/** A consolidated CSV that is not what a run writes. Names the line and the column. */
export class MalformedRowError extends Error {
  override readonly name = "MalformedRowError";
  constructor(
    /** Line of the file, from 1. */
    readonly line: number,
    /** Name of the column; null when the whole line is at fault. */
    readonly column: string | null,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(
      `consolidated CSV, line ${line}: ${problem}. ` +
        "Check that the file is the credentials.csv of the run, unchanged (its SHA-256 is in the run's manifest).",
      options,
    );
  }
}

const keyColumns = (n: 1 | 2) =>
  (["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"] as const).map(
    (name) => `access_key_${n}_${name}` as const,
  );

const COLUMNS = [
  ...(["account_id", "account_name", "ou_path", "report_generated_time", "run_id"] as const),
  ...(["user", "arn", "user_creation_time"] as const),
  ...(["password_enabled", "password_last_used", "password_last_changed", "password_next_rotation"] as const),
  "mfa_active" as const,
  ...keyColumns(1),
  ...keyColumns(2),
  ...(["cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"] as const),
];

/** A column that every consolidated CSV has. */
type Column = (typeof COLUMNS)[number];

/** Name of the root user in a credential report. */
const ROOT_USER = "<root_account>";

/** Column names of a consolidated CSV, in file order. */
export function readColumns(csv: string): string[] {
  return records(csv, 1)[0] ?? [];
}

/**
 * Reads the text of a run's consolidated CSV (RFC 4180, header first) into rows, in file order.
 *
 * @throws {MalformedRowError} naming line and column, when a column is missing or a cell is of no known form.
 */
export function readCredentialRows(csv: string): CredentialRow[] {
  const [header, ...body] = records(csv);
  if (header === undefined) throw new MalformedRowError(1, null, "the file is empty, expected a header");
  const layout = readLayout(header);
  return body.map((cells, index) => {
    // Lines are only counted when one is wrong: a quoted cell may span several.
    const fail = (column: string | null, problem: string, cause?: unknown) =>
      new MalformedRowError(lineOf(csv, index + 1), column, problem, { cause });
    if (cells.length !== header.length) {
      const named = header[cells.length] ?? null;
      throw fail(
        named,
        `${cells.length} cells, the header has ${header.length}${named ? ` (${named} is missing)` : ""}`,
      );
    }
    try {
      return readRow(cells, layout);
    } catch (error) {
      if (error instanceof CellError) throw fail(error.column, error.message, error);
      throw error;
    }
  });
}

/** An access key is there when it is active or has a rotation date; inactive keys keep theirs in live reports. */
export function keyExists(key: AccessKey): boolean {
  return key.active === true || key.lastRotated.kind === "date";
}

/** Where each column stands, and the columns that are not known. */
interface Layout {
  at: Record<Column, number>;
  extra: readonly { name: string; index: number }[];
}

const FORMAT = { bom: true, skip_empty_lines: true, relax_column_count: true, record_delimiter: ["\r\n", "\n"] };

function records(csv: string, to?: number): string[][] {
  try {
    return parse(csv, { ...FORMAT, ...(to ? { to } : {}) });
  } catch (error) {
    const line = typeof error === "object" && error !== null && "lines" in error ? Number(error.lines) : 1;
    throw new MalformedRowError(line, null, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function lineOf(csv: string, recordIndex: number): number {
  const options = { ...FORMAT, info: true, to: recordIndex + 1 } as const;
  const parsed = parse(csv, options) as unknown as { info: { lines: number } }[];
  return parsed[recordIndex]?.info.lines ?? recordIndex + 1;
}

function readLayout(header: readonly string[]): Layout {
  const at: Partial<Record<string, number>> = {};
  header.forEach((name, index) => {
    if (at[name] !== undefined) throw new MalformedRowError(1, name, `the column ${name} stands twice in the header`);
    at[name] = index;
  });
  const missing = COLUMNS.filter((name) => at[name] === undefined);
  if (missing[0] !== undefined) {
    throw new MalformedRowError(1, missing[0], `the header lacks the column ${missing.join(", ")}`);
  }
  const known = new Set<string>(COLUMNS);
  const extra = header.map((name, index) => ({ name, index })).filter(({ name }) => !known.has(name));
  return { at: at as Record<Column, number>, extra };
}

const NO_EXTRA: Readonly<Record<string, string>> = Object.freeze({});

function readRow(cells: readonly string[], { at, extra }: Layout): CredentialRow {
  const text = (column: Column) => cells[at[column]] ?? "";
  const flag = (column: Column) => readFlag(column, text(column));
  const accountId = text("account_id");
  if (!/^\d{12}$/.test(accountId)) throw new CellError("account_id", accountId, "twelve digits");
  const reportGeneratedTime = readInstant(text("report_generated_time"));
  if (reportGeneratedTime === undefined) {
    throw new CellError("report_generated_time", text("report_generated_time"), "an ISO 8601 date");
  }
  const user = text("user");
  if (user === "") throw new CellError("user", user, "an IAM user name or <root_account>");

  const passwordEnabled = flag("password_enabled");
  // "N/A" says that there is no password; where the report says there is one, it says nothing about its dates.
  const noPassword = passwordEnabled === false ? "none" : "unknown";
  const date = (column: Column, notApplicable: "never" | "none" | "unknown", noInformation: "never" | "unknown") =>
    readDate(column, text(column), { notApplicable, noInformation });
  const certificate = (n: 1 | 2): SigningCertificate => ({
    active: flag(`cert_${n}_active`),
    lastRotated: date(`cert_${n}_last_rotated`, "none", "unknown"),
  });

  return {
    accountId,
    accountName: text("account_name"),
    ouPath: text("ou_path"),
    reportGeneratedTime,
    runId: text("run_id"),
    user,
    arn: text("arn"),
    isRoot: user === ROOT_USER,
    created: date("user_creation_time", "unknown", "unknown"),
    passwordEnabled,
    passwordLastUsed: date("password_last_used", noPassword, "never"),
    passwordLastChanged: date("password_last_changed", noPassword, "unknown"),
    passwordNextRotation: date("password_next_rotation", "none", "unknown"),
    mfaActive: flag("mfa_active"),
    keys: [readKey(1, text, date), readKey(2, text, date)],
    certificates: [certificate(1), certificate(2)],
    extra: extra.length === 0 ? NO_EXTRA : Object.fromEntries(extra.map((e) => [e.name, cells[e.index] ?? ""])),
  };
}

function readKey(
  number: 1 | 2,
  text: (column: Column) => string,
  date: (column: Column, notApplicable: "never" | "none", noInformation: "never" | "unknown") => DateCell,
): AccessKey {
  const active = readFlag(`access_key_${number}_active`, text(`access_key_${number}_active`));
  const lastRotated = date(`access_key_${number}_last_rotated`, "none", "unknown");
  // "N/A" is both "no such key" and "never used": the rotation date tells them apart.
  const exists = active === true || lastRotated.kind === "date";
  const named = (column: Column) => (["N/A", "no_information", ""].includes(text(column)) ? null : text(column));
  return {
    number,
    active,
    lastRotated,
    lastUsed: date(`access_key_${number}_last_used_date`, exists ? "never" : "none", "never"),
    region: named(`access_key_${number}_last_used_region`),
    service: named(`access_key_${number}_last_used_service`),
  };
}
