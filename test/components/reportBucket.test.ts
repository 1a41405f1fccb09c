import { expect } from "chai";
import { lifecycleRules } from "../../components/evidenceLifecycle";
import { ReportBucket } from "../../components/reportBucket";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { retentionDaysOf } from "../../report/retention";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf } from "../support/pulumiMocks";

const KEY_ARN = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const COLLECTOR = "arn:aws:iam::111122223333:role/collector";
const ARGS = {
  bucketName: "evidence",
  keyArn: KEY_ARN,
  organizationId: "o-exampleorgid",
  collectorAccountId: "111122223333",
  collectorRoleName: "collector",
  readerRoleArns: ["arn:aws:iam::333344445555:role/Auditor"],
  retentionDays: 2555,
  protect: true,
};

const rules = (retentionDays: number, rawRetentionDays = 0, consolidatedRetentionDays = 0) =>
  lifecycleRules(retentionDaysOf({ retentionDays, rawRetentionDays, consolidatedRetentionDays }));

describe("ReportBucket", () => {
  it("encrypts with the given key and a bucket key, keeps versions, and closes the bucket to the public", async () => {
    const registered = mockPulumi({ accountId: "333344445555" });
    const bucket = new ReportBucket("bucket", ARGS);
    expect(await valueOf(bucket.bucketName)).to.equal("evidence");
    await settled();
    expect(only(registered, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"))
      .to.have.property("rules")
      .that.deep.equals([
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY_ARN },
          bucketKeyEnabled: true,
        },
      ]);
    expect(only(registered, "aws:s3/bucketVersioning:BucketVersioning")["versioningConfiguration"]).to.deep.equal({
      status: "Enabled",
    });
    expect(only(registered, "aws:s3/bucketOwnershipControls:BucketOwnershipControls")["rule"]).to.deep.equal({
      objectOwnership: "BucketOwnerEnforced",
    });
    expect(only(registered, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).to.include({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  });

  it("never lets the bucket be deleted with what is in it while it is protected", async () => {
    const guarded = mockPulumi({ accountId: "333344445555" });
    await valueOf(new ReportBucket("bucket", ARGS).bucketName);
    expect(only(guarded, "aws:s3/bucket:Bucket")["forceDestroy"]).to.equal(false);
    const open = mockPulumi({ accountId: "333344445555" });
    await valueOf(new ReportBucket("bucket", { ...ARGS, protect: false }).bucketName);
    expect(only(open, "aws:s3/bucket:Bucket")["forceDestroy"]).to.equal(true);
  });

  it("expires evidence and its old versions after the retention, and never when that is 0", () => {
    const [, , retention] = rules(90);
    expect(retention).to.deep.include({
      filter: { prefix: "" },
      expiration: { days: 90 },
      noncurrentVersionExpiration: { noncurrentDays: 90 },
    });
    expect(rules(0).map(({ id }) => id)).to.deep.equal(["abandoned-uploads", "work"]);
  });

  it("expires what the steps of a run left for each other after a month, however long evidence is kept", () => {
    for (const days of [0, 2555]) {
      expect(rules(days).find(({ id }) => id === "work")).to.deep.equal({
        id: "work",
        status: "Enabled",
        filter: { prefix: "work/" },
        expiration: { days: 30 },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
      });
    }
  });

  it("expires raw reports and what is made of them earlier where that is asked for, by what tells them from manifests", () => {
    const days = ({ filter, expiration }: ReturnType<typeof rules>[number]) => [filter, expiration];
    const tagged = (kind: string) => ({ and: { prefix: "runs/", tags: { "evidence-kind": kind } } });
    expect(rules(90, 30).slice(3).map(days)).to.deep.equal([[tagged("raw"), { days: 30 }]]);
    expect(rules(0, 0, 40).slice(2).map(days)).to.deep.equal([
      ...["credentials/", "credentials_typed/", "findings/"].map((prefix) => [{ prefix }, { days: 40 }]),
      [tagged("page"), { days: 40 }],
    ]);
    expect(rules(90, 90, 90)).to.deep.equal(rules(90));
  });
});

describe("the lock of a ReportBucket", () => {
  const made = async (more: object) => {
    const registered = mockPulumi({ accountId: "333344445555" });
    await valueOf(new ReportBucket("bucket", { ...ARGS, ...more }).bucketName);
    return registered;
  };
  const LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";

  it("is there from the bucket's creation, and holds everything that is put", async () => {
    const registered = await made({ objectLock: { mode: "compliance", days: 365 } });
    expect(only(registered, "aws:s3/bucket:Bucket")["objectLockEnabled"]).to.equal(true);
    expect(only(registered, LOCK)["rule"]).to.deep.equal({ defaultRetention: { mode: "COMPLIANCE", days: 365 } });
  });

  it("is absent by default, and then leaves a bucket of before as it is", async () => {
    const registered = await made({});
    expect(registered.some(({ type }) => type === LOCK)).to.equal(false);
    expect(only(registered, "aws:s3/bucket:Bucket")).not.to.have.property("objectLockEnabled");
  });
});

describe("reportBucketPolicy", () => {
  const policy = (readerRoleArns: string[] = ARGS.readerRoleArns, partition = "aws"): PolicyDocument =>
    reportBucketPolicy({ ...ARGS, partition, readerRoleArns });
  const statement = (sid: string) => policy().Statement.find(({ Sid }) => Sid === sid);

  it("refuses plain HTTP to the bucket and to its objects", () => {
    expect(statement("DenyPlainHttp")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Resource: ["arn:aws:s3:::evidence", "arn:aws:s3:::evidence/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
  });

  it("accepts one key only, and leaves a request that names none to the bucket's default", () => {
    const header = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    expect(statement("DenyOtherKeys")).to.deep.include({
      Effect: "Deny",
      Action: "s3:PutObject",
      Condition: { Null: { [header]: "false" }, ArnNotEquals: { [header]: KEY_ARN } },
    });
  });

  it("lets only the collector's role of its own account write, in its organization", () => {
    expect(statement("CollectorWrites")).to.deep.include({
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
      Resource: ["runs/*", "credentials/*", "credentials_typed/*", "findings/*", "latest.json", "running.json"].map(
        (key) => `arn:aws:s3:::evidence/${key}`,
      ),
      Condition: {
        ArnEquals: { "aws:PrincipalArn": COLLECTOR },
        StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
      },
    });
    expect(statement("DenyWritesByOthers")?.Condition).to.deep.equal({
      ArnNotEquals: { "aws:PrincipalArn": COLLECTOR },
    });
  });

  it("holds the collector to its account where that is in no organization", () => {
    const alone = reportBucketPolicy({ ...ARGS, partition: "aws", organizationId: "none" });
    const granted = alone.Statement.filter(({ Sid }) => Sid.startsWith("Collector"));
    expect(granted.map(({ Sid }) => Sid)).to.deep.equal([
      "CollectorWrites",
      "CollectorTags",
      "CollectorReadsManifests",
      "CollectorReadsRunning",
      "CollectorListsRuns",
    ]);
    for (const { Principal, Condition } of granted) {
      expect(Principal).to.deep.equal({ AWS: "arn:aws:iam::111122223333:root" });
      expect(Condition).to.deep.include({
        ArnEquals: { "aws:PrincipalArn": COLLECTOR },
        StringEquals: { "aws:PrincipalAccount": "111122223333" },
      });
    }
    expect(JSON.stringify(alone)).not.to.match(/OrgID|"none"/);
    const denials = (document: PolicyDocument) => document.Statement.filter(({ Effect }) => Effect === "Deny");
    expect(denials(alone)).to.deep.equal(denials(policy()));
  });

  it("lets nobody replace evidence, and lets the pointer to it be replaced", () => {
    expect(statement("DenyOverwrites")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: ["runs/*", "credentials/*", "credentials_typed/*", "findings/*"].map(
        (key) => `arn:aws:s3:::evidence/${key}`,
      ),
      Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
    });
  });

  it("lets the collector tag raw reports, the page where it makes one, and nobody tag anything else", () => {
    expect(statement("CollectorTags")).to.deep.include({
      Action: "s3:PutObjectTagging",
      Resource: ["arn:aws:s3:::evidence/runs/*/raw/*"],
    });
    const delivering = reportBucketPolicy({ ...ARGS, partition: "aws", deliverReports: true });
    expect(delivering.Statement.find(({ Sid }) => Sid === "CollectorTags")?.Resource).to.deep.equal([
      "arn:aws:s3:::evidence/runs/*/raw/*",
      "arn:aws:s3:::evidence/runs/*/report.html",
    ]);
    expect(statement("DenyTagsByOthers")).to.deep.include({
      Principal: "*",
      Action: ["DeleteObject", "DeleteObjectVersion", "PutObject", "PutObjectVersion"].map((of) => `s3:${of}Tagging`),
      Resource: "arn:aws:s3:::evidence/*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": COLLECTOR } },
    });
  });

  it("lets nobody have S3 replicate into it, by which existing evidence would be replaced without a put", () => {
    expect(statement("DenyReplicationInto")).to.deep.equal({
      Sid: "DenyReplicationInto",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: "arn:aws:s3:::evidence/*",
    });
  });

  it("lets nobody delete", () => {
    expect(statement("DenyDeletes")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    });
    expect(allowedActions(policy()).filter((action) => action.includes("Delete"))).to.deep.equal([]);
  });

  it("lets nobody bypass a lock, nor lock single objects otherwise than the bucket does", () => {
    expect(statement("DenyLockChanges")).to.deep.equal({
      Sid: "DenyLockChanges",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"],
      Resource: "arn:aws:s3:::evidence/*",
    });
    expect(allowedActions(policy()).filter((action) => /Lock|Hold|Retention/.test(action))).to.deep.equal([]);
  });

  it("lets the collector read and replace what says which run is going on, which is no evidence", () => {
    expect(statement("CollectorReadsRunning")?.Resource).to.equal("arn:aws:s3:::evidence/running.json");
    expect(statement("DenyOverwrites")?.Resource).not.to.contain("arn:aws:s3:::evidence/running.json");
    expect(statement("DenyOverwrites")?.Resource).not.to.contain("arn:aws:s3:::evidence/latest.json");
  });

  it("lets the collector read manifests and nothing else of the evidence", () => {
    expect(statement("CollectorReadsManifests")).to.deep.include({
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::evidence/runs/*/manifest.json",
    });
  });

  describe("where a state machine calls the collector", () => {
    const stepped = reportBucketPolicy({ ...ARGS, partition: "aws", engine: "stepfunctions" });
    const of = (sid: string) => stepped.Statement.find(({ Sid }) => Sid === sid);
    const onlyTheCollector = {
      ArnEquals: { "aws:PrincipalArn": COLLECTOR },
      StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
    };

    it("lets the collector alone write, read and list work objects, and read raw reports back", () => {
      expect(of("CollectorWritesWork")).to.deep.include({
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::evidence/work/*",
        Condition: onlyTheCollector,
      });
      expect(of("CollectorReadsWork")).to.deep.include({
        Action: "s3:GetObject",
        Resource: ["arn:aws:s3:::evidence/work/*", "arn:aws:s3:::evidence/runs/*/raw/*"],
        Condition: onlyTheCollector,
      });
      expect(of("CollectorListsWork")).to.deep.include({
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::evidence",
        Condition: { ...onlyTheCollector, StringLike: { "s3:prefix": "work/*" } },
      });
    });

    it("lets nobody replace a work object", () => {
      expect(of("DenyOverwrites")?.Resource).to.include("arn:aws:s3:::evidence/work/*");
    });

    it("is the same for the rest, and without one nothing is allowed on work objects", () => {
      const others = ({ Statement }: PolicyDocument) =>
        Statement.filter(({ Sid }) => !/Work$|^DenyOverwrites$/.test(Sid));
      expect(others(stepped)).to.deep.equal(others(policy()));
      expect(JSON.stringify(policy())).not.to.include("work/");
      expect(policy()).to.deep.equal(reportBucketPolicy({ ...ARGS, partition: "aws", engine: "lambda" }));
    });
  });

  it("gives readers no way to write, and names none where there are none", () => {
    const readers = policy().Statement.filter(({ Sid }) => Sid.startsWith("Readers"));
    expect(readers.flatMap(({ Action }) => Action)).to.have.members([
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketVersions",
    ]);
    expect(policy([]).Statement.some(({ Sid }) => Sid.startsWith("Readers"))).to.equal(false);
  });

  it("allows no wildcard action and no open principal, and knows no partition of its own", () => {
    expect(allowedActions(policy()).filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(policy().Statement.filter(({ Effect, Principal }) => Effect === "Allow" && Principal === "*")).to.be.empty;
    const chinese = JSON.stringify(
      reportBucketPolicy({ ...ARGS, partition: "aws-cn", keyArn: "", readerRoleArns: [] }),
    );
    expect(chinese).not.to.contain("arn:aws:");
  });
});
