import { activeKeys, ageInDays, inactiveKeys, KEY_AGE_SPANS, type AgeSpan } from "./ages";
import { OLD_KEY_DAYS, ROW_FILTERS } from "./attention";
import { isoTime, type DateCell, type Flag } from "./cells";
import { contradictions, groupByAccount } from "./contradictions";
import {
  countAccounts,
  type AccountCounts,
  type AccountRecord,
  type Manifest,
  type NotCollectedAccount,
  type OutOfScopeAccount,
} from "./manifest";
import type { CredentialRow } from "./rows";

/**
 * The figures of a run, as plain data: what the HTML page shows, and what a command or a notification may quote.
 */

/** Which accounts the run covers. */
export interface Coverage {
  /** Counted from the accounts themselves. */
  counts: AccountCounts;
  /** Every account in scope was collected, and there was one. */
  complete: boolean;
  missing: NotCollectedAccount[];
  outOfScope: OutOfScopeAccount[];
}

/** How old one account's report was when the run finished. */
export interface EvidenceAge {
  accountId: string;
  accountName: string;
  reportGeneratedTime: string;
  /** Milliseconds, at least 0. */
  age: number;
}

/** How old the evidence of the run is. AWS makes a new report at most every four hours. */
export interface Evidence {
  /** Null when nothing was collected. */
  oldest: EvidenceAge | null;
  newest: EvidenceAge | null;
  /** Milliseconds; null when nothing was collected. */
  median: number | null;
  /** Accounts whose report was older than four hours. */
  olderThanFourHours: number;
}

/** IAM users, root users left out. */
export interface UserFigures {
  total: number;
  console: number;
  consoleWithMfa: number;
  consoleWithoutMfa: number;
  /** Console users whose MFA cell says neither true nor false. */
  consoleMfaUnknown: number;
  dormant: number;
  withTwoActiveKeys: number;
}

/** Access keys, root's included. */
export interface KeyFigures {
  active: number;
  inactive: number;
  /** Active keys by age in whole days; their counts and `ageUnknown` add up to `active`. */
  ages: { span: AgeSpan; count: number }[];
  ageUnknown: number;
  /** Active keys older than 90 days. */
  old: number;
  /** Users with at least one of them, root users included. */
  oldHolders: number;
  /** Active keys without a use on record. */
  neverUsed: number;
  neverUsedHolders: number;
}

/** The root users of the collected accounts. */
export interface RootFigures {
  total: number;
  withMfa: number;
  withoutMfa: number;
  /** Root users whose password was removed (`password_enabled` is false). */
  withoutPassword: number;
  withActiveKeys: number;
  /** The newest use of any root user's password or keys; null when none is on record. */
  lastUse: { accountId: string; accountName: string; at: string } | null;
}

/** What one listed account shows. Its figures are null when its report is not in the run. */
export interface AccountSummary {
  record: AccountRecord;
  figures: AccountFigures | null;
}

/** The figures of one collected account. */
export interface AccountFigures {
  /** IAM users, the root user left out. */
  users: number;
  console: number;
  consoleWithMfa: number;
  consoleWithoutMfa: number;
  consoleMfaUnknown: number;
  /** Root's included. */
  activeKeys: number;
  /** Whole days; null without an active key of known age. */
  oldestActiveKey: number | null;
  /** `passwordRemoved`: no MFA, and no password to protect. Unknown when the report has no root row. */
  rootMfa: Flag | "passwordRemoved";
  /** Milliseconds from the report's generation to the end of the run. */
  reportAge: number;
}

/** Everything that the page counts. */
export interface Summary {
  coverage: Coverage;
  evidence: Evidence;
  users: UserFigures;
  keys: KeyFigures;
  root: RootFigures;
  /** In the manifest's order. */
  accounts: AccountSummary[];
  /** Collected accounts that hold no IAM user. */
  accountsWithoutUsers: AccountRecord[];
  /** Where manifest and rows contradict each other, in words; empty for an intact run. */
  contradictions: string[];
}

const FOUR_HOURS = 4 * 3_600_000;

/** Counts what a run shows. Pure: the clock is not read, ages are counted from each report's own time. */
export function summarise(manifest: Manifest, rows: readonly CredentialRow[]): Summary {
  const byAccount = groupByAccount(rows);
  const accounts = manifest.accounts.map((record) => ({
    record,
    figures:
      record.state === "collected" ? accountFigures(record, byAccount.get(record.accountId) ?? [], manifest) : null,
  }));
  const counts = countAccounts(manifest.accounts);
  return {
    coverage: {
      counts,
      complete: counts.notCollected === 0 && counts.collected > 0,
      missing: manifest.accounts.filter((account) => account.state === "notCollected"),
      outOfScope: manifest.accounts.filter((account) => account.state === "outOfScope"),
    },
    evidence: evidence(manifest),
    users: userFigures(rows),
    keys: keyFigures(rows),
    root: rootFigures(rows),
    accounts,
    accountsWithoutUsers: accounts.filter(({ figures }) => figures?.users === 0).map(({ record }) => record),
    contradictions: contradictions(manifest, rows),
  };
}

function evidence(manifest: Manifest): Evidence {
  const ages: EvidenceAge[] = manifest.accounts
    .filter((account) => account.state === "collected")
    .map(({ accountId, accountName, reportGeneratedTime }) => ({
      accountId,
      accountName,
      reportGeneratedTime,
      age: ageAtEnd(reportGeneratedTime, manifest),
    }))
    .sort((a, b) => b.age - a.age || (a.accountId < b.accountId ? -1 : 1));
  const middle = ages.slice(Math.floor((ages.length - 1) / 2), Math.floor(ages.length / 2) + 1);
  return {
    oldest: ages[0] ?? null,
    newest: ages.at(-1) ?? null,
    median: ages.length === 0 ? null : middle.reduce((sum, { age }) => sum + age, 0) / middle.length,
    olderThanFourHours: ages.filter(({ age }) => age > FOUR_HOURS).length,
  };
}

function ageAtEnd(reportGeneratedTime: string, manifest: Manifest): number {
  // AWS's clock and the collector's may differ by a second or two.
  return Math.max(0, Date.parse(manifest.finishedAt) - Date.parse(reportGeneratedTime));
}

/** How many rows answer a question of {@link ROW_FILTERS}, so that a figure and the list behind it cannot differ. */
function count(rows: readonly CredentialRow[], id: (typeof ROW_FILTERS)[number]["id"]): number {
  const filter = ROW_FILTERS.find((filter) => filter.id === id);
  return filter === undefined ? 0 : rows.filter((row) => filter.matches(row)).length;
}

function consoleFigures(rows: readonly CredentialRow[]) {
  const console = rows.filter((row) => !row.isRoot && row.passwordEnabled === true);
  const withMfa = console.filter((row) => row.mfaActive === true).length;
  const withoutMfa = count(rows, "console-no-mfa");
  return {
    console: console.length,
    consoleWithMfa: withMfa,
    consoleWithoutMfa: withoutMfa,
    consoleMfaUnknown: console.length - withMfa - withoutMfa,
  };
}

function userFigures(rows: readonly CredentialRow[]): UserFigures {
  return {
    total: count(rows, "users"),
    ...consoleFigures(rows),
    dormant: count(rows, "dormant"),
    withTwoActiveKeys: count(rows, "two-keys"),
  };
}

function keyFigures(rows: readonly CredentialRow[]): KeyFigures {
  const active = rows.flatMap((row) =>
    activeKeys(row).map((key) => ({ days: ageInDays(key.lastRotated, row), used: key.lastUsed })),
  );
  return {
    active: active.length,
    inactive: rows.reduce((sum, row) => sum + inactiveKeys(row).length, 0),
    ages: KEY_AGE_SPANS.map((span) => ({
      span,
      count: active.filter(({ days }) => days !== undefined && days >= span.from && days <= span.to).length,
    })),
    ageUnknown: active.filter(({ days }) => days === undefined).length,
    old: active.filter(({ days }) => (days ?? 0) > OLD_KEY_DAYS).length,
    oldHolders: count(rows, "key-old"),
    neverUsed: active.filter(({ used }) => used.kind === "never").length,
    neverUsedHolders: count(rows, "key-never-used"),
  };
}

function rootFigures(rows: readonly CredentialRow[]): RootFigures {
  const roots = rows.filter((row) => row.isRoot);
  let lastUse: { row: CredentialRow; at: number } | null = null;
  for (const row of roots) {
    const uses: DateCell[] = [row.passwordLastUsed, ...row.keys.map((key) => key.lastUsed)];
    for (const use of uses) {
      if (use.kind !== "date" || (lastUse !== null && use.at <= lastUse.at)) continue;
      lastUse = { row, at: use.at };
    }
  }
  return {
    total: roots.length,
    withMfa: roots.filter((row) => row.mfaActive === true).length,
    withoutMfa: count(rows, "root-no-mfa"),
    withoutPassword: count(rows, "root-no-password"),
    withActiveKeys: count(rows, "root-key"),
    lastUse: lastUse && {
      accountId: lastUse.row.accountId,
      accountName: lastUse.row.accountName,
      at: isoTime(lastUse.at),
    },
  };
}

function accountFigures(
  record: AccountRecord & { state: "collected" },
  rows: readonly CredentialRow[],
  manifest: Manifest,
): AccountFigures {
  const keys = rows.flatMap((row) => activeKeys(row).map((key) => ageInDays(key.lastRotated, row)));
  const ages = keys.filter((days) => days !== undefined);
  return {
    users: count(rows, "users"),
    ...consoleFigures(rows),
    activeKeys: keys.length,
    oldestActiveKey: ages.length === 0 ? null : Math.max(...ages),
    rootMfa: rootMfa(rows.find((row) => row.isRoot)),
    reportAge: ageAtEnd(record.reportGeneratedTime, manifest),
  };
}

function rootMfa(root: CredentialRow | undefined): AccountFigures["rootMfa"] {
  if (root === undefined) return "unknown";
  return root.mfaActive === false && root.passwordEnabled === false ? "passwordRemoved" : root.mfaActive;
}
