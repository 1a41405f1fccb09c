import { NOTHING } from "./cellCodes";
import { accountsLink } from "./links";
import { escape, escapePath, grouped } from "./text";

/**
 * Tables of any length: the file carries every row packed and shows the first page as HTML; the script of the page
 * searches, filters, sorts and turns pages. Both draw the same cells.
 */

/** How the values of a column are drawn and sorted. */
export type ColumnKind =
  "text" | "date" | "number" | "count" | "accounts" | "lines" | "account" | "unit" | "path" | "marks";

/** A column of a table. */
export interface TableColumn {
  label: string;
  kind: ColumnKind;
  /** Numbers above 0, or the word "no", draw attention. */
  warn?: true;
  /** Of a count of users or accounts: what selects its rows, beside what selects those of its line. */
  selects?: string;
}

/** A value of a line: text, a number (null: none), or the sort value of a cell followed by its lines. */
export type Cell = string | number | null | [sort: number | null, ...lines: string[]];

/**
 * `[what selects the rows behind the line, …a value a column]`. The value of an account is `[null, name, id]`. Text is already
 * `visible`.
 */
export type Line = [selects: string, ...cells: Cell[]];

/** A table whose lines stand as plain data. */
export interface LineTable {
  /** Prefix of the ids of its elements. */
  id: string;
  caption: string;
  columns: readonly TableColumn[];
  lines: readonly Line[];
}

/** Rows of one page of a table. */
export const PAGE_ROWS = 50;

/** Rows up to which the print of the page holds the whole table. */
export const PRINT_ROWS = 2000;

/** What stands around the rows of a table. */
export interface Frame {
  id: string;
  caption: string;
  columns: readonly TableColumn[];
  /** The first page, as HTML. */
  first: readonly string[];
  /** Rows of all pages. */
  total: number;
  /** Where all rows are, for print and where no script runs. */
  location: string;
}

/** A table's HTML with its first page, its sort buttons and its page turner, which the script brings to life. */
export function renderFrame({ id, caption, columns, first, total, location }: Frame): string {
  const more = total > first.length;
  const head = columns.map(
    ({ label, kind }, index) =>
      `<th scope="col" id="${id}-head-${index}"${isNumber(kind) ? ' class="number"' : ""}>` +
      `<button type="button" id="${id}-sort-${index}">${escape(label)}</button></th>`,
  );
  const note = `This print shows the first ${first.length} of ${grouped(total)} rows. All rows: ${escape(location)}`;
  return `<div class="scroll" role="region" aria-label="${escape(caption)}" tabindex="0">
<table class="paged" id="${id}-table" aria-describedby="${id}-status">
<caption>${escape(caption)}</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody id="${id}-body">${first.join("\n")}</tbody>
</table>
</div>
<div class="turner">
<p id="${id}-status" role="status">${first.length === 0 ? "No rows" : `Rows 1–${first.length} of ${grouped(total)}`}</p>
<p id="${id}-pages" hidden><button type="button" id="${id}-previous">Previous</button><button type="button" id="${id}-next">Next</button></p>
</div>
<noscript><p class="soft">Searching, filtering, sorting, turning pages and following links to rows need JavaScript. All rows: ${escape(location)}</p></noscript>
<p class="print-only soft" id="${id}-print-note"${more ? "" : " hidden"}>${note}</p>`;
}

/** A table of lines with its first page. */
export function renderLines({ id, caption, columns, lines }: LineTable, location: string): string {
  const first = lines.slice(0, PAGE_ROWS).map((line) => renderLine(columns, line));
  return renderFrame({ id, caption, columns, first, total: lines.length, location });
}

/** One line as HTML, headed by its first cell; the script of the page builds the same elements. */
export function renderLine(columns: readonly TableColumn[], line: Line): string {
  const cells = columns.map((column, index) => {
    const value = line[index + 1] ?? null;
    const [open, close] = index === 0 ? ['th scope="row"', "th"] : ["td", "td"];
    return `<${open} class="${cellClass(column, value)}">${renderCell(column, value, line[0])}</${close}>`;
  });
  return `<tr>${cells.join("")}</tr>`;
}

function isNumber(kind: ColumnKind): boolean {
  return kind === "number" || kind === "count" || kind === "accounts";
}

function cellClass({ kind, warn }: TableColumn, value: Cell): string {
  if (isNumber(kind)) return warn && Number(value) > 0 ? "number warn" : "number";
  if (value === NOTHING) return "none";
  return warn && value === "no" ? `${kind} warn` : kind;
}

function renderCell({ kind, selects }: TableColumn, value: Cell, line: string): string {
  const parts = Array.isArray(value) ? value.slice(1).map(String) : [];
  switch (kind) {
    case "number":
      return value === null ? NOTHING : grouped(Number(value));
    case "count":
      if (value === null) return NOTHING;
      if (value === 0) return "0";
      return `<a href="#${escape(`${line}&${selects ?? ""}`)}" data-rows="${Number(value)}">${grouped(Number(value))}</a>`;
    case "accounts":
      return value === 0
        ? "0"
        : accountsLink(`accounts-${line}${selects ?? ""}`, Number(value), grouped(Number(value)));
    case "lines":
      return parts.map((text) => `<span class="line">${escape(text)}</span>`).join("");
    case "account":
      return `<a href="#${escape(line)}">${escape(parts[0] ?? "")}</a><small>${escape(parts[1] ?? "")}</small>`;
    case "unit": {
      const [above, name] = splitPath(String(value));
      return `<a href="#${escape(line)}"><small>${escapePath(above)}</small>${escape(name)}</a>`;
    }
    case "path":
      return escapePath(String(value));
    default:
      return escape(String(value));
  }
}

/** A unit's path cut before its name. */
function splitPath(path: string): [above: string, name: string] {
  const cut = path.lastIndexOf("/") + 1;
  return [path.slice(0, cut), path.slice(cut)];
}
