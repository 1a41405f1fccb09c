import type { DateCell } from "./cells";
import { keyExists, type AccessKey, type CredentialRow } from "./rows";

/**
 * Ages of credentials, counted from the time that the account's report was generated: the same run gives the same
 * ages whenever it is read.
 */

const DAY = 86_400_000;

/** Whole days between two times in milliseconds, cut, never below 0: a key of 90 days and 23 hours is 90 days old. */
export function wholeDays(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / DAY));
}

/** Age of a date cell in whole days at the time of the row's report; undefined when the cell holds no date. */
export function ageInDays(cell: DateCell, row: CredentialRow): number | undefined {
  return cell.kind === "date" ? wholeDays(cell.at, row.generatedAt) : undefined;
}

/** A span of ages in whole days, both ends included. */
export interface AgeSpan {
  /** Stable name, used in links. */
  id: string;
  label: string;
  from: number;
  to: number;
}

/** The spans in which ages of access keys are counted. They leave no gap and do not overlap. */
export const KEY_AGE_SPANS: readonly AgeSpan[] = [
  { id: "0-30", label: "0–30", from: 0, to: 30 },
  { id: "31-90", label: "31–90", from: 31, to: 90 },
  { id: "91-180", label: "91–180", from: 91, to: 180 },
  { id: "181-365", label: "181–365", from: 181, to: 365 },
  { id: "over-365", label: "over 365", from: 366, to: Infinity },
];

/** The row's active access keys: none, one or two. */
export function activeKeys(row: CredentialRow): AccessKey[] {
  return row.keys.filter((key) => key.active === true);
}

/** The row's access keys that exist but are switched off. */
export function inactiveKeys(row: CredentialRow): AccessKey[] {
  return row.keys.filter((key) => keyExists(key) && key.active !== true);
}

/** The newest use of any of the row's credentials, usable or not. */
export function lastActivity(row: CredentialRow): DateCell {
  const uses = [row.passwordLastUsed, ...row.keys.map((key) => key.lastUsed)];
  let newest: DateCell | undefined;
  for (const use of uses) {
    if (use.kind === "date" && (newest?.kind !== "date" || use.at > newest.at)) newest = use;
  }
  if (newest !== undefined) return newest;
  const rank = ["unknown", "unsupported", "never"] as const;
  const kind = rank.find((kind) => uses.some((use) => use.kind === kind));
  return { kind: kind ?? "none" };
}
