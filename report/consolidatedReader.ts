import { LEADING_COLUMNS } from "./consolidated";
import { KNOWN_COLUMNS } from "./credentialReport";
import { CsvError, csvRecords, type CsvRecord } from "./csv";
import { rowReader, type CredentialRow } from "./rows";

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

/** Column names of a consolidated CSV, in file order; none for an empty text. */
export function readColumns(csv: string): string[] {
  for (const { cells } of records(csv)) return cells;
  return [];
}

/** All rows of {@link credentialRows}. */
export function readCredentialRows(csv: string): CredentialRow[] {
  return [...credentialRows(csv)];
}

/**
 * Reads the text of a run's consolidated CSV (RFC 4180, header first) row by row, in file order. Only the row at hand need be in
 * memory beside the text.
 *
 * @throws {MalformedRowError} naming line and column, when a column is missing, a line is too long or too short, or does not
 * say whose it is. A cell of AWS's own that is of no documented form is no error: it says nothing.
 */
export function* credentialRows(csv: string): Generator<CredentialRow, void, undefined> {
  const all = records(csv);
  const header = all.next();
  if (header.done) throw new MalformedRowError(1, null, "the file is empty, expected a header");
  const columns = header.value.cells;
  const at = checkHeader(columns);
  const read = rowReader(columns);
  for (const { line, cells } of all) {
    if (cells.length !== columns.length) throw wrongLength(line, cells.length, columns);
    const cell = (column: string) => cells[at.get(column) ?? -1] ?? "";
    const refuse = (column: string, expected: string) =>
      new MalformedRowError(line, column, `${column} is ${JSON.stringify(cell(column))}, expected ${expected}`);
    const row = read(
      {
        accountId: cell("account_id"),
        accountName: cell("account_name"),
        ouPath: cell("ou_path"),
        reportGeneratedTime: cell("report_generated_time"),
        runId: cell("run_id"),
      },
      cells,
    );
    if (!/^\d{12}$/.test(row.accountId)) throw refuse("account_id", "twelve digits");
    if (Number.isNaN(row.generatedAt)) throw refuse("report_generated_time", "an ISO 8601 date");
    if (row.user === "") throw refuse("user", "an IAM user name or <root_account>");
    yield row;
  }
}

function* records(csv: string): Generator<CsvRecord, void, undefined> {
  try {
    yield* csvRecords(csv);
  } catch (error) {
    if (error instanceof CsvError) throw new MalformedRowError(error.line, null, error.message, { cause: error });
    throw error;
  }
}

function checkHeader(columns: readonly string[]): ReadonlyMap<string, number> {
  const at = new Map<string, number>();
  for (const [index, name] of columns.entries()) {
    if (at.has(name)) throw new MalformedRowError(1, name, `the column ${name} stands twice in the header`);
    at.set(name, index);
  }
  const missing = [...LEADING_COLUMNS, ...KNOWN_COLUMNS].filter((name) => !at.has(name));
  if (missing[0] !== undefined) {
    throw new MalformedRowError(1, missing[0], `the header lacks the column ${missing.join(", ")}`);
  }
  return at;
}

function wrongLength(line: number, length: number, columns: readonly string[]): MalformedRowError {
  const short = columns[length];
  return new MalformedRowError(
    line,
    short ?? null,
    `${length} cells, the header has ${columns.length}${short === undefined ? "" : ` (${short} is missing)`}`,
  );
}
