import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { MakeChild } from "./transform";

/**
 * What every bucket of these stacks has in common: one key, one owner, nothing public, TLS only.
 */

/** Children of a component with a guarded bucket, with their arguments. */
export interface BucketGuardChildren {
  encryption: aws.s3.BucketServerSideEncryptionConfigurationArgs;
  ownership: aws.s3.BucketOwnershipControlsArgs;
  publicAccess: aws.s3.BucketPublicAccessBlockArgs;
}

/** The members of {@link BucketGuardChildren}. */
export const BUCKET_GUARDS = ["encryption", "ownership", "publicAccess"] as const;

/** Resources that a bucket is not ready without. */
export interface BucketGuards {
  encryption: aws.s3.BucketServerSideEncryptionConfiguration;
  ownership: aws.s3.BucketOwnershipControls;
  /** The bucket's policy waits for it. */
  publicAccess: aws.s3.BucketPublicAccessBlock;
}

/**
 * Encrypts what is put into a bucket with one key by default, gives all of it to the bucket's owner, and closes it to the public.
 *
 * @param keyArn The key; undefined for the one that AWS manages for S3 in the bucket's account.
 * @param region Region of the bucket; that of the provider by default.
 */
export function guardBucket(
  name: string,
  bucket: pulumi.Input<string>,
  keyArn: pulumi.Input<string> | undefined,
  child: pulumi.CustomResourceOptions,
  make: MakeChild<BucketGuardChildren>,
  region?: pulumi.Input<string>,
): BucketGuards {
  const byDefault = { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn };
  return {
    encryption: make(
      "encryption",
      aws.s3.BucketServerSideEncryptionConfiguration,
      name,
      { bucket, rules: [{ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled: true }], region },
      child,
    ),
    ownership: make(
      "ownership",
      aws.s3.BucketOwnershipControls,
      name,
      { bucket, rule: { objectOwnership: "BucketOwnerEnforced" }, region },
      child,
    ),
    publicAccess: make(
      "publicAccess",
      aws.s3.BucketPublicAccessBlock,
      name,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
        region,
      },
      child,
    ),
  };
}
