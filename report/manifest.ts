import type { Thresholds } from "./controls";
import type { ControlResults } from "./findings";

/**
 * The manifest of a run: what was asked, what was collected, what is missing and why.
 *
 * The collector writes it as `runs/<runId>/manifest.json`; every reader starts from it.
 */

/** Format name and version of the manifest; a reader refuses what it does not know. */
export const MANIFEST_SCHEMA = "iam-credential-reports/manifest/1";

/** The step of a collection at which an account was lost. */
export type CollectionStep = "assumeRole" | "generate" | "fetch" | "parse" | "store";

/** An object that a run left in the bucket. */
export interface EvidenceObject {
  /** Key in the bucket, or path below the folder of a local run. */
  key: string;
  /** Size in bytes. */
  bytes: number;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  sha256: string;
}

/** What every account record says, whatever its state. */
export interface AccountIdentity {
  /** Twelve digits. */
  accountId: string;
  accountName: string;
  /** Names from the root down, joined by `/`, as in `Root/Workloads/Production`. */
  ouPath: string;
}

/** An account whose report is in the run. */
export interface CollectedAccount extends AccountIdentity {
  state: "collected";
  /** `GeneratedTime` of GetCredentialReport, ISO 8601 in UTC: the real age of the evidence. */
  reportGeneratedTime: string;
  /** Users in the report, the root row included. */
  rows: number;
  /** The bytes that AWS returned. */
  raw: EvidenceObject;
}

/** An account that was not asked, and why. */
export interface OutOfScopeAccount extends AccountIdentity {
  state: "outOfScope";
  /** In words, naming the Organizations state, as in `account is SUSPENDED`. */
  reason: string;
}

/** An account in scope without a report in the run, and why. */
export interface NotCollectedAccount extends AccountIdentity {
  state: "notCollected";
  step: CollectionStep;
  /** Error name of the SDK for JavaScript, as in `AccessDenied`. */
  code: string;
  /** The message of AWS. */
  message: string;
  /** Tries of the step that failed; 0 if the run ended before the account's turn. */
  attempts: number;
  /** What to do next, in words. */
  remedy: string;
  /** The bytes that AWS returned, where they are stored but could not be read. */
  raw?: EvidenceObject;
}

/** One listed account, in exactly one state. */
export type AccountRecord = CollectedAccount | OutOfScopeAccount | NotCollectedAccount;

/** `listed = inScope + outOfScope` and `inScope = collected + notCollected`. */
export interface AccountCounts {
  listed: number;
  inScope: number;
  collected: number;
  notCollected: number;
  outOfScope: number;
}

/** The newest manifest before this one. */
export interface PreviousManifest {
  runId: string;
  key: string;
  sha256: string;
}

/** `runs/<runId>/manifest.json`. */
export interface Manifest {
  schema: typeof MANIFEST_SCHEMA;
  /** Sorts by time: `YYYYMMDDTHHMMSSZ-` and six hexadecimal digits, of which three are the millisecond. */
  runId: string;
  /** ISO 8601 in UTC. */
  startedAt: string;
  /** ISO 8601 in UTC. */
  finishedAt: string;
  /** Null for a run of one account that is in no organization. */
  organizationId: string | null;
  /** Management account of the organization; null where there is none. */
  managementAccountId: string | null;
  /** Every account in scope was collected. */
  complete: boolean;
  counts: AccountCounts;
  /** Rows of the consolidated CSV without its header. */
  rows: number;
  /** In order of account id. */
  accounts: AccountRecord[];
  /** The consolidated CSV of the run. */
  consolidated: EvidenceObject;
  /** The same rows, typed, as Parquet; runs of earlier versions have none. */
  typed?: EvidenceObject;
  /** What fails a control or cannot be decided, as JSON Lines; runs of earlier versions have none. */
  findings?: EvidenceObject;
  /** Subjects by control and result, and the thresholds that they were held against. */
  controls?: { thresholds: Thresholds; results: ControlResults[] };
  /** Null for the first run of a bucket. */
  previous: PreviousManifest | null;
}

/** Whose credentials a run holds: those of an organization, or of one account by itself. */
export interface Subject {
  kind: "organization" | "account";
  /** Id of either. */
  id: string;
}

/** Whose run it is. */
export function subjectOf({ organizationId, accounts }: Pick<Manifest, "organizationId" | "accounts">): Subject {
  return organizationId === null
    ? { kind: "account", id: accounts[0]?.accountId ?? "" }
    : { kind: "organization", id: organizationId };
}

/** Counts the states of `accounts`. */
export function countAccounts(accounts: readonly AccountRecord[]): AccountCounts {
  const counts: AccountCounts = { listed: accounts.length, inScope: 0, collected: 0, notCollected: 0, outOfScope: 0 };
  for (const account of accounts) {
    counts[account.state] += 1;
    if (account.state !== "outOfScope") counts.inScope += 1;
  }
  return counts;
}
