import type { AccountCounts } from "../report/manifest";

/**
 * What the deployed collector knows of its surroundings. Plain JSON: the Pulumi callback captures it.
 */
export interface CollectorSettings {
  /** `aws`, `aws-us-gov` or `aws-cn`; taken from the provider. */
  partition: string;
  /** Region of the bucket and the key. */
  region: string;
  /** Name of the role that the collector assumes in each member account. */
  memberRoleName: string;
  /** `sts:ExternalId` that the member roles ask for, or none. */
  externalId?: string;
  /** Bucket of the log-archive account. */
  bucketName: string;
  /** Account that owns the bucket: requests to a bucket of another owner are refused (`ExpectedBucketOwner`). */
  bucketOwner: string;
  /** ARN of the KMS key that encrypts every object. */
  keyArn: string;
  /** Accounts in work at the same time. */
  concurrency: number;
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
  /** Wall time of the run. */
  seconds: number;
}
