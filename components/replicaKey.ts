import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { providerContext } from "./providerContext";
import type { ReportKeyChildren } from "./reportKey";
import { replicaKeyPolicy } from "./reportKeyPolicy";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link ReplicaKey}, with their arguments. */
export type ReplicaKeyChildren = ReportKeyChildren;

/** Arguments of {@link ReplicaKey}. */
export interface ReplicaKeyArgs {
  /** Region of the key and of the replica. @example "eu-west-1" */
  region: string;
  /** Name of the alias, without `alias/`. @example "iam-credential-reports" */
  alias: pulumi.Input<string>;
  /** Bucket of the replica; it need not exist yet. */
  bucketName: pulumi.Input<string>;
  /** The role that S3 replicates with; it need not exist yet. */
  replicationRoleArn: pulumi.Input<string>;
  /** Roles that may decrypt the replica, for auditors. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Days between scheduling the key's deletion and losing it, 7 to 30. */
  deletionWindowInDays: pulumi.Input<number>;
  /** Refuse to delete the key: without it, the replica cannot be read. */
  protect: boolean;
  /** Tags of the key. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<ReplicaKeyChildren>;
}

/**
 * The key of the security account, in a second Region, that encrypts the replica of the evidence: rotated each year, usable by the
 * replication and the readers, through S3 of that Region, for that bucket. The collector cannot use it.
 *
 * @example new ReplicaKey("replica-key", { region: "eu-west-1", alias: "iam-credential-reports", bucketName: "…", … })
 */
export class ReplicaKey extends pulumi.ComponentResource {
  /** ARN of the key, for the bucket of the replica. */
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: ReplicaKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:ReplicaKey", name, {}, opts);
    const make = childMaker<ReplicaKeyChildren>(`ReplicaKey ${name}`, ["key", "alias"], args.transform);
    const where = pulumi.output(providerContext({ parent: this }));
    const policy = pulumi
      .all([where, args.bucketName, args.replicationRoleArn, args.readerRoleArns])
      .apply(([{ partition, dnsSuffix, accountId }, bucketName, replicationRoleArn, readerRoleArns]) =>
        JSON.stringify(
          replicaKeyPolicy({
            partition,
            region: args.region,
            dnsSuffix,
            securityAccountId: accountId,
            bucketName,
            replicationRoleArn,
            readerRoleArns,
          }),
        ),
      );
    const key = make(
      "key",
      aws.kms.Key,
      name,
      {
        description: "Encrypts the replica of the IAM credential reports of the organization",
        enableKeyRotation: true,
        deletionWindowInDays: args.deletionWindowInDays,
        policy,
        region: args.region,
        tags: args.tags,
      },
      { parent: this, protect: args.protect },
    );
    make(
      "alias",
      aws.kms.Alias,
      name,
      { name: pulumi.interpolate`alias/${args.alias}`, targetKeyId: key.keyId, region: args.region },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}
