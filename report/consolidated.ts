import { KNOWN_COLUMNS, LEADING_COLUMNS, type CredentialReport } from "./credentialReport";

export { LEADING_COLUMNS } from "./credentialReport";

/** What the leading columns say of every row of one account. */
export interface ReportOrigin {
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
  return `${[...LEADING_COLUMNS, ...columns].map(quoted).join(",")}\n`;
}

/**
 * The lines of one account in the consolidated CSV, each with its line end.
 *
 * Cells stay as AWS wrote them; a column that the account's report lacks is an empty cell. Files made of these lines are
 * RFC 4180 with LF line ends, and equal input gives equal bytes. Text may begin like a formula: the spreadsheet export, not
 * this file, defuses it.
 */
export function consolidatedRows(columns: readonly string[], account: ReportOrigin, report: CredentialReport): string {
  const leading = [account.accountId, account.accountName, account.ouPath, account.reportGeneratedTime, account.runId];
  const begin = leading.map(quoted).join(",");
  const positions = columns.map((column) => report.columns.indexOf(column));
  let text = "";
  for (const row of report.rows) {
    text += begin;
    for (const position of positions) text += `,${quoted(row[position] ?? "")}`;
    text += "\n";
  }
  return text;
}

/** What RFC 4180 wants quoted. A lone carriage return is, too: many readers take it for a line end. */
const SPECIAL = /[",\n\r]/;

function quoted(cell: string): string {
  return SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
