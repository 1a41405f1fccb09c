import { bucketArn } from "./arn";
import { bucketDenials, permanence } from "./bucketDenials";
import { policyDocument, type PolicyDocument } from "./policyDocument";
import { readersPolicy } from "./readersPolicy";
import { REPLICA_ENCRYPTION } from "./reportKeyPolicy";

/** What the replication of the evidence to a second Region depends on. */
export interface ReplicationPolicyInput {
  partition: string;
  dnsSuffix: string;
  /** Account that owns both buckets and the role. */
  accountId: string;
  sourceBucketName: string;
  sourceRegion: string;
  sourceKeyArn: string;
  replicaBucketName: string;
  replicaRegion: string;
  replicaKeyArn: string;
  /** Objects are locked, and the lock goes with them. */
  locked: boolean;
}

/**
 * Who may assume the role of the replication: S3, for the one bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 */
export function replicationTrustPolicy({
  partition,
  accountId,
  sourceBucketName,
}: Pick<ReplicationPolicyInput, "partition" | "accountId" | "sourceBucketName">): PolicyDocument {
  return policyDocument({
    Sid: "S3ForTheEvidence",
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnEquals: { "aws:SourceArn": bucketArn(partition, sourceBucketName) },
    },
  });
}

/**
 * What the role may do: read versions of the one bucket, add them to the other, decrypt with the one key and encrypt with the other, each
 * through S3 of its Region and for its bucket. It cannot delete, nor carry deletions over.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
 */
export function replicationPolicy(input: ReplicationPolicyInput): PolicyDocument {
  const { partition, dnsSuffix, accountId } = input;
  const source = bucketArn(partition, input.sourceBucketName);
  const replica = bucketArn(partition, input.replicaBucketName);
  const ofThisAccount = { StringEquals: { "aws:ResourceAccount": accountId } };
  // with bucket keys, the encryption context is the bucket
  const through = (region: string, bucket: string) => ({
    StringEquals: { "kms:ViaService": `s3.${region}.${dnsSuffix}`, "kms:EncryptionContext:aws:s3:arn": bucket },
  });
  return policyDocument(
    {
      Sid: "ReadConfiguration",
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: source,
      Condition: ofThisAccount,
    },
    {
      Sid: "ReadVersions",
      Effect: "Allow",
      Action: [
        ...(input.locked ? ["s3:GetObjectLegalHold", "s3:GetObjectRetention"] : []),
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
      ],
      Resource: `${source}/*`,
      Condition: ofThisAccount,
    },
    {
      Sid: "AddToReplica",
      Effect: "Allow",
      Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: `${replica}/*`,
      Condition: ofThisAccount,
    },
    {
      Sid: "DecryptSource",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: input.sourceKeyArn,
      Condition: through(input.sourceRegion, source),
    },
    {
      Sid: "EncryptReplica",
      Effect: "Allow",
      Action: REPLICA_ENCRYPTION,
      Resource: input.replicaKeyArn,
      Condition: through(input.replicaRegion, replica),
    },
  );
}

/** What the policy of the replica's bucket depends on. */
export interface ReplicaBucketPolicyInput {
  partition: string;
  bucketName: string;
  /** The only key that objects may be encrypted with. */
  keyArn: string;
  /** The role of the replication, which alone writes. */
  replicationRoleArn: string;
  /** Roles that may read and list the replica. */
  readerRoleArns: readonly string[];
}

/**
 * The policy of the bucket that holds the replica: nobody puts, only the replication adds, nobody deletes or sets tags, not even the
 * account's administrators before they change this policy. The role's own policy lets it add: role and bucket are of one account.
 */
export function replicaBucketPolicy(input: ReplicaBucketPolicyInput): PolicyDocument {
  const bucket = bucketArn(input.partition, input.bucketName);
  const everybody = { Effect: "Deny", Principal: "*", Resource: `${bucket}/*` } as const;
  return policyDocument(
    ...bucketDenials(bucket, input.keyArn),
    {
      Sid: "DenyPuts",
      ...everybody,
      Action: [
        "s3:DeleteObjectTagging",
        "s3:DeleteObjectVersionTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
        "s3:ReplicateDelete",
      ],
    },
    {
      Sid: "DenyReplicationByOthers",
      ...everybody,
      Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
      Condition: { ArnNotEquals: { "aws:PrincipalArn": input.replicationRoleArn } },
    },
    ...permanence(`${bucket}/*`),
    ...readersPolicy(input.partition, bucket, input.readerRoleArns),
  );
}
