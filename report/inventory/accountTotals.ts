import type { Assessment } from "../assessment";
import type { Thresholds } from "../controls";
import type { AccountIdentity, AccountRecord, Manifest } from "../manifest";
import type { CredentialRow } from "../rows";
import { Totals } from "./totals";

/** One account of the run, with what was counted over its rows. */
export interface CountedAccount {
  identity: AccountIdentity;
  /** Null: there are rows of an account that the manifest does not list. */
  record: AccountRecord | null;
  /** Null: the run has no report of it. */
  totals: Totals | null;
  /** Root's row; null where the run has none. */
  root: Pick<CredentialRow, "mfaActive" | "passwordEnabled" | "keys"> | null;
}

/** Counts rows by account. The memory that it takes grows with accounts, not with users. */
export class AccountTotals {
  private readonly accounts = new Map<string, CountedAccount>();
  private readonly thresholds: Thresholds;

  constructor({ manifest, thresholds }: { manifest: Manifest; thresholds: Thresholds }) {
    this.thresholds = thresholds;
    for (const record of manifest.accounts) {
      const totals = record.state === "collected" ? new Totals(thresholds) : null;
      this.accounts.set(record.accountId, { identity: record, record, totals, root: null });
    }
  }

  /** Counts a row; one of an account that the manifest does not call collected is counted all the same. */
  add(row: CredentialRow, assessments: readonly Assessment[]): void {
    let account = this.accounts.get(row.accountId);
    if (account === undefined) {
      const { accountId, accountName, ouPath } = row;
      account = { identity: { accountId, accountName, ouPath }, record: null, totals: null, root: null };
      this.accounts.set(row.accountId, account);
    }
    account.totals ??= new Totals(this.thresholds);
    account.totals.add(row, assessments);
    if (row.isRoot) account.root = { mfaActive: row.mfaActive, passwordEnabled: row.passwordEnabled, keys: row.keys };
  }

  /** Every account that the manifest lists, in its order, then those that it does not. */
  all(): Iterable<CountedAccount> {
    return this.accounts.values();
  }
}
