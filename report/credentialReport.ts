import { parse } from "csv-parse/sync";

/**
 * The columns of a live credential report, in order. AWS documents one more (`additional_credentials_info`) and may
 * add others: a reader keeps what it does not know.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
export const KNOWN_COLUMNS: readonly string[] = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
  "cert_1_active",
  "cert_1_last_rotated",
  "cert_2_active",
  "cert_2_last_rotated",
];

/**
 * What a credential report may be. AWS allows 5,000 users an account, names of 64 characters and paths of 512: the largest report that
 * it can make has about 5 MB. What is larger was not made by it, and must not cost the other accounts their run: neither memory, nor
 * columns that every row of the consolidated file would then have.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const REPORT_LIMITS = { bytes: 16 * 1024 * 1024, columns: 100, cellCharacters: 4096 };

/** Columns that the consolidated file puts before those of the report: a report with one of them could not be told apart from it. */
export const LEADING_COLUMNS: readonly string[] = [
  "account_id",
  "account_name",
  "ou_path",
  "report_generated_time",
  "run_id",
];

/** Without these a file says nothing of users and their credentials, whatever else it holds. */
const REQUIRED_COLUMNS = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "mfa_active",
  "access_key_1_active",
  "access_key_2_active",
];

/** The credential report of one account, every cell as AWS wrote it. */
export interface CredentialReport {
  /** The header, unknown columns included. */
  columns: string[];
  /** One row a user, the root row first; each has as many cells as there are columns. */
  rows: string[][];
}

/** What is wrong with a body that should have been a credential report. */
export type CredentialReportErrorCode =
  | "EmptyReport"
  | "ReportTooLarge"
  | "NotCsv"
  | "MissingColumns"
  | "DuplicateColumns"
  | "TooManyColumns"
  | "ReservedColumns"
  | "CellTooLong"
  | "NoUser"
  | "RowLength"
  | "Truncated"
  | "BadArn"
  | "WrongAccount";

/** A body that cannot be trusted to be the account's credential report. */
export class CredentialReportError extends Error {
  constructor(
    readonly code: CredentialReportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CredentialReportError";
  }
}

/**
 * Reads the credential report of one account, cells verbatim.
 *
 * Takes a byte-order mark, CRLF, blank lines, a missing final newline, unknown columns, and user names whose comma is not
 * quoted. Whole rows missing at the end cannot be seen from the file alone.
 *
 * @param body The bytes that GetCredentialReport returned, or their text.
 * @param accountId Twelve digits; every ARN in the report must belong to it.
 * @throws {CredentialReportError} when the body is not that account's report.
 */
export function parseCredentialReport(body: Uint8Array | string, accountId: string): CredentialReport {
  const size = typeof body === "string" ? body.length : body.byteLength;
  if (size > REPORT_LIMITS.bytes) throw tooLarge(accountId, size);
  const text = typeof body === "string" ? body.replace(/^\uFEFF/, "") : decode(body);
  if (text.trim() === "") throw new CredentialReportError("EmptyReport", "the report is empty");
  if (text.trimStart().startsWith("<")) {
    throw new CredentialReportError("NotCsv", "the report is markup, not CSV; something between here and AWS answered");
  }

  const [columns, ...lines] = splitCsv(text);
  checkColumns(columns ?? []);
  const report: CredentialReport = { columns: columns ?? [], rows: [] };
  const last = lines.findLastIndex((cells) => !isBlank(cells));
  const arn = report.columns.indexOf("arn");
  const user = report.columns.indexOf("user");
  for (const [index, cells] of lines.entries()) {
    if (isBlank(cells)) continue;
    const line = index + 2;
    // Only an unfinished file can have lost the end of its last row.
    const mayBeCut = index === last && !/[\r\n]$/.test(text);
    const row = fitRow(cells, report.columns, line, mayBeCut);
    checkCells(row, line);
    if (row[user] === "") throw new CredentialReportError("NoUser", `line ${line} names no user`);
    checkOwner(row[arn] ?? "", accountId, line);
    report.rows.push(row);
  }
  if (report.rows.length === 0) {
    throw new CredentialReportError(
      "EmptyReport",
      "the report has a header and no rows, not even one for the root user",
    );
  }
  return report;
}

/** A report that is larger than AWS makes them. */
function tooLarge(accountId: string, bytes: number): CredentialReportError {
  return new CredentialReportError(
    "ReportTooLarge",
    `the report of account ${accountId} has ${bytes} bytes; at most ${REPORT_LIMITS.bytes} are read`,
  );
}

/** Also drops a byte-order mark. One for all reports: to make one costs more than to decode with it. */
const UTF_8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch (error) {
    throw new CredentialReportError("NotCsv", "the report is not UTF-8 text", { cause: error });
  }
}

/** Splits text into cells. Without a quote nothing can hide a comma or a line end, and most reports have none. */
function splitCsv(text: string): string[][] {
  if (!text.includes('"')) return splitPlain(text);
  try {
    return parse(text, { record_delimiter: ["\r\n", "\n"], relax_column_count: true });
  } catch (error) {
    // The parser's own message quotes what it stopped at, and names of users are no matter for logs.
    const { code = "unreadable", lines = "?" } = error as { code?: string; lines?: number };
    throw new CredentialReportError("NotCsv", `the report is not CSV: ${code} in line ${lines}`, { cause: error });
  }
}

function splitPlain(text: string): string[][] {
  const lines = text.split("\n");
  const unfinished = lines.pop() ?? "";
  const cells = lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line).split(","));
  if (unfinished !== "") cells.push(unfinished.split(","));
  return cells;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.length === 1 && cells[0] === "";
}

function checkColumns(columns: readonly string[]): void {
  if (columns.length > REPORT_LIMITS.columns) {
    const many = `the header has ${columns.length} columns; at most ${REPORT_LIMITS.columns} are read`;
    throw new CredentialReportError("TooManyColumns", many);
  }
  checkCells(columns, 1);
  const missing = REQUIRED_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new CredentialReportError("MissingColumns", `the header lacks ${missing.join(", ")}`);
  }
  const twice = columns.filter((column, index) => columns.indexOf(column) !== index);
  if (twice.length > 0) {
    throw new CredentialReportError("DuplicateColumns", `the header names ${named(twice)} more than once`);
  }
  const reserved = columns.filter((column) => LEADING_COLUMNS.includes(column));
  if (reserved.length > 0) {
    const taken = `the header names ${reserved.join(", ")}, which is no column of AWS: the consolidated file has its own`;
    throw new CredentialReportError("ReservedColumns", taken);
  }
}

/** Names of columns that somebody else chose, for a message. */
function named(columns: readonly string[]): string {
  return columns.map((column) => (column.length > 64 ? `${column.slice(0, 64)}…` : column)).join(", ");
}

function checkCells(cells: readonly string[], line: number): void {
  const long = cells.find((cell) => cell.length > REPORT_LIMITS.cellCharacters);
  if (long === undefined) return;
  throw new CredentialReportError(
    "CellTooLong",
    `line ${line} has a cell of ${long.length} characters; at most ${REPORT_LIMITS.cellCharacters} are read`,
  );
}

function fitRow(cells: string[], columns: readonly string[], line: number, mayBeCut: boolean): string[] {
  const row = cells.length > columns.length ? rejoinUserName(cells, columns) : cells;
  if (row.length === columns.length && !(mayBeCut && isCutCell(row.at(-1) ?? "", columns.at(-1) ?? ""))) return row;
  if (mayBeCut && row.length <= columns.length) {
    throw new CredentialReportError("Truncated", `the report breaks off in line ${line}`);
  }
  throw new CredentialReportError(
    "RowLength",
    `line ${line} has ${cells.length} cells where the header has ${columns.length}`,
  );
}

/** Commas that a user name may have, and those of name and ARN together, whose path may have 512 more. */
const MOST_COMMAS_IN_NAME = 64;
const MOST_COMMAS = 2 * MOST_COMMAS_IN_NAME + 512;

/**
 * Puts a user name together again whose commas were not quoted. The name also ends the ARN, so both are found by looking
 * for the one split in which the second cell is an ARN that ends in `/` and the first.
 */
function rejoinUserName(cells: string[], columns: readonly string[]): string[] {
  if (columns[0] !== "user" || columns[1] !== "arn") return cells;
  const extra = cells.length - columns.length;
  if (extra > MOST_COMMAS) return cells;
  for (let inName = 0; inName <= Math.min(extra, MOST_COMMAS_IN_NAME); inName += 1) {
    const user = cells.slice(0, inName + 1).join(",");
    const arn = cells.slice(inName + 1, extra + 2).join(",");
    if (arn.startsWith("arn:") && arn.endsWith(`/${user}`)) return [user, arn, ...cells.slice(extra + 2)];
  }
  return cells;
}

/** Whether the last cell of an unfinished file is the beginning of a value: nothing, part of `N/A`, part of a date. */
function isCutCell(cell: string, column: string): boolean {
  if (!KNOWN_COLUMNS.includes(column)) return false;
  if (cell === "" || cell === "N" || cell === "N/") return true;
  return /^\d/.test(cell) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(cell);
}

function checkOwner(arn: string, accountId: string, line: number): void {
  const owner = /^arn:[^:]+:iam::(\d{12}):/.exec(arn)?.[1];
  if (owner === undefined) {
    throw new CredentialReportError("BadArn", `line ${line} has no IAM ARN in the column arn`);
  }
  if (owner !== accountId) {
    throw new CredentialReportError("WrongAccount", `line ${line} belongs to account ${owner}, not to ${accountId}`);
  }
}
