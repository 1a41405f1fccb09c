import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BUCKET_GUARDS, guardBucket, type BucketGuardChildren } from "./bucketGuards";
import { providerContext } from "./providerContext";
import { queryResultsBucketPolicy } from "./queryResultsBucketPolicy";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link QueryResultsBucket}, with their arguments. */
export interface QueryResultsBucketChildren extends BucketGuardChildren {
  bucket: aws.s3.BucketArgs;
  lifecycle: aws.s3.BucketLifecycleConfigurationArgs;
  policy: aws.s3.BucketPolicyArgs;
}

/** Arguments of {@link QueryResultsBucket}. */
export interface QueryResultsBucketArgs {
  /** Name of the bucket, unique in the partition. */
  bucketName: pulumi.Input<string>;
  /** Key of the security account that encrypts the evidence, and the answers drawn from it. */
  keyArn: pulumi.Input<string>;
  /** Roles that may ask, and read the answers. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Days after which answers expire; each can be had again by asking again. */
  retentionDays: number;
  /** Tags of the bucket. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<QueryResultsBucketChildren>;
}

/**
 * The bucket for what queries answered: closed to the public, over TLS only, encrypted with the key of the evidence, for the
 * readers of the evidence only, emptied by its life cycle.
 */
export class QueryResultsBucket extends pulumi.ComponentResource {
  /** Name of the bucket, known once everything that guards its objects is in place. */
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: QueryResultsBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:QueryResultsBucket", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<QueryResultsBucketChildren>(
      `QueryResultsBucket ${name}`,
      ["bucket", ...BUCKET_GUARDS, "lifecycle", "policy"],
      args.transform,
    );
    // Answers are no evidence: they may go with the bucket.
    const bucket = make(
      "bucket",
      aws.s3.Bucket,
      name,
      { bucket: args.bucketName, forceDestroy: true, tags: args.tags },
      child,
    );
    const { encryption, ownership, publicAccess } = guardBucket(name, bucket.bucket, args.keyArn, child, make);
    const expiry = make(
      "lifecycle",
      aws.s3.BucketLifecycleConfiguration,
      name,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "results",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days: args.retentionDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      child,
    );
    const policy = make(
      "policy",
      aws.s3.BucketPolicy,
      name,
      {
        bucket: bucket.bucket,
        policy: pulumi
          .all([pulumi.output(providerContext(child)), args.bucketName, args.keyArn, args.readerRoleArns])
          .apply(([{ partition }, bucketName, keyArn, readerRoleArns]) =>
            JSON.stringify(queryResultsBucketPolicy({ partition, bucketName, keyArn, readerRoleArns })),
          ),
      },
      { ...child, dependsOn: [publicAccess] },
    );
    const ready = pulumi.all([encryption.id, ownership.id, expiry.id, policy.id]);
    this.bucketName = pulumi.all([bucket.bucket, ready]).apply(([bucketName]) => bucketName);
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
