import * as pulumi from "@pulumi/pulumi";
import { retentionDaysOf } from "../report/retention";
import type { CollectorEngine } from "../runtime/settings";
import { EVIDENCE_BUCKET, makeEvidenceBucket, type EvidenceBucketChildren, type ObjectLock } from "./evidenceBucket";
import { providerContext } from "./providerContext";
import { reportBucketPolicy } from "./reportBucketPolicy";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link ReportBucket}, with their arguments. */
export type ReportBucketChildren = EvidenceBucketChildren;

/** Arguments of {@link ReportBucket}. */
export interface ReportBucketArgs {
  /** Name of the bucket, unique in the partition. @example "iam-credential-reports-333344445555-eu-central-1" */
  bucketName: pulumi.Input<string>;
  /** Key of the security account that encrypts every object; in the Region of the bucket. */
  keyArn: pulumi.Input<string>;
  /** Organization that the collector must belong to, or `none` where its account is in none. @example "o-exampleorgid" */
  organizationId: pulumi.Input<string>;
  /** Account in which the collector runs. */
  collectorAccountId: pulumi.Input<string>;
  /** Name of the collector's role in that account; it need not exist yet. */
  collectorRoleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. @example "/security/" */
  collectorRolePath?: pulumi.Input<string>;
  /** Roles that may read and list the evidence, for auditors. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Let the collector read consolidated files, of which it makes the page that it delivers; false by default. */
  deliverReports?: boolean;
  /** The same, of which it tells which findings opened; false by default. */
  announceFindings?: boolean;
  /** What drives the runs: with `stepfunctions` the collector keeps work objects in the bucket and reads raw reports back; `lambda` by default. */
  engine?: CollectorEngine;
  /** Days after which evidence expires, its old versions too; 0 keeps it for ever. */
  retentionDays: number;
  /** Days after which raw reports expire, if earlier; 0, the default, sets no earlier day. */
  rawRetentionDays?: number;
  /** The same for what is made of them: consolidated CSV, typed file, findings, page. */
  consolidatedRetentionDays?: number;
  /** S3 Object Lock for everything that is put; none by default. It is decided when the bucket is made. */
  objectLock?: ObjectLock;
  /** Refuse to delete the bucket, or anything in it together with the bucket. */
  protect: boolean;
  /** Tags of the bucket. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<ReportBucketChildren>;
}

/**
 * The bucket of the log-archive account that keeps the evidence: encrypted with one key, versioned, closed to the public,
 * owned by its account alone, reachable over TLS only, written by the collector only.
 *
 * @example new ReportBucket("report-bucket", { bucketName: "…", keyArn: "arn:…", organizationId: "o-exampleorgid", … })
 */
export class ReportBucket extends pulumi.ComponentResource {
  /** Name of the bucket, known once its policy, encryption and versioning are in place. */
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: ReportBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:ReportBucket", name, {}, opts);
    const make = childMaker<ReportBucketChildren>(`ReportBucket ${name}`, EVIDENCE_BUCKET, args.transform);
    const { bucket, ready } = makeEvidenceBucket(
      name,
      {
        ...args,
        retentionDays: retentionDaysOf({ rawRetentionDays: 0, consolidatedRetentionDays: 0, ...args }),
        policy: this.policy(args),
      },
      { parent: this },
      make,
    );
    this.bucketName = pulumi.all([bucket.bucket, ready]).apply(([bucketName]) => bucketName);
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }

  private policy(args: ReportBucketArgs): pulumi.Output<string> {
    return pulumi
      .all([
        pulumi.output(providerContext({ parent: this })),
        args.bucketName,
        args.keyArn,
        args.organizationId,
        args.collectorAccountId,
        args.collectorRoleName,
        args.readerRoleArns,
        args.collectorRolePath,
      ])
      .apply(
        ([where, bucketName, keyArn, organizationId, collectorAccountId, collectorRoleName, readerRoleArns, path]) =>
          JSON.stringify(
            reportBucketPolicy({
              partition: where.partition,
              bucketName,
              keyArn,
              organizationId,
              collectorAccountId,
              collectorRoleName,
              collectorRolePath: path,
              readerRoleArns,
              deliverReports: args.deliverReports ?? false,
              announceFindings: args.announceFindings ?? false,
              engine: args.engine ?? "lambda",
            }),
          ),
      );
  }
}
