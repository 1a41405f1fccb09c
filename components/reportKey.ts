import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { providerContext } from "./providerContext";
import { reportKeyPolicy } from "./reportKeyPolicy";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link ReportKey}, with their arguments. */
export interface ReportKeyChildren {
  key: aws.kms.KeyArgs;
  alias: aws.kms.AliasArgs;
}

/** Arguments of {@link ReportKey}. */
export interface ReportKeyArgs {
  /** Name of the alias, without `alias/`. @example "iam-credential-reports" */
  alias: pulumi.Input<string>;
  /** Account in which the collector runs: the management account. */
  collectorAccountId: pulumi.Input<string>;
  /** Name of the collector's role in that account; it need not exist yet. */
  collectorRoleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. @example "/security/" */
  collectorRolePath?: pulumi.Input<string>;
  /** Bucket that the key serves; it need not exist yet. */
  bucketName: pulumi.Input<string>;
  /** Roles that may decrypt what the bucket holds, for auditors. None: nobody can read the evidence. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Bucket where readers keep what their queries answered; none: they cannot. It need not exist yet. */
  resultsBucketName?: pulumi.Input<string>;
  /** The role that S3 replicates the bucket to a second Region with; none by default. It need not exist yet. */
  replicationRoleArn?: pulumi.Input<string>;
  /** Days between scheduling the key's deletion and losing it, 7 to 30. */
  deletionWindowInDays: pulumi.Input<number>;
  /** Refuse to delete the key: without it, none of the evidence can be read. */
  protect: boolean;
  /** Tags of the key. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<ReportKeyChildren>;
}

/**
 * The customer managed key of the security account that encrypts every report: rotated each year, with an alias, usable by
 * the collector and the named readers through S3 for one bucket only.
 *
 * @example new ReportKey("report-key", { alias: "iam-credential-reports", collectorAccountId: "111122223333", … })
 */
export class ReportKey extends pulumi.ComponentResource {
  /** ARN of the key, for the bucket and the collector. */
  readonly keyArn: pulumi.Output<string>;
  /** Alias with its prefix, as in `alias/iam-credential-reports`. */
  readonly keyAlias: pulumi.Output<string>;

  constructor(name: string, args: ReportKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:ReportKey", name, {}, opts);
    const make = childMaker<ReportKeyChildren>(`ReportKey ${name}`, ["key", "alias"], args.transform);
    const context = pulumi.output(providerContext({ parent: this }));
    const policy = pulumi
      .all([
        context,
        args.collectorAccountId,
        args.collectorRoleName,
        args.bucketName,
        args.readerRoleArns,
        args.resultsBucketName,
        pulumi.all([args.collectorRolePath, args.replicationRoleArn]),
      ])
      .apply(([where, collectorAccountId, collectorRoleName, bucketName, readerRoleArns, resultsBucketName, more]) =>
        JSON.stringify(
          reportKeyPolicy({
            partition: where.partition,
            region: where.region,
            dnsSuffix: where.dnsSuffix,
            securityAccountId: where.accountId,
            collectorAccountId,
            collectorRoleName,
            collectorRolePath: more[0],
            bucketName,
            readerRoleArns,
            ...(resultsBucketName && { resultsBucketName }),
            ...(more[1] && { replicationRoleArn: more[1] }),
          }),
        ),
      );

    const key = make(
      "key",
      aws.kms.Key,
      name,
      {
        description: "Encrypts the IAM credential reports of the organization",
        enableKeyRotation: true,
        deletionWindowInDays: args.deletionWindowInDays,
        policy,
        tags: args.tags,
      },
      { parent: this, protect: args.protect },
    );
    const alias = make(
      "alias",
      aws.kms.Alias,
      name,
      { name: pulumi.interpolate`alias/${args.alias}`, targetKeyId: key.keyId },
      { parent: this },
    );

    this.keyArn = key.arn;
    this.keyAlias = alias.name;
    this.registerOutputs({ keyArn: this.keyArn, keyAlias: this.keyAlias });
  }
}
