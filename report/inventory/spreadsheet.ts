/**
 * CSV for people who open it in a spreadsheet: RFC 4180 with CRLF, in UTF-8 with a byte-order mark, by which Excel knows it.
 *
 * A name that an account's user chose must not run as a formula there, nor an account id lose its zeros: such text gets a
 * leading apostrophe, as OWASP recommends (https://owasp.org/www-community/attacks/CSV_Injection). It is not part of the value;
 * text that has one of its own where it could be taken for that gets another, so that no two texts become one.
 * Programs read the consolidated CSV, whose cells are verbatim.
 */

/** What a spreadsheet file begins with: without it, Excel reads UTF-8 as the code page of the machine. */
export const BYTE_ORDER_MARK = "\uFEFF";

/** A cell: text, a number that a spreadsheet may count with, or nothing. */
export type SpreadsheetCell = string | number | null;

/** Characters that begin a formula, in their full-width and small forms too, and the pipe of a DDE call. */
const FORMULA = "=+\\-@|＝＋－＠｜﹦﹢﹣﹫−";

/**
 * Where a cell may begin whose first character counts: the begin of the text, and after what a spreadsheet of another country takes
 * for the end of a cell, because quotes do not hold there. Programs pass over spaces, quotes and characters without shape.
 */
const FORMULA_BEGIN = new RegExp(`(?:^|(?<=[;\\t\\r\\n]))(?=[\\s\\p{C}"']*[${FORMULA}])|^(?='*[\\t\\r\\n\\0])`, "gu");

/** Digits that a spreadsheet turns into a number or a date: `012345678901`, `1E5`, `3-4`. */
const LIKE_A_NUMBER = /^[ \u00A0']*[($€£¥.,]*\d[\d \u00A0.,:/eE+\-%)]*$/;

/** Text that needs nothing, as nearly all cells do: names that begin with a letter, and times. */
const PLAIN = /^(?:[A-Za-z<][\w <>.:/()-]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** What RFC 4180 wants quoted. */
const SPECIAL = /[",\r\n]/;

/**
 * One line, with its line end. Numbers stay numbers; text stays text: where a spreadsheet would make a formula, a number or a date
 * of it, it begins with an apostrophe. Null, and a number that is none, is an empty cell.
 */
export function spreadsheetRow(cells: readonly SpreadsheetCell[]): string {
  let line = "";
  for (let index = 0; index < cells.length; index += 1) {
    if (index > 0) line += ",";
    line += written(cells[index] ?? null);
  }
  return `${line}\r\n`;
}

function written(cell: SpreadsheetCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  if (PLAIN.test(cell)) return cell;
  const text = LIKE_A_NUMBER.test(cell) ? `'${cell}` : cell.replace(FORMULA_BEGIN, "'");
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
