import { stringify } from "csv-stringify/sync";

import { KNOWN_COLUMNS, type CredentialReport } from "./credentialReport";

/** The columns that stand before those of the credential report. */
export const LEADING_COLUMNS: readonly string[] = [
  "account_id",
  "account_name",
  "ou_path",
  "report_generated_time",
  "run_id",
];

/** What the leading columns say of every row of one account. */
export interface ConsolidatedAccount {
  /** Twelve digits. */
  accountId: string;
  accountName: string;
  /** Names from the root down, joined by `/`. */
  ouPath: string;
  /** ISO 8601 in UTC. */
  reportGeneratedTime: string;
  runId: string;
}

/**
 * The report columns of a consolidated file: the known ones in their order, then the others in order of first appearance.
 *
 * @param headers The header of each account's report, in account order.
 */
export function consolidatedColumns(headers: Iterable<readonly string[]>): string[] {
  const columns = new Set(KNOWN_COLUMNS);
  for (const header of headers) for (const column of header) columns.add(column);
  return [...columns];
}

/** The header line of the consolidated CSV, with its line end. */
export function consolidatedHeader(columns: readonly string[]): string {
  return toCsv([[...LEADING_COLUMNS, ...columns]]);
}

/**
 * The lines of one account in the consolidated CSV, each with its line end.
 *
 * Cells stay as AWS wrote them; a column that the account's report lacks is an empty cell. Files made of these lines are
 * RFC 4180 with LF line ends, and equal input gives equal bytes. Text may begin like a formula: the spreadsheet export, not
 * this file, defuses it.
 */
export function consolidatedRows(
  columns: readonly string[],
  account: ConsolidatedAccount,
  report: CredentialReport,
): string {
  const leading = [account.accountId, account.accountName, account.ouPath, account.reportGeneratedTime, account.runId];
  const positions = columns.map((column) => report.columns.indexOf(column));
  return toCsv(report.rows.map((row) => [...leading, ...positions.map((position) => row[position] ?? "")]));
}

function toCsv(rows: string[][]): string {
  // A lone carriage return is quoted too: many readers take it for a line end.
  return stringify(rows, { record_delimiter: "\n", quoted_match: /\r/ });
}
