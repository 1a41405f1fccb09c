import { expect } from "chai";
import type { PolicyDocument } from "../../components/policyDocument";
import { ReplicaKey } from "../../components/replicaKey";
import { replicaBucketPolicy, replicationPolicy, replicationTrustPolicy } from "../../components/replicationPolicy";
import { replicaKeyPolicy, reportKeyPolicy } from "../../components/reportKeyPolicy";
import { ReportReplica } from "../../components/reportReplica";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf } from "../support/pulumiMocks";

const ROLE = "arn:aws:iam::333344445555:role/replication";
const READER = "arn:aws:iam::333344445555:role/Auditor";
const SOURCE_KEY = "arn:aws:kms:eu-central-1:222233334444:key/source";
const REPLICA_KEY = "arn:aws:kms:eu-west-1:222233334444:key/replica";
const PLACE = {
  partition: "aws",
  dnsSuffix: "amazonaws.com",
  accountId: "333344445555",
  sourceBucketName: "evidence",
  sourceRegion: "eu-central-1",
  sourceKeyArn: SOURCE_KEY,
  replicaBucketName: "evidence-replica",
  replicaRegion: "eu-west-1",
  replicaKeyArn: REPLICA_KEY,
};
const statement = (document: PolicyDocument, sid: string) => document.Statement.find(({ Sid }) => Sid === sid);

describe("ReportReplica", () => {
  const ARGS = {
    region: "eu-west-1",
    bucketName: "evidence-replica",
    keyArn: REPLICA_KEY,
    sourceBucketName: "evidence",
    sourceKeyArn: SOURCE_KEY,
    roleName: "replication",
    readerRoleArns: [READER],
    retentionDays: 90,
    rawRetentionDays: 30,
    objectLock: { mode: "compliance" as const, days: 30 },
    protect: true,
  };

  it("puts a bucket with the guards of the first into the other Region, and replicates from the first to it", async () => {
    const registered = mockPulumi({ accountId: "333344445555" });
    expect(await valueOf(new ReportReplica("replica", ARGS).bucketName)).to.equal("evidence-replica");
    await settled();
    const ofBucket = registered.filter(({ type }) => type.startsWith("aws:s3/"));
    const elsewhere = ofBucket.filter(({ inputs }) => inputs["region"] !== "eu-west-1").map(({ type }) => type);
    expect(elsewhere).to.deep.equal(["aws:s3/bucketReplicationConfig:BucketReplicationConfig"]);
    const replication = only(registered, "aws:s3/bucketReplicationConfig:BucketReplicationConfig");
    expect(replication["bucket"]).to.equal("evidence");
    const rules = replication["rules"] as { filter: { prefix: string }; priority: number }[];
    expect(rules.map(({ filter }) => filter.prefix)).to.deep.equal([
      "runs/",
      "credentials/",
      "credentials_typed/",
      "findings/",
      "latest.json",
    ]);
    expect(new Set(rules.map(({ priority }) => priority)).size).to.equal(rules.length);
    for (const rule of rules) {
      expect(rule).to.deep.include({
        status: "Enabled",
        deleteMarkerReplication: { status: "Disabled" },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
        destination: {
          bucket: "arn:aws:s3:::evidence-replica",
          encryptionConfiguration: { replicaKmsKeyId: REPLICA_KEY },
        },
      });
    }
    expect(only(registered, "aws:s3/bucket:Bucket")).to.include({ objectLockEnabled: true, forceDestroy: false });
    const lifecycle = only(registered, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
    expect((lifecycle["rules"] as { id: string }[]).map(({ id }) => id)).to.include.members([
      "retention",
      "raw-reports",
    ]);
  });

  it("has its key made in that Region, rotated, and kept from the collector", async () => {
    const registered = mockPulumi({ accountId: "222233334444" });
    const key = new ReplicaKey("key", {
      region: "eu-west-1",
      alias: "reports",
      bucketName: "evidence-replica",
      replicationRoleArn: ROLE,
      readerRoleArns: [READER],
      deletionWindowInDays: 30,
      protect: true,
    });
    await valueOf(key.keyArn);
    await settled();
    expect(only(registered, "aws:kms/key:Key")).to.include({ region: "eu-west-1", enableKeyRotation: true });
    expect(only(registered, "aws:kms/alias:Alias")).to.include({ region: "eu-west-1", name: "alias/reports" });
  });
});

describe("the role of the replication", () => {
  const policy = (locked = false): PolicyDocument => replicationPolicy({ ...PLACE, locked });

  it("is for S3 alone, and for the one bucket", () => {
    expect(replicationTrustPolicy(PLACE).Statement).to.deep.equal([
      {
        Sid: "S3ForTheEvidence",
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "333344445555" },
          ArnEquals: { "aws:SourceArn": "arn:aws:s3:::evidence" },
        },
      },
    ]);
  });

  it("reads the one, adds to the other, and can neither put, nor delete, nor carry deletions over", () => {
    expect(allowedActions(policy())).to.have.members([
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionTagging",
      "s3:ReplicateObject",
      "s3:ReplicateTags",
      "kms:Decrypt",
      "kms:Encrypt",
      "kms:GenerateDataKey",
    ]);
    expect(statement(policy(), "AddToReplica")?.Resource).to.equal("arn:aws:s3:::evidence-replica/*");
    expect(allowedActions(policy(true))).to.include.members(["s3:GetObjectRetention", "s3:GetObjectLegalHold"]);
  });

  it("decrypts with the one key and encrypts with the other, each through S3 of its Region and for its bucket", () => {
    const through = (region: string, bucket: string) => ({
      StringEquals: {
        "kms:ViaService": `s3.${region}.amazonaws.com`,
        "kms:EncryptionContext:aws:s3:arn": `arn:aws:s3:::${bucket}`,
      },
    });
    expect(statement(policy(), "DecryptSource")).to.deep.include({
      Action: "kms:Decrypt",
      Resource: SOURCE_KEY,
      Condition: through("eu-central-1", "evidence"),
    });
    expect(statement(policy(), "EncryptReplica")).to.deep.include({
      Resource: REPLICA_KEY,
      Condition: through("eu-west-1", "evidence-replica"),
    });
  });

  it("is let in by the keys as far as that, and by the first key only where there is a replica", () => {
    const key = {
      partition: "aws",
      region: "eu-central-1",
      dnsSuffix: "amazonaws.com",
      securityAccountId: "222233334444",
      bucketName: "evidence",
      readerRoleArns: [READER],
    };
    const collector = { collectorAccountId: "111122223333", collectorRoleName: "collector" };
    const source = reportKeyPolicy({ ...key, ...collector, replicationRoleArn: ROLE });
    expect(statement(source, "ReplicationDecryptsThroughS3")).to.deep.include({
      Principal: { AWS: ["arn:aws:iam::333344445555:root"] },
      Action: ["kms:Decrypt"],
    });
    expect(JSON.stringify(reportKeyPolicy({ ...key, ...collector }))).not.to.contain("Replication");
    const replica = replicaKeyPolicy({
      ...key,
      region: "eu-west-1",
      bucketName: "evidence-replica",
      replicationRoleArn: ROLE,
    });
    expect(replica.Statement.map(({ Sid }) => Sid)).to.deep.equal([
      "AdministerKey",
      "ReplicationEncryptsThroughS3",
      "ReadersDecryptThroughS3",
    ]);
    expect(statement(replica, "ReplicationEncryptsThroughS3")?.Condition).to.deep.equal({
      StringEquals: {
        "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::evidence-replica",
      },
      ArnEquals: { "aws:PrincipalArn": [ROLE] },
    });
  });
});

describe("replicaBucketPolicy", () => {
  const policy = (partition = "aws"): PolicyDocument =>
    replicaBucketPolicy({
      partition,
      bucketName: "evidence-replica",
      keyArn: partition === "aws" ? REPLICA_KEY : "",
      replicationRoleArn: partition === "aws" ? ROLE : "",
      readerRoleArns: partition === "aws" ? [READER] : [],
    });

  it("lets nobody put, tag, delete, or carry deletions over", () => {
    const denied = policy().Statement.filter(({ Effect, Condition }) => Effect === "Deny" && Condition === undefined);
    expect(denied.flatMap(({ Action }) => Action)).to.have.members([
      "s3:DeleteObjectTagging",
      "s3:DeleteObjectVersionTagging",
      "s3:PutObject",
      "s3:PutObjectTagging",
      "s3:PutObjectVersionTagging",
      "s3:ReplicateDelete",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:BypassGovernanceRetention",
      "s3:PutObjectLegalHold",
      "s3:PutObjectRetention",
    ]);
  });

  it("lets the replication alone add, and the readers read", () => {
    expect(statement(policy(), "DenyReplicationByOthers")).to.deep.include({
      Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
      Condition: { ArnNotEquals: { "aws:PrincipalArn": ROLE } },
    });
    expect(allowedActions(policy())).to.have.members([
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketVersions",
    ]);
  });

  it("knows no partition of its own", () => {
    expect(JSON.stringify(policy("aws-cn"))).not.to.contain("arn:aws:");
  });
});
