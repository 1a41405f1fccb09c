import { ageInDays, activeKeys, idleDays, inactiveKeys, KEY_AGE_SPANS } from "./ages";
import type { CredentialRow } from "./rows";

/**
 * What can be asked of one row: each figure of the report is a question, and the rows that answer it with yes.
 */

/** An active access key older than this many days draws attention (CIS AWS Foundations: rotate within 90 days). */
export const OLD_KEY_DAYS = 90;

/** A user who used none of his usable credentials for more than this many days is dormant (Security Hub IAM.8). */
export const DORMANT_DAYS = 90;

/** A question about a row. */
export interface RowFilter {
  /** Stable name, used in links (`#show=id`). */
  id: string;
  /** In words, as the choice of a list. */
  label: string;
  /** Short mark on the row that draws attention to it; null for questions that only select. */
  mark: string | null;
  matches(row: CredentialRow): boolean;
}

const isUser = (row: CredentialRow) => !row.isRoot;
const isConsoleUser = (row: CredentialRow) => !row.isRoot && row.passwordEnabled === true;

/**
 * Root without MFA. A root user whose password was removed (`password_enabled` false) has no sign-in to protect: CIS
 * AWS Foundations 5.0 and later count that as met. Root's usual `not_supported` is not false.
 */
const isRootWithoutMfa = (row: CredentialRow) => row.isRoot && row.mfaActive === false && row.passwordEnabled !== false;

const hasOldKey = (row: CredentialRow) =>
  activeKeys(row).some((key) => (ageInDays(key.lastRotated, row) ?? 0) > OLD_KEY_DAYS);

/** Every question, in the order of the report's lists. */
export const ROW_FILTERS = [
  { id: "users", label: "IAM users", mark: null, matches: isUser },
  { id: "console", label: "Users with a console password", mark: null, matches: isConsoleUser },
  {
    id: "console-no-mfa",
    label: "Console users without MFA",
    mark: "no MFA",
    matches: (row) => isConsoleUser(row) && row.mfaActive === false,
  },
  { id: "key-old", label: `Active key older than ${OLD_KEY_DAYS} days`, mark: "old key", matches: hasOldKey },
  {
    id: "key-never-used",
    label: "Active key never used",
    mark: "unused key",
    matches: (row) => activeKeys(row).some((key) => key.lastUsed.kind === "never"),
  },
  {
    id: "two-keys",
    label: "Two active keys",
    mark: "two keys",
    matches: (row) => isUser(row) && activeKeys(row).length === 2,
  },
  {
    id: "dormant",
    label: `Dormant: nothing used for more than ${DORMANT_DAYS} days`,
    mark: "dormant",
    matches: (row) => isUser(row) && (idleDays(row) ?? 0) > DORMANT_DAYS,
  },
  { id: "root-no-mfa", label: "Root without MFA", mark: "root, no MFA", matches: isRootWithoutMfa },
  {
    id: "root-key",
    label: "Root with an active key",
    mark: "root key",
    matches: (row) => row.isRoot && activeKeys(row).length > 0,
  },
  {
    id: "root-no-password",
    label: "Root without password",
    mark: null,
    matches: (row) => row.isRoot && row.passwordEnabled === false,
  },
  { id: "root", label: "Root users", mark: null, matches: (row) => row.isRoot },
  { id: "key-active", label: "Active keys", mark: null, matches: (row) => activeKeys(row).length > 0 },
  { id: "key-inactive", label: "Inactive keys", mark: null, matches: (row) => inactiveKeys(row).length > 0 },
  ...KEY_AGE_SPANS.map((span) => ({
    id: `key-age-${span.id}`,
    label: `Active key, ${span.label} days old`,
    mark: null,
    matches: (row: CredentialRow) =>
      activeKeys(row).some((key) => {
        const days = ageInDays(key.lastRotated, row);
        return days !== undefined && days >= span.from && days <= span.to;
      }),
  })),
] as const satisfies readonly RowFilter[];

/** Bit `n` is set when the row answers question `n` of {@link ROW_FILTERS} with yes. */
export function filterBits(row: CredentialRow): number {
  return ROW_FILTERS.reduce((bits, filter, n) => (filter.matches(row) ? bits | (1 << n) : bits), 0);
}

/** Bits of the questions that mark a row for attention. */
export const ATTENTION_BITS = ROW_FILTERS.reduce(
  (bits, filter, n) => (filter.mark === null ? bits : bits | (1 << n)),
  0,
);
