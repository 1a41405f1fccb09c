import { activeKeys, ageInDays, inactiveKeys, KEY_AGE_SPANS, lastActivity } from "./ages";
import type { CredentialRow } from "./rows";

/**
 * What can be asked of one row beside the controls: each figure of the report that is no control's is a question, and the
 * rows that answer it with yes are the rows behind the figure.
 */

/** A question about a row. */
export interface RowFilter {
  /** Stable name, used in links (`#show=id`). */
  id: string;
  /** In words, as the choice of a list. */
  label: string;
  matches: (row: CredentialRow) => boolean;
}

/** The classes of the last use of an IAM user's credentials, usable or not: every IAM user is in exactly one. */
export const USE_CLASSES = [
  ...KEY_AGE_SPANS.map(({ id, label }) => ({ id: `use-${id}`, label })),
  { id: "use-never", label: "never" },
  { id: "use-none", label: "no credential" },
  { id: "use-unknown", label: "not known" },
] as const;

/** The class of {@link USE_CLASSES} that a row is in, by its number. */
function useClass(row: CredentialRow): number {
  const use = lastActivity(row);
  if (use.kind === "date") {
    const days = ageInDays(use, row) ?? 0;
    return KEY_AGE_SPANS.findIndex(({ to }) => days <= to);
  }
  const spans = KEY_AGE_SPANS.length;
  return use.kind === "never" ? spans : use.kind === "none" ? spans + 1 : spans + 2;
}

/** Every question but those of {@link USE_CLASSES}, which follow. */
const QUESTIONS: readonly RowFilter[] = [
  { id: "users", label: "IAM users", matches: (row) => !row.isRoot },
  { id: "root", label: "Root users", matches: (row) => row.isRoot },
  {
    id: "console",
    label: "Users with a console password",
    matches: (row) => !row.isRoot && row.passwordEnabled === true,
  },
  {
    id: "root-no-password",
    label: "Root without password",
    matches: (row) => row.isRoot && row.passwordEnabled === false,
  },
  { id: "key-active", label: "Active key", matches: (row) => activeKeys(row).length > 0 },
  { id: "key-inactive", label: "Inactive key", matches: (row) => inactiveKeys(row).length > 0 },
  {
    id: "key-never-used",
    label: "Active key never used",
    matches: (row) => activeKeys(row).some((key) => key.lastUsed.kind === "never"),
  },
  ...KEY_AGE_SPANS.map((span) => ({
    id: `key-age-${span.id}`,
    label: `Active key, ${span.label} days old`,
    matches: (row: CredentialRow) =>
      activeKeys(row).some((key) => {
        const days = ageInDays(key.lastRotated, row);
        return days !== undefined && days >= span.from && days <= span.to;
      }),
  })),
];

/** Every question, in the order of the report's lists. Fewer than 32: a row's answers are the bits of one number. */
export const ROW_FILTERS: readonly RowFilter[] = [
  ...QUESTIONS,
  ...USE_CLASSES.map(({ id, label }, n) => ({
    id,
    label: n < KEY_AGE_SPANS.length ? `User last active ${label} days before` : `User last active: ${label}`,
    matches: (row: CredentialRow) => !row.isRoot && useClass(row) === n,
  })),
];

/** Bit `n` is set when the row answers question `n` of {@link ROW_FILTERS} with yes. */
export function filterBits(row: CredentialRow): number {
  let bits = 0;
  for (const [n, { matches }] of QUESTIONS.entries()) if (matches(row)) bits |= 1 << n;
  return row.isRoot ? bits : bits | (1 << (QUESTIONS.length + useClass(row)));
}
