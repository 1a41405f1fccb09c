import { CREDENTIALS_TYPED } from "./tables";

/**
 * The pieces that the saved queries are made of: text in the subset of SQL that Athena's engine 3 (Trino) and DuckDB read alike.
 *
 * Neither `date_diff` (which counts midnights in one, whole days in the other) nor `greatest` with nulls is in that subset;
 * differences of timestamps, compared with an interval, are.
 */

/** How far back a query looks for the newest run, in days: enough for a monthly schedule. */
export const DEFAULT_WINDOW_DAYS = 35;

/** `user` is a reserved word. */
export const USER = '"user"';

/**
 * Keeps a query to the partitions of the last days. The partition key is text, as Athena has it for projected dates.
 *
 * @param alias Table alias with its dot, if the query needs one.
 */
export function sinceDays(windowDays: number, alias = ""): string {
  return `${alias}run_date >= CAST(CAST(current_date - INTERVAL '${positive(windowDays)}' DAY AS date) AS varchar)`;
}

/**
 * Common table expressions `newest` (its `run_id` and `run_date`) and `subjects` (the rows of that run).
 *
 * Run ids sort by time as text, and their date is the partition's, so both maxima belong to one run. The join on the
 * partition lets Athena read that day only.
 */
export function newestRun(windowDays: number): string {
  return `WITH newest AS (
  SELECT max(run_id) AS run_id, max(run_date) AS run_date
  FROM ${CREDENTIALS_TYPED}
  WHERE ${sinceDays(windowDays)}
), subjects AS (
  SELECT c.*
  FROM ${CREDENTIALS_TYPED} c
  JOIN newest n ON c.run_id = n.run_id AND c.run_date = n.run_date
  WHERE ${sinceDays(windowDays, "c.")}
)`;
}

/** True when `column` lies at least so many whole days before the account's report; null where it holds no date. */
export function atLeastDaysOld(column: string, days: number): string {
  return `report_generated_time - ${column} >= INTERVAL '${positive(days)}' DAY`;
}

/** Whole days from `column` to the account's report, never below 0; null where it holds no date. */
export function daysOld(column: string): string {
  return `CASE WHEN ${column} > report_generated_time THEN 0 ELSE extract(day FROM report_generated_time - ${column}) END`;
}

/** The newest of some timestamp columns; null where none holds a date. */
export function newestOf(columns: readonly string[]): string {
  const known = columns.map((column) => `COALESCE(${column}, TIMESTAMP '1970-01-01 00:00:00')`);
  return `NULLIF(greatest(${known.join(", ")}), TIMESTAMP '1970-01-01 00:00:00')`;
}

/** A number of days as SQL text. Ages are never below 0, so a threshold of 0 would mean something else in SQL. */
function positive(days: number): number {
  if (!Number.isInteger(days) || days < 1) throw new RangeError(`${days} is not a whole number of days from 1 on`);
  return days;
}
