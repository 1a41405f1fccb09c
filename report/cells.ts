/**
 * What a single cell of a credential report says.
 *
 * The report writes dates, booleans and three sentinels (`N/A`, `no_information`, `not_supported`) as text; which
 * sentinel means what depends on the column. A cell of a form that AWS does not document is `unknown`: it says nothing that
 * can be relied on, and must not cost the row. See "Understanding the report format" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */

/**
 * A date cell.
 *
 * - `date`: `at` is in milliseconds since 1970, to the second.
 * - `never`: the credential exists and AWS has no use of it on record.
 * - `none`: there is no such credential.
 * - `unsupported`: AWS does not report this for the user (root).
 * - `unknown`: the report does not say.
 */
export type DateCell =
  { kind: "date"; at: number } | { kind: "never" } | { kind: "none" } | { kind: "unsupported" } | { kind: "unknown" };

/** A boolean cell. `unsupported` (root's password) and `unknown` are neither true nor false. */
export type Flag = boolean | "unsupported" | "unknown";

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

/** Reads a date cell. */
export function readDate(text: string, { notApplicable, noInformation }: SentinelMeaning): DateCell {
  const at = readTime(text);
  if (at !== null) return { kind: "date", at };
  switch (text) {
    case "N/A":
      return MEANINGS[notApplicable];
    case "no_information":
      return MEANINGS[noInformation];
    case "not_supported":
      return UNSUPPORTED;
  }
  return UNKNOWN;
}

/** Reads a boolean cell without regard to case. */
export function readFlag(text: string): Flag {
  if (text === "true") return true;
  if (text === "false") return false;
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "not_supported":
      return "unsupported";
  }
  return "unknown";
}

/** Reads the region or service of a last use; null where AWS names none. */
export function readPlace(text: string): string | null {
  return text === "N/A" || text === "no_information" || text === "" ? null : text;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an ISO 8601 date with its offset: milliseconds since 1970, cut to the second. Null for anything else, a day that does
 * not exist included.
 */
export function readTime(text: string): number | null {
  const usual = usualTime(text);
  if (usual !== undefined) return usual;
  // Most other cells are sentinels: their first letter tells.
  const first = text.charCodeAt(0);
  if (!(first >= 48 && first <= 57) || !ISO_DATE.test(text)) return null;
  const time = Date.parse(text);
  const asUtc = Date.parse(`${text.slice(0, 19)}Z`);
  // Date.parse turns 30 February into 1 March, and 24:00 into the next day.
  if (Number.isNaN(time) || new Date(asUtc).toISOString().slice(0, 19) !== text.slice(0, 19)) return null;
  return Math.floor(time / 1000) * 1000;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));
const two = (n: number): string => TWO_DIGITS[n] ?? "";

/**
 * A time as ISO 8601 in UTC, to the second: `2026-11-20T02:14:09Z`. In a third of the time that `toISOString` takes, because a large
 * organization has millions.
 *
 * @throws {RangeError} for a time that is none
 */
export function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return `${date.toISOString().slice(0, -5)}Z`;
  return (
    `${two(Math.floor(year / 100))}${two(year % 100)}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}T` +
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}Z`
  );
}

/**
 * The form in which AWS writes dates, read ten times as fast as by the rules of ISO 8601, because a large organization has
 * millions; undefined for what needs a closer look, the last days of months included.
 */
function usualTime(text: string): number | undefined {
  const { length } = text;
  if (!(length === 25 && text.endsWith("+00:00")) && !(length === 20 && text.endsWith("Z"))) return undefined;
  const separated =
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const valid = year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23;
  // With something that is no digit, a number is NaN and no comparison holds.
  return separated && valid && minute <= 59 && second <= 59
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : undefined;
}

function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - 48;
  const ones = text.charCodeAt(index + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}
