import {
  DisableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  DeletePublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { errorName } from "../emulation/emulatedAws";

/** An object of the evidence, and the version that the run put. */
export interface Target {
  Bucket: string;
  Key: string;
  VersionId: string;
}

/** What came of each attempt, by what was tried: the SDK's name of the error, or `none`. */
export type Outcomes = Record<string, string>;

async function outcomesOf(attempts: Readonly<Record<string, () => Promise<unknown>>>): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await errorName(attempt());
  return outcomes;
}

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" }],
});

/** Every way to alter, replace or take away an object of the evidence, one after the other. */
export function tryObject(s3: S3Client, target: Target): Promise<Outcomes> {
  const { Bucket, Key, VersionId } = target;
  const at = { Bucket, Key };
  const upload = async (): Promise<void> => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const part = { ...at, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: "forged" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  };
  const Tagging = { TagSet: [{ Key: "evidence-kind", Value: "page" }] };
  const [past, future] = ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"].map((time) => new Date(time));
  return outcomesOf({
    "put a new object": () =>
      s3.send(new PutObjectCommand({ ...at, Key: `${Key}.more`, Body: "forged", IfNoneMatch: "*" })),
    overwrite: () => s3.send(new PutObjectCommand({ ...at, Body: "forged" })),
    "overwrite if there is none": () => s3.send(new PutObjectCommand({ ...at, Body: "forged", IfNoneMatch: "*" })),
    "overwrite in parts": upload,
    "copy onto itself": () =>
      s3.send(new CopyObjectCommand({ ...at, CopySource: `${Bucket}/${Key}`, MetadataDirective: "REPLACE" })),
    "copy elsewhere within": () =>
      s3.send(new CopyObjectCommand({ ...at, Key: `${Key}.copy`, CopySource: `${Bucket}/${Key}` })),
    delete: () => s3.send(new DeleteObjectCommand(at)),
    "delete the version": () => s3.send(new DeleteObjectCommand(target)),
    "delete the version past its lock": () =>
      s3.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention: true })),
    "delete many": async () => {
      const { Errors: [first] = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } }),
      );
      if (first) throw Object.assign(new Error(first.Message), { name: first.Code });
    },
    tag: () => s3.send(new PutObjectTaggingCommand({ ...at, Tagging })),
    "take tags away": () => s3.send(new DeleteObjectTaggingCommand(at)),
    restore: () => s3.send(new RestoreObjectCommand({ ...at, RestoreRequest: { Days: 1 } })),
    "hold for ever": () => s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: "ON" } })),
    "let go of a hold": () => s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: "OFF" } })),
    "shorten the lock": () =>
      s3.send(
        new PutObjectRetentionCommand({
          ...target,
          Retention: { Mode: "GOVERNANCE", RetainUntilDate: past },
          BypassGovernanceRetention: true,
        }),
      ),
    "lengthen the lock": () =>
      s3.send(new PutObjectRetentionCommand({ ...target, Retention: { Mode: "COMPLIANCE", RetainUntilDate: future } })),
    "give access by an ACL": () => s3.send(new PutObjectAclCommand({ ...at, ACL: "public-read-write" })),
  });
}

/** Every way to change how a bucket keeps what is in it. */
export function tryBucket(s3: S3Client, Bucket: string): Promise<Outcomes> {
  const at = { Bucket };
  const rule = { Status: "Enabled", Filter: { Prefix: "" } } as const;
  return outcomesOf({
    "replace the policy": () => s3.send(new PutBucketPolicyCommand({ ...at, Policy: POLICY })),
    "remove the policy": () => s3.send(new DeleteBucketPolicyCommand(at)),
    "expire everything": () =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          ...at,
          LifecycleConfiguration: { Rules: [{ ...rule, ID: "all", Expiration: { Days: 1 } }] },
        }),
      ),
    "remove the life cycle": () => s3.send(new DeleteBucketLifecycleCommand(at)),
    "suspend versioning": () =>
      s3.send(new PutBucketVersioningCommand({ ...at, VersioningConfiguration: { Status: "Suspended" } })),
    "encrypt otherwise": () =>
      s3.send(
        new PutBucketEncryptionCommand({
          ...at,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
        }),
      ),
    "remove the encryption": () => s3.send(new DeleteBucketEncryptionCommand(at)),
    "replicate elsewhere": () =>
      s3.send(
        new PutBucketReplicationCommand({
          ...at,
          ReplicationConfiguration: {
            Role: "arn:aws:iam::111122223333:role/thief",
            Rules: [
              {
                ...rule,
                ID: "out",
                Priority: 1,
                DeleteMarkerReplication: { Status: "Disabled" },
                Destination: { Bucket: "arn:aws:s3:::elsewhere" },
              },
            ],
          },
        }),
      ),
    "stop the replication": () => s3.send(new DeleteBucketReplicationCommand(at)),
    "loosen the lock": () =>
      s3.send(
        new PutObjectLockConfigurationCommand({ ...at, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
      ),
    "open it to the public": () => s3.send(new DeletePublicAccessBlockCommand(at)),
    "give access by an ACL": () => s3.send(new PutBucketAclCommand({ ...at, ACL: "public-read-write" })),
    "let writers own what they put": () =>
      s3.send(
        new PutBucketOwnershipControlsCommand({
          ...at,
          OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
        }),
      ),
    "delete the bucket": () => s3.send(new DeleteBucketCommand(at)),
  });
}

/** Every way to make the evidence unreadable by its key. */
export function tryKey(kms: KMSClient, KeyId: string): Promise<Outcomes> {
  return outcomesOf({
    "disable the key": () => kms.send(new DisableKeyCommand({ KeyId })),
    "delete the key": () => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    "replace the key's policy": () => kms.send(new PutKeyPolicyCommand({ KeyId, Policy: POLICY })),
  });
}

/** Those that did not end in a refusal, as `what: outcome`. */
export function notRefused(outcomes: Outcomes): string[] {
  return Object.entries(outcomes).flatMap(([what, outcome]) =>
    /^AccessDenied(Exception)?$/.test(outcome) ? [] : [`${what}: ${outcome}`],
  );
}
