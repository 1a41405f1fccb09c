import { lastActivity } from "../ages";
import type { Assessment } from "../assessment";
import { reasonOf, type Thresholds } from "../controls";
import { keyExists, type AccessKey, type CredentialRow } from "../rows";
import { days, flagWord, keyWord, timeWord } from "./words";

/** What a reviewer must see of one user to decide whether the access is still right. */
export interface ReviewEntry {
  created: string;
  /** What the user can come in with, one credential each. */
  access: string[];
  mfa: string;
  /** The newest use of any credential; ISO 8601, or what the report says instead. */
  lastActivity: string;
  /** In whole days before the report. */
  daysSince: number | null;
  /** What fails, in words, exceptions left in. */
  findings: string[];
  /** Control, last day and reason of every exception that holds. */
  exceptions: string[];
}

/** Puts a row and its assessments into the words of a review. */
export function reviewEntry(
  row: CredentialRow,
  assessments: readonly Assessment[],
  thresholds: Thresholds,
): ReviewEntry {
  const findings: string[] = [];
  const exceptions: string[] = [];
  for (const { control, result, exception } of assessments) {
    if (result === "fail") findings.push(reasonOf(control, result, thresholds));
    if (exception !== null) exceptions.push(`${control.id} until ${exception.expires}: ${exception.reason}`);
  }
  const activity = lastActivity(row);
  return {
    created: timeWord(row.created),
    access: accessOf(row),
    mfa: flagWord(row.mfaActive),
    lastActivity: timeWord(activity),
    daysSince: days(activity, row),
    findings,
    exceptions,
  };
}

function accessOf(row: CredentialRow): string[] {
  const access: string[] = [];
  if (row.passwordEnabled === true) access.push("console password");
  else if (row.passwordEnabled !== false) access.push(`console password ${flagWord(row.passwordEnabled)}`);
  for (const key of row.keys) {
    if (key.active !== false || keyExists(key)) access.push(keyAccess(key, row));
  }
  return access.length === 0 ? ["none"] : access;
}

function keyAccess(key: AccessKey, row: CredentialRow): string {
  const age = days(key.lastRotated, row);
  const used = days(key.lastUsed, row);
  const use = used === null ? `last use ${timeWord(key.lastUsed)}` : `used ${daysAgo(used)}`;
  const parts = [
    `access key ${key.number} ${keyWord(key)}`,
    age === null ? "age not known" : `${counted(age)} old`,
    key.lastUsed.kind === "never" ? "never used" : use,
  ];
  return parts.join(", ");
}

/** How long before the report something was, in whole days. */
export function daysAgo(count: number): string {
  return count === 0 ? "within a day" : `${counted(count)} ago`;
}

const counted = (count: number): string => `${count} ${count === 1 ? "day" : "days"}`;
