import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { RetentionDays } from "../report/retention";
import { BUCKET_GUARDS, guardBucket, type BucketGuardChildren } from "./bucketGuards";
import { lifecycleRules } from "./evidenceLifecycle";
import type { MakeChild } from "./transform";

/**
 * What a bucket for evidence is made of: the one that the collector writes to, and its replica.
 */

/** S3 Object Lock: how long, and how firmly, each object is kept from deletion once it is put. */
export interface ObjectLock {
  /** `governance`: whoever has the right to bypass it may delete all the same; `compliance`: nobody may, not even the account's root user. */
  mode: "governance" | "compliance";
  /** Days for which an object is locked, from when it is put. */
  days: number;
}

/** Children of a component with a bucket for evidence, with their arguments. */
export interface EvidenceBucketChildren extends BucketGuardChildren {
  bucket: aws.s3.BucketArgs;
  versioning: aws.s3.BucketVersioningArgs;
  objectLock: aws.s3.BucketObjectLockConfigurationArgs;
  lifecycle: aws.s3.BucketLifecycleConfigurationArgs;
  policy: aws.s3.BucketPolicyArgs;
}

/** The members of {@link EvidenceBucketChildren}. */
export const EVIDENCE_BUCKET = ["bucket", "versioning", ...BUCKET_GUARDS, "objectLock", "lifecycle", "policy"] as const;

/** What such a bucket depends on. */
export interface EvidenceBucketInput {
  bucketName: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
  /** Region of the bucket; that of the provider by default. */
  region?: pulumi.Input<string>;
  retentionDays: RetentionDays;
  /** None by default; whether there is one is decided when the bucket is made. */
  objectLock?: ObjectLock;
  /** Refuse to delete the bucket, or anything in it together with the bucket. */
  protect: boolean;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The document of the bucket's policy, as JSON text. */
  policy: pulumi.Input<string>;
}

/** A bucket with everything that guards what is in it. */
export interface EvidenceBucket {
  bucket: aws.s3.Bucket;
  versioning: aws.s3.BucketVersioning;
  /** Known once every guard is in place: whoever waits for it may write at once. */
  ready: pulumi.Output<unknown>;
}

/** Makes the bucket and all that belongs to it. */
export function makeEvidenceBucket(
  name: string,
  input: EvidenceBucketInput,
  child: pulumi.CustomResourceOptions,
  make: MakeChild<EvidenceBucketChildren>,
): EvidenceBucket {
  const { region, objectLock } = input;
  const bucket = make(
    "bucket",
    aws.s3.Bucket,
    name,
    {
      bucket: input.bucketName,
      forceDestroy: !input.protect,
      // said at creation, so that no object ever comes in unlocked; silence leaves a bucket of before as it is
      ...(objectLock && { objectLockEnabled: true }),
      tags: input.tags,
      region,
    },
    { ...child, protect: input.protect },
  );
  const versioning = make(
    "versioning",
    aws.s3.BucketVersioning,
    name,
    { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" }, region },
    child,
  );
  const guards = guardBucket(name, bucket.bucket, input.keyArn, child, make, region);
  const lock =
    objectLock &&
    make(
      "objectLock",
      aws.s3.BucketObjectLockConfiguration,
      name,
      {
        bucket: bucket.bucket,
        rule: { defaultRetention: { mode: objectLock.mode.toUpperCase(), days: objectLock.days } },
        region,
      },
      { ...child, dependsOn: [versioning] },
    );
  make(
    "lifecycle",
    aws.s3.BucketLifecycleConfiguration,
    name,
    { bucket: bucket.bucket, rules: lifecycleRules(input.retentionDays), region },
    // S3 refuses two changes of one bucket at once, and rules on old versions want versioning first
    { ...child, dependsOn: [versioning] },
  );
  const policy = make(
    "policy",
    aws.s3.BucketPolicy,
    name,
    { bucket: bucket.bucket, policy: input.policy, region },
    { ...child, dependsOn: [guards.publicAccess] },
  );
  const ready = [versioning.id, guards.encryption.id, guards.ownership.id, policy.id, ...(lock ? [lock.id] : [])];
  return { bucket, versioning, ready: pulumi.all(ready) };
}
