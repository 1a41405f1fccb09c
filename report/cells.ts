/**
 * What a single cell of a credential report says.
 *
 * The report writes dates, booleans and three sentinels (`N/A`, `no_information`, `not_supported`) as text; which
 * sentinel means what depends on the column. See "Understanding the report format" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */

/**
 * A date cell.
 *
 * - `date`: `at` is ISO 8601 in UTC, as in `2026-11-20T02:14:09Z`.
 * - `never`: the credential exists and AWS has no use of it on record.
 * - `none`: there is no such credential.
 * - `unsupported`: AWS does not report this for the user (root).
 * - `unknown`: the report does not say.
 */
export type DateCell =
  { kind: "date"; at: string } | { kind: "never" } | { kind: "none" } | { kind: "unsupported" } | { kind: "unknown" };

/** A boolean cell. `unsupported` (root's password) and `unknown` are neither true nor false. */
export type Flag = boolean | "unsupported" | "unknown";

/** A cell that is none of the forms AWS documents for its column. */
export class CellError extends Error {
  override readonly name = "CellError";
  constructor(
    readonly column: string,
    readonly value: string,
    readonly expected: string,
  ) {
    super(`${column} is ${JSON.stringify(value)}, expected ${expected}`);
  }
}

// Shared, because a large organization has millions of these cells.
const NEVER: DateCell = Object.freeze({ kind: "never" });
const NONE: DateCell = Object.freeze({ kind: "none" });
const UNSUPPORTED: DateCell = Object.freeze({ kind: "unsupported" });
const UNKNOWN: DateCell = Object.freeze({ kind: "unknown" });

/** What the sentinels of a date column mean. */
export interface SentinelMeaning {
  /** Meaning of `N/A`. */
  notApplicable: "never" | "none" | "unknown";
  /** Meaning of `no_information`. */
  noInformation: "never" | "unknown";
}

const MEANINGS = { never: NEVER, none: NONE, unknown: UNKNOWN };

const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an ISO 8601 date with its offset and gives it in UTC, to the second (`2026-11-20T02:14:09Z`); undefined for
 * anything else, a day that does not exist included.
 */
export function readInstant(text: string): string | undefined {
  if (!ISO_DATE.test(text)) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) return undefined;
  const utc = new Date(time).toISOString();
  // Date.parse turns 30 February into 1 March.
  const sameDay = utc.slice(0, 10) === text.slice(0, 10);
  if (!sameDay && /(Z|[+-]00:00)$/.test(text)) return undefined;
  return `${utc.slice(0, 19)}Z`;
}

/** Reads a date cell; throws {@link CellError} for text that is neither a date nor a sentinel. */
export function readDate(column: string, text: string, meaning: SentinelMeaning): DateCell {
  switch (text) {
    case "N/A":
      return MEANINGS[meaning.notApplicable];
    case "no_information":
      return MEANINGS[meaning.noInformation];
    case "not_supported":
      return UNSUPPORTED;
    case "":
      return UNKNOWN;
  }
  const at = readInstant(text);
  if (at === undefined) {
    throw new CellError(column, text, "an ISO 8601 date, N/A, no_information or not_supported");
  }
  return { kind: "date", at };
}

/** Reads a boolean cell without regard to case; throws {@link CellError} for any other text than a sentinel. */
export function readFlag(column: string, text: string): Flag {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "not_supported":
      return "unsupported";
    case "n/a":
    case "no_information":
    case "":
      return "unknown";
  }
  throw new CellError(column, text, "true, false, N/A, no_information or not_supported");
}
