import type { Thresholds } from "../report/controls";
import type { ControlException } from "../report/exceptions";
import type { OpenedFindings } from "../report/events/eventTypes";
import type { AccountCounts } from "../report/manifest";

/** What drives a run of the deployed collector. */
export type CollectorEngine = "lambda" | "stepfunctions";

/** Batches where nothing else is asked for. */
export const BATCH_DEFAULTS = { batchSize: 25, batchConcurrency: 40, runTimeoutMinutes: 180 };

/**
 * What the deployed collector knows of its surroundings. Plain JSON: the Pulumi callback captures it.
 */
export interface CollectorSettings {
  /** `aws`, `aws-us-gov` or `aws-cn`; taken from the provider. */
  partition: string;
  /** Account that the collector runs in: it is read with the collector's own credentials, every other by the member role. */
  accountId: string;
  /** The account is in no organization: it is the only one, and Organizations is never asked. */
  standalone: boolean;
  /** Region of the bucket and the key. */
  region: string;
  /** Name of the role that the collector assumes in each member account. */
  memberRoleName: string;
  /** Path of that role; `/` by default. */
  memberRolePath?: string;
  /** `sts:ExternalId` that the member roles ask for, or none. */
  externalId?: string;
  /** Bucket of the log-archive account. */
  bucketName: string;
  /** Account that owns the bucket: requests to a bucket of another owner are refused (`ExpectedBucketOwner`). */
  bucketOwner: string;
  /** ARN of the KMS key that encrypts every object. */
  keyArn: string;
  /** ARN of the asymmetric KMS key that signs manifests; without it they are not signed. */
  signingKeyArn?: string;
  /** Topic that gets the summary of each run; without it, no report is delivered. */
  alertsTopicArn?: string;
  /** Where events go, and whether findings that opened are among them; without it, there are none. */
  events?: { busArn: string; findings: boolean };
  /** Import the findings of each account into its Security Hub, in the Region of the function; without it, none are. */
  securityHub?: { region: string; dnsSuffix: string };
  /**
   * Accounts to collect; all if empty. A selector is an account id (`111122223333`), an organizational unit with all below it,
   * by id (`ou-ab12-11111111`) or by path as in the manifest (`Root/Workloads`), or a tag of the account (`tag:Key=Value`, or
   * `tag:Key` for any value).
   */
  include: string[];
  /** Accounts to leave out, in the same words; stronger than `include`. */
  exclude: string[];
  /** Calls under way at the same time, at least 1. */
  concurrency: number;
  /** Sessions begun in a second. The quota of STS is 600 an account and Region; other callers need some of it. */
  stsPerSecond: number;
  /** Reports that AWS may be making for this run at the same time. Fewer where AWS refuses more: the run finds that out. */
  generating: number;
  /** What drives a run: one invocation of the function, or a state machine that calls it step by step; `lambda` by default. */
  engine?: CollectorEngine;
  /** With `stepfunctions`, the accounts that one step asks. */
  batchSize?: number;
  /** With `stepfunctions`, the longest run in minutes. */
  runTimeoutMinutes?: number;
  /** With `stepfunctions`, the most batches that are asked at the same time. */
  batchConcurrency?: number;
  /** What the controls are held against. */
  thresholds: Thresholds;
  /** Findings that are accepted for a time, as the delivered report and events tell them apart; none by default. */
  exceptions?: ControlException[];
}

/** What a run answers that did not begin, because another is going on. */
export interface Refusal {
  refused: "RunInProgress";
  /** Which run is going on, until when at most, and what to do. */
  message: string;
  /** That run; times in ISO 8601. `holder` is the id of its Lambda request, or the ARN of its execution. */
  running: { runId: string; startedAt: string; expiresAt: string; holder: string };
}

/** What one invocation of the collector answers, and what `collect` prints. */
export interface RunSummary {
  runId: string;
  /** Every account in scope was collected. */
  complete: boolean;
  accounts: AccountCounts;
  /** Rows of the consolidated CSV without its header. */
  rows: number;
  bucket: string;
  /** Key of the manifest in the bucket. */
  manifestKey: string;
  manifestSha256: string;
  /** The accounts in scope that are missing; the first hundred, the manifest has all. */
  missing: { accountId: string; accountName: string; step: string; code: string; message: string; remedy: string }[];
  /** Requests sent to AWS, those that failed and were sent again included. */
  apiCalls: number;
  /** Accounts among the missing that the run did not get to, because its time was over. */
  unreached: number;
  /** Wall time of the run. */
  seconds: number;
  /** What became of the run's events, where there are any. */
  announcement?: Announcement;
  /** What became of the import into Security Hub, where there is one. */
  securityHub?: SecurityHubImport;
  /** What became of the report, where it is delivered. */
  delivery?: Delivery;
}

/** What became of the events of a run. The evidence stands whatever this says. */
export interface Announcement {
  /** Events that EventBridge took. */
  sent: number;
  /** Findings that opened since the run before; null where the run was not compared. */
  opened: OpenedFindings | null;
  /** What went wrong, in words; absent if nothing did. */
  problem?: string;
}

/** What became of the findings of a run in the accounts' Security Hubs. The evidence stands whatever this says. */
export interface SecurityHubImport {
  /** Accounts whose findings were all imported. */
  accounts: number;
  /** Findings that were imported, passed ones among them. */
  findings: number;
  accountsNotImported: number;
  /** Accounts that lack findings, and why; the first hundred in order of account id, the log has all. */
  notImported: { accountId: string; code: string; message: string }[];
}

/** What became of the report of a run. The evidence stands whatever this says. */
export interface Delivery {
  /** Key of the page in the bucket; null where it could not be made or stored. */
  page: string | null;
  /** The summary went to the topic. */
  published: boolean;
  /** What went wrong, in words; absent if nothing did. */
  problem?: string;
}
