import {
  countAccounts,
  type AccountCounts,
  type Manifest,
  type NotCollectedAccount,
  type OutOfScopeAccount,
} from "./manifest";

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

const FOUR_HOURS = 4 * 3_600_000;

/** What a manifest says of its coverage. */
export function coverageOf({ accounts }: Manifest): Coverage {
  const counts = countAccounts(accounts);
  return {
    counts,
    complete: counts.notCollected === 0 && counts.collected > 0,
    missing: accounts.filter((account) => account.state === "notCollected"),
    outOfScope: accounts.filter((account) => account.state === "outOfScope"),
  };
}

/** What a manifest says of the age of its evidence. */
export function evidenceOf(manifest: Manifest): Evidence {
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

/** Milliseconds from a report's generation to the end of the run. */
export function ageAtEnd(reportGeneratedTime: string, { finishedAt }: Pick<Manifest, "finishedAt">): number {
  // AWS's clock and the collector's may differ by a second or two.
  return Math.max(0, Date.parse(finishedAt) - Date.parse(reportGeneratedTime));
}
