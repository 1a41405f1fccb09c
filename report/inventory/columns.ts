import { BYTE_ORDER_MARK, spreadsheetRow, type SpreadsheetCell } from "./spreadsheet";

/** A column of a spreadsheet: its name, in the words of the saved queries, and what it shows of a subject. */
export interface Column<T> {
  name: string;
  of: (subject: T) => SpreadsheetCell;
}

/** The byte-order mark and the line of names. */
export function headerOf<T>(columns: readonly Column<T>[]): string {
  return BYTE_ORDER_MARK + spreadsheetRow(columns.map(({ name }) => name));
}

/** The line of a subject. */
export function lineOf<T>(columns: readonly Column<T>[], subject: T): string {
  return spreadsheetRow(columns.map(({ of }) => of(subject)));
}
