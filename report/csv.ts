import { parse } from "csv-parse/sync";

/** One record of a CSV text. */
export interface CsvRecord {
  /** Line on which it begins, from 1. */
  line: number;
  cells: string[];
}

/** Text that is no CSV, as where a quote never ends. */
export class CsvError extends Error {
  override readonly name = "CsvError";
  constructor(
    /** Line on which the record at fault begins, from 1. */
    readonly line: number,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/**
 * Splits CSV (RFC 4180, LF or CRLF) into records one at a time, passing over empty lines and a byte-order mark.
 *
 * Most lines hold no quote: those are split at their commas, the others by the rules of CSV.
 *
 * @throws {CsvError} at the record that is none.
 */
export function* csvRecords(text: string): Generator<CsvRecord, void, undefined> {
  const countQuotes = quoteCounter(text);
  let from = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (from < text.length) {
    const begin = from;
    let end = lineEnd(text, from);
    let lines = 1;
    let quotes = countQuotes(end);
    // A quoted cell may hold line ends: its record goes on to the line in which the quotes are even.
    while (quotes % 2 === 1 && end < text.length) {
      const next = end + 1;
      end = lineEnd(text, next);
      lines += 1;
      quotes += countQuotes(end);
    }
    from = end + 1;
    // A CR is part of a line end before LF only.
    const hasCr = end < text.length && end > begin && text.charCodeAt(end - 1) === 13;
    const record = text.slice(begin, hasCr ? end - 1 : end);
    if (record !== "") yield { line, cells: quotes === 0 ? record.split(",") : parseRecord(record, line) };
    line += lines;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/**
 * Counts the quotes from where it last ended up to a place. It remembers where the next one stands: a file with few quotes is
 * searched once, not once a line.
 */
function quoteCounter(text: string): (to: number) => number {
  let next = text.indexOf('"');
  return (to) => {
    let count = 0;
    for (; next >= 0 && next < to; next = text.indexOf('"', next + 1)) count += 1;
    return count;
  };
}

function parseRecord(record: string, line: number): string[] {
  try {
    return parse(record, { relax_column_count: true, record_delimiter: ["\r\n", "\n"] })[0] ?? [];
  } catch (error) {
    // The parser's own message quotes what it stopped at, and names of users are no matter for logs.
    throw new CsvError(line, (error as { code?: string }).code ?? "unreadable", { cause: error });
  }
}
