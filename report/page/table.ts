import { escape, grouped } from "./text";

/**
 * Tables of any length: the file carries every row as JSON and shows the first page as HTML; the script of the page
 * (script.ts) searches, filters, sorts and turns pages. Both draw the same cells.
 */

/** A value of a row: text, a number (null: none), or the sort value of a cell followed by its lines. */
export type Cell = string | number | null | [sort: number | null, ...lines: string[]];

/** `[bits of the row's filters, index of its account, …cells]`. */
export type TableRow = [bits: number, account: number, ...cells: Cell[]];

/** How the values of a column are drawn and sorted. */
export type ColumnKind = "text" | "date" | "number" | "lines" | "account" | "marks";

/** A column of a table. */
export interface TableColumn {
  label: string;
  kind: ColumnKind;
  /** Index of its value in a {@link TableRow}. */
  at: number;
  /** The column that names the row. */
  heading?: true;
  /** Numbers above 0, or the word "no", draw attention. */
  warn?: true;
}

/** A table of the page. */
export interface PagedTable {
  /** Prefix of the ids of its elements. */
  id: string;
  caption: string;
  columns: readonly TableColumn[];
  rows: readonly TableRow[];
}

/** What the rows of all tables refer to. Text is already {@link visible}. */
export interface TableContext {
  accounts: readonly (readonly [id: string, name: string])[];
  /** Marks of the rows by the bit that calls for them. */
  marks: readonly (readonly [bit: number, text: string])[];
}

/** Rows of one page of a table. */
export const PAGE_ROWS = 50;

/** Rows up to which the print of the page holds the whole table. */
export const PRINT_ROWS = 2000;

/** Text of an empty cell. */
export const NOTHING = "–";

/** A table's HTML with its first page, its sort buttons and its page turner, which the script brings to life. */
export function renderTable(table: PagedTable, context: TableContext, whereAllRowsAre: string): string {
  const { id, columns, rows } = table;
  const first = rows.slice(0, PAGE_ROWS);
  const more = rows.length > first.length;
  const head = columns.map(
    (column, index) =>
      `<th scope="col" id="${id}-head-${index}"${column.kind === "number" ? ' class="number"' : ""}>` +
      `<button type="button" id="${id}-sort-${index}">${escape(column.label)}</button></th>`,
  );
  const note = `This print shows the first ${first.length} of ${grouped(rows.length)} rows. All rows: ${escape(whereAllRowsAre)}`;
  return `<div class="scroll" role="region" aria-label="${escape(table.caption)}" tabindex="0">
<table class="paged" aria-describedby="${id}-status">
<caption>${escape(table.caption)}</caption>
<thead><tr>${head.join("")}</tr></thead>
<tbody id="${id}-body">${first.map((row) => renderRow(columns, row, context)).join("\n")}</tbody>
</table>
</div>
<div class="turner">
<p id="${id}-status" role="status">${first.length === 0 ? "No rows" : `Rows 1–${first.length} of ${grouped(rows.length)}`}</p>
<p id="${id}-pages" hidden><button type="button" id="${id}-previous">Previous</button><button type="button" id="${id}-next">Next</button></p>
</div>
${more ? `<noscript><p class="soft">Searching, sorting and turning pages need JavaScript. All rows: ${escape(whereAllRowsAre)}</p></noscript>` : ""}
<p class="print-only soft" id="${id}-print-note"${more ? "" : " hidden"}>${note}</p>`;
}

/** One row as HTML; script.ts builds the same elements. */
export function renderRow(columns: readonly TableColumn[], row: TableRow, context: TableContext): string {
  const cells = columns.map((column) => {
    const value = row[column.at] ?? null;
    const name = cellClass(column, value);
    const open = `${column.heading ? 'th scope="row"' : "td"}${name ? ` class="${name}"` : ""}`;
    return `<${open}>${renderCell(column.kind, value, context)}</${column.heading ? "th" : "td"}>`;
  });
  return `<tr>${cells.join("")}</tr>`;
}

function cellClass(column: TableColumn, value: Cell): string {
  if (column.kind === "number") return column.warn && Number(value) > 0 ? "number warn" : "number";
  if (value === NOTHING) return "none";
  return column.warn && value === "no" ? `${column.kind} warn` : column.kind;
}

function renderCell(kind: ColumnKind, value: Cell, context: TableContext): string {
  switch (kind) {
    case "text":
    case "date":
      return escape(String(value));
    case "number":
      return value === null ? NOTHING : grouped(Number(value));
    case "lines": {
      const lines = Array.isArray(value) ? value.slice(1).map(String) : [];
      return lines.map((line) => `<span class="line">${escape(line)}</span>`).join("");
    }
    case "account": {
      const [id, name] = context.accounts[Number(value)] ?? ["", ""];
      return `<a href="#account=${escape(id)}">${escape(name)}</a><small>${escape(id)}</small>`;
    }
    case "marks":
      return context.marks
        .filter(([bit]) => (Number(value) & bit) !== 0)
        .map(([, text]) => `<span class="mark">${escape(text)}</span>`)
        .join("");
  }
}
