import type { Thresholds } from "../controls";
import type { CredentialRow } from "../rows";
import type { RowWriter } from "../rowWriter";
import { headerOf, lineOf, type Column } from "./columns";
import { reviewEntry, type ReviewEntry } from "./review";

interface Reviewed {
  row: CredentialRow;
  entry: ReviewEntry;
}

const joined = (parts: readonly string[]): string | null => (parts.length === 0 ? null : parts.join("; "));
const toFill = (name: string): Column<Reviewed> => ({ name, of: () => null });

const COLUMNS: readonly Column<Reviewed>[] = [
  { name: "account_id", of: ({ row }) => row.accountId },
  { name: "account_name", of: ({ row }) => row.accountName },
  { name: "ou_path", of: ({ row }) => row.ouPath },
  { name: "user", of: ({ row }) => row.user },
  { name: "arn", of: ({ row }) => row.arn },
  { name: "user_creation_time", of: ({ entry }) => entry.created },
  { name: "access", of: ({ entry }) => joined(entry.access) },
  { name: "mfa", of: ({ entry }) => entry.mfa },
  { name: "last_activity", of: ({ entry }) => entry.lastActivity },
  { name: "days_since_activity", of: ({ entry }) => entry.daysSince },
  { name: "findings", of: ({ entry }) => joined(entry.findings) },
  { name: "exceptions", of: ({ entry }) => joined(entry.exceptions) },
  { name: "report_generated_time", of: ({ row }) => row.reportGeneratedTime },
  toFill("decision"),
  toFill("reviewer"),
  toFill("review_date"),
  toFill("signature_or_comment"),
];

/**
 * `access-review.csv`: every user and root user with what a reviewer must see, and four empty columns to fill in; a decision is
 * `keep`, `change` or `remove`. Accounts that are missing have no lines: `accounts.csv` names them. Nothing is kept in memory.
 */
export function accessReviewWriter({ thresholds }: { thresholds: Thresholds }): RowWriter {
  return {
    begin: () => headerOf(COLUMNS),
    add: (row, assessments) => lineOf(COLUMNS, { row, entry: reviewEntry(row, assessments, thresholds) }),
    end: () => "",
  };
}
