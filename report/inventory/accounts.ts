import type { Thresholds } from "../controls";
import type { AccountRecord, Manifest } from "../manifest";
import type { RowWriter } from "../rowWriter";
import { AccountTotals, type CountedAccount } from "./accountTotals";
import { headerOf, lineOf, type Column } from "./columns";
import { totalsColumns } from "./totals";
import { flagWord } from "./words";

/** The state of an account, in the words of the report's page. */
export const ACCOUNT_STATES: Readonly<Record<AccountRecord["state"] | "notListed", string>> = {
  collected: "collected",
  notCollected: "missing",
  outOfScope: "out of scope",
  notListed: "not in the manifest",
};

/** Root's MFA: a root user without password has no sign-in to protect. */
function rootMfa({ root, totals }: CountedAccount): string | null {
  if (root === null) return totals === null ? null : "not known";
  return root.mfaActive === false && root.passwordEnabled === false ? "no password" : flagWord(root.mfaActive);
}

function rootKey({ root, totals }: CountedAccount): string | null {
  if (root === null) return totals === null ? null : "not known";
  const active = root.keys.map((key) => key.active);
  if (active.includes(true)) return "yes";
  return flagWord(active.find((flag) => flag !== false) ?? false);
}

/** Whole minutes from the account's report to the end of the run: AWS's clock and the collector's may differ by a second or two. */
function ageInMinutes(record: AccountRecord | null, finishedAt: string): number | null {
  if (record?.state !== "collected") return null;
  return Math.max(0, Math.floor((Date.parse(finishedAt) - Date.parse(record.reportGeneratedTime)) / 60_000));
}

function columnsOf({ finishedAt }: Manifest, thresholds: Thresholds): Column<CountedAccount>[] {
  const missing = (record: AccountRecord | null) => (record?.state === "notCollected" ? record : null);
  return [
    { name: "account_id", of: ({ identity }) => identity.accountId },
    { name: "account_name", of: ({ identity }) => identity.accountName },
    { name: "ou_path", of: ({ identity }) => identity.ouPath },
    { name: "coverage", of: ({ record }) => ACCOUNT_STATES[record?.state ?? "notListed"] },
    { name: "reason", of: ({ record }) => (record?.state === "outOfScope" ? record.reason : null) },
    { name: "missing_step", of: ({ record }) => missing(record)?.step ?? null },
    { name: "missing_code", of: ({ record }) => missing(record)?.code ?? null },
    { name: "missing_message", of: ({ record }) => missing(record)?.message ?? null },
    { name: "missing_remedy", of: ({ record }) => missing(record)?.remedy ?? null },
    {
      name: "report_generated_time",
      of: ({ record }) => (record?.state === "collected" ? record.reportGeneratedTime : null),
    },
    { name: "report_age_minutes", of: ({ record }) => ageInMinutes(record, finishedAt) },
    { name: "without_users", of: ({ totals }) => (totals === null ? null : flagWord(totals.users === 0)) },
    ...totalsColumns(thresholds).map(({ name, of }): Column<CountedAccount> => ({
      name,
      of: ({ totals }) => of(totals),
    })),
    { name: "root_mfa", of: rootMfa },
    { name: "root_active_key", of: rootKey },
  ];
}

/**
 * `accounts.csv`: a line for every account that was listed, in the manifest's order: what was collected with what it holds, what is
 * missing with why and what to do, what is out of scope with why. What was not collected has empty cells, not zeros.
 */
export function accountsWriter(options: { manifest: Manifest; thresholds: Thresholds }): RowWriter {
  const columns = columnsOf(options.manifest, options.thresholds);
  const counted = new AccountTotals(options);
  return {
    begin: () => headerOf(columns),
    add: (row, assessments) => {
      counted.add(row, assessments);
      return "";
    },
    end: () => [...counted.all()].map((account) => lineOf(columns, account)).join(""),
  };
}
