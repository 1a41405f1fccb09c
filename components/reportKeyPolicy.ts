import { accountRootArn, bucketArn, parseArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";

/** What the key policy depends on; all of it is known before any other stack exists. */
export interface ReportKeyPolicyInput {
  partition: string;
  /** Region of the key and of the bucket. */
  region: string;
  dnsSuffix: string;
  /** Account that owns the key. */
  securityAccountId: string;
  /** Account in which the collector runs. */
  collectorAccountId: string;
  collectorRoleName: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
  bucketName: string;
  /** Roles that may decrypt what the bucket holds. */
  readerRoleArns: readonly string[];
  /** Bucket where readers keep what their queries answered, if there is one. */
  resultsBucketName?: string;
  /** The role that S3 replicates the bucket with, if it does. */
  replicationRoleArn?: string;
}

/** What the policy of the replica's key depends on. */
export type ReplicaKeyPolicyInput = Pick<
  ReportKeyPolicyInput,
  "partition" | "region" | "dnsSuffix" | "securityAccountId" | "bucketName" | "readerRoleArns"
> & { replicationRoleArn: string };

/** What encrypting the replica takes; with a bucket key S3 asks for a data key. */
export const REPLICA_ENCRYPTION = ["kms:Encrypt", "kms:GenerateDataKey"];

/** Everything that administers a key, and nothing that uses it: the owner of the key cannot read the evidence. */
export const KEY_ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/**
 * The policy of the key that encrypts the evidence.
 *
 * The collector and the readers use the key through S3 in its own Region and for this one bucket only. Roles are named by a
 * condition on `aws:PrincipalArn`, because a principal that does not exist yet is refused by KMS.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
export function reportKeyPolicy(input: ReportKeyPolicyInput): PolicyDocument {
  const use = throughTheBucket(input);
  const readers = [...input.readerRoleArns].sort();
  return policyDocument(
    administration(input),
    use(
      "CollectorEncryptsThroughS3",
      [input.collectorAccountId],
      [roleArn(input.partition, input.collectorAccountId, input.collectorRoleName, input.collectorRolePath)],
      ["kms:Decrypt", "kms:GenerateDataKey"],
    ),
    input.replicationRoleArn
      ? use(
          "ReplicationDecryptsThroughS3",
          accountsOf([input.replicationRoleArn]),
          [input.replicationRoleArn],
          ["kms:Decrypt"],
        )
      : undefined,
    readers.length > 0 ? use("ReadersDecryptThroughS3", accountsOf(readers), readers, ["kms:Decrypt"]) : undefined,
    readers.length > 0 && input.resultsBucketName
      ? readersKeepResults(input, readers, bucketArn(input.partition, input.resultsBucketName))
      : undefined,
  );
}

/**
 * The policy of the key that encrypts the replica: the replication encrypts with it and cannot decrypt, readers decrypt, each through S3
 * of its Region and for the bucket of the replica.
 */
export function replicaKeyPolicy(input: ReplicaKeyPolicyInput): PolicyDocument {
  const use = throughTheBucket(input);
  const readers = [...input.readerRoleArns].sort();
  const replication = [input.replicationRoleArn];
  return policyDocument(
    administration(input),
    use("ReplicationEncryptsThroughS3", accountsOf(replication), replication, REPLICA_ENCRYPTION),
    readers.length > 0 ? use("ReadersDecryptThroughS3", accountsOf(readers), readers, ["kms:Decrypt"]) : undefined,
  );
}

function administration({
  partition,
  securityAccountId,
}: ReplicaKeyPolicyInput | ReportKeyPolicyInput): PolicyStatement {
  return {
    Sid: "AdministerKey",
    Effect: "Allow",
    Principal: { AWS: accountRootArn(partition, securityAccountId) },
    Action: KEY_ADMINISTRATION,
    Resource: "*",
  };
}

/** Makes statements that let roles use the key through S3 of its Region for the one bucket. */
function throughTheBucket({ partition, region, dnsSuffix, bucketName }: ReplicaKeyPolicyInput | ReportKeyPolicyInput) {
  const condition = {
    "kms:ViaService": `s3.${region}.${dnsSuffix}`,
    // with bucket keys, the encryption context is the bucket, not the object
    "kms:EncryptionContext:aws:s3:arn": bucketArn(partition, bucketName),
  };
  return (sid: string, accountIds: string[], roleArns: string[], actions: string[]): PolicyStatement => ({
    Sid: sid,
    Effect: "Allow",
    Principal: { AWS: accountIds.map((id) => accountRootArn(partition, id)) },
    Action: actions,
    Resource: "*",
    Condition: { StringEquals: condition, ArnEquals: { "aws:PrincipalArn": roleArns } },
  });
}

/** Readers encrypt and decrypt what their queries answered: through S3, in the one bucket for that, never in that of the evidence. */
function readersKeepResults(input: ReportKeyPolicyInput, readers: string[], results: string): PolicyStatement {
  return {
    Sid: "ReadersKeepResultsThroughS3",
    Effect: "Allow",
    Principal: { AWS: accountsOf(readers).map((id) => accountRootArn(input.partition, id)) },
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: "*",
    Condition: {
      StringEquals: { "kms:ViaService": `s3.${input.region}.${input.dnsSuffix}` },
      // the context is the bucket where it has a bucket key, else the object
      StringLike: { "kms:EncryptionContext:aws:s3:arn": [results, `${results}/*`] },
      ArnEquals: { "aws:PrincipalArn": readers },
    },
  };
}

/** The accounts of some role ARNs, each once, in order. */
export function accountsOf(roleArns: readonly string[]): string[] {
  return [...new Set(roleArns.map((arn) => parseArn(arn)?.accountId ?? ""))].filter((id) => id !== "").sort();
}
