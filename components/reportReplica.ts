import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { retentionDaysOf } from "../report/retention";
import { bucketArn, roleArn } from "./arn";
import { EVIDENCE_BUCKET, makeEvidenceBucket, type EvidenceBucketChildren, type ObjectLock } from "./evidenceBucket";
import { REPLICATED } from "./layout";
import { boundaryArn } from "./permissionsBoundary";
import { providerContext } from "./providerContext";
import { replicaBucketPolicy, replicationPolicy, replicationTrustPolicy } from "./replicationPolicy";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link ReportReplica}, with their arguments. */
export interface ReportReplicaChildren extends EvidenceBucketChildren {
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  replication: aws.s3.BucketReplicationConfigArgs;
}

/** Arguments of {@link ReportReplica}. */
export interface ReportReplicaArgs {
  /** Region of the replica; another than that of the evidence. @example "eu-west-1" */
  region: string;
  /** Name of the replica's bucket, unique in the partition. */
  bucketName: pulumi.Input<string>;
  /** Key of the security account in that Region, which encrypts the replica. */
  keyArn: pulumi.Input<string>;
  /** Bucket of the evidence, of the same account, versioned. */
  sourceBucketName: pulumi.Input<string>;
  /** Key that encrypts the evidence. */
  sourceKeyArn: pulumi.Input<string>;
  /** Name of the role that S3 replicates with; both keys name it. */
  roleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary of that role: the name of a managed policy of the account, or the ARN of one of AWS's own. */
  permissionsBoundary?: pulumi.Input<string>;
  /** Roles that may read and list the replica, for auditors. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** As of the evidence: days after which everything expires; 0 is never. */
  retentionDays: number;
  /** As of the evidence: days after which raw reports expire, if earlier. */
  rawRetentionDays?: number;
  /** As of the evidence: days after which what is made of them expires, if earlier. */
  consolidatedRetentionDays?: number;
  /** As of the evidence: what is locked goes into a bucket with Object Lock only. */
  objectLock?: ObjectLock;
  /** Refuse to delete the bucket, or anything in it together with the bucket. */
  protect: boolean;
  /** Tags of bucket and role. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<ReportReplicaChildren>;
}

/**
 * A replica of the evidence in a second Region: a bucket with the guards of the first, that nothing but S3's replication writes to, and
 * the replication of everything that is put into the first from then on. Deletions are not carried over.
 *
 * @example new ReportReplica("report-replica", { region: "eu-west-1", bucketName: "…", sourceBucketName: bucket.bucketName, … })
 */
export class ReportReplica extends pulumi.ComponentResource {
  /** Name of the replica's bucket, known once the evidence is replicated to it. */
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: ReportReplicaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:ReportReplica", name, {}, opts);
    const child = { parent: this };
    const where = pulumi.output(providerContext(child));
    const roles = [...EVIDENCE_BUCKET, "role", "rolePolicy", "replication"] as const;
    const make = childMaker<ReportReplicaChildren>(`ReportReplica ${name}`, roles, args.transform);
    const known = pulumi.all([where, args.bucketName, args.keyArn, args.roleName, args.rolePath, args.readerRoleArns]);
    const { bucket, versioning, ready } = makeEvidenceBucket(
      name,
      {
        ...args,
        retentionDays: retentionDaysOf({ rawRetentionDays: 0, consolidatedRetentionDays: 0, ...args }),
        policy: known.apply(([{ partition, accountId }, bucketName, keyArn, roleName, path, readerRoleArns]) =>
          JSON.stringify(
            replicaBucketPolicy({
              partition,
              bucketName,
              keyArn,
              replicationRoleArn: roleArn(partition, accountId, roleName, path),
              readerRoleArns,
            }),
          ),
        ),
      },
      child,
      make,
    );
    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: args.roleName,
        path: args.rolePath,
        permissionsBoundary: boundaryArn(where, args.permissionsBoundary),
        description: "Replicates the IAM credential reports of the organization to a second Region",
        assumeRolePolicy: pulumi
          .all([where, args.sourceBucketName])
          .apply(([{ partition, accountId }, sourceBucketName]) =>
            JSON.stringify(replicationTrustPolicy({ partition, accountId, sourceBucketName })),
          ),
        tags: args.tags,
      },
      child,
    );
    const rolePolicy = make(
      "rolePolicy",
      aws.iam.RolePolicy,
      name,
      {
        name: "replicate",
        role: role.name,
        policy: pulumi
          .all([where, args.sourceBucketName, args.sourceKeyArn, args.bucketName, args.keyArn])
          .apply(([place, sourceBucketName, sourceKeyArn, replicaBucketName, replicaKeyArn]) =>
            JSON.stringify(
              replicationPolicy({
                partition: place.partition,
                dnsSuffix: place.dnsSuffix,
                accountId: place.accountId,
                sourceBucketName,
                sourceRegion: place.region,
                sourceKeyArn,
                replicaBucketName,
                replicaRegion: args.region,
                replicaKeyArn,
                locked: args.objectLock !== undefined,
              }),
            ),
          ),
      },
      child,
    );
    const destination = pulumi
      .all([where, args.bucketName])
      .apply(([{ partition }, bucketName]) => bucketArn(partition, bucketName));
    const replication = make(
      "replication",
      aws.s3.BucketReplicationConfig,
      name,
      { bucket: args.sourceBucketName, role: role.arn, rules: replicationRules(destination, args.keyArn) },
      { ...child, dependsOn: [bucket, versioning, rolePolicy] },
    );
    this.bucketName = pulumi.all([bucket.bucket, ready, replication.id]).apply(([bucketName]) => bucketName);
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }
}

/** What is replicated: the evidence and the pointer to it, encrypted anew; not what runs leave for themselves, and no deletions. */
function replicationRules(
  destination: pulumi.Input<string>,
  replicaKmsKeyId: pulumi.Input<string>,
): aws.types.input.s3.BucketReplicationConfigRule[] {
  return REPLICATED.map((prefix, index) => ({
    id: prefix.replace(/\W/g, "-").replace(/-$/, ""),
    priority: index + 1,
    status: "Enabled",
    filter: { prefix },
    deleteMarkerReplication: { status: "Disabled" },
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
    destination: { bucket: destination, encryptionConfiguration: { replicaKmsKeyId } },
  }));
}
