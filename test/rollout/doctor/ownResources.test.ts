import path from "node:path";
import { expect } from "chai";
import type { PolicyDocument, PolicyStatement } from "../../../components/policyDocument";
import { CHECKS } from "../../../rollout/doctor";
import { runChecks, type CheckResult } from "../../../rollout/doctor/check";
import { bucketPolicyFor, keyPolicyFor } from "../../../rollout/ownerPolicies";
import { readOrganizationConfig, type OrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { awsError, doctorFacts, type Answers } from "../../support/doctorFacts";

const KEY = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const BUCKET = "evidence-of-ours";
const own = (config: OrganizationConfig): void => {
  config.security.settings.existingKeyArn = KEY;
  config.logarchive.settings.existingBucketName = config.security.settings.existingBucketName = BUCKET;
  config.bucketName = BUCKET;
};
const CONFIG = ((): OrganizationConfig => {
  const config = readOrganizationConfig(path.join(__dirname, "../../.."));
  own(config);
  return config;
})();

const KEY_FACTS = {
  KeyState: "Enabled",
  KeySpec: "SYMMETRIC_DEFAULT",
  KeyUsage: "ENCRYPT_DECRYPT",
  KeyManager: "CUSTOMER",
};
const encryption = (algorithm: string, key?: string, BucketKeyEnabled = true): Answers => ({
  GetBucketEncryptionCommand: () => ({
    ServerSideEncryptionConfiguration: {
      Rules: [
        { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: key }, BucketKeyEnabled },
      ],
    },
  }),
});
const refusing = (name: string, code: string, status = 403): Answers => ({
  [name]: () => {
    throw awsError(code, "no", status);
  },
});
const publicAccess = (blocked: boolean): Answers => ({
  GetPublicAccessBlockCommand: () => ({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: blocked,
    },
  }),
});
/** The policy as asked for, with a change. */
const keyPolicy = (change: (document: PolicyDocument) => PolicyDocument = (same) => same): Answers => ({
  GetKeyPolicyCommand: () => ({ Policy: JSON.stringify(change(keyPolicyFor(CONFIG))) }),
});
const bucketPolicy = (change: (document: PolicyDocument) => PolicyDocument = (same) => same): Answers => ({
  GetBucketPolicyCommand: () => ({ Policy: JSON.stringify(change(bucketPolicyFor(CONFIG, KEY))) }),
});
const without =
  (...sids: string[]) =>
  (document: PolicyDocument): PolicyDocument => ({
    ...document,
    Statement: document.Statement.filter(({ Sid }) => !sids.includes(Sid)),
  });
const withStatement =
  (statement: object) =>
  (document: PolicyDocument): PolicyDocument => ({
    ...document,
    Statement: [...document.Statement, statement as PolicyStatement],
  });

const HEALTHY: Answers = {
  DescribeKeyCommand: ({ KeyId }) => {
    if (KeyId !== KEY) throw awsError("NotFoundException");
    return { KeyMetadata: { Arn: KEY, ...KEY_FACTS } };
  },
  HeadBucketCommand: ({ Bucket }) => {
    if (Bucket !== BUCKET) throw awsError("NotFound", "none", 404);
    return { BucketRegion: "eu-central-1" };
  },
  GetBucketVersioningCommand: () => ({ Status: "Enabled" }),
  GetBucketOwnershipControlsCommand: () => ({
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
  }),
  ...refusing("GetObjectLockConfigurationCommand", "ObjectLockConfigurationNotFoundError", 404),
  ...publicAccess(true),
  ...encryption("aws:kms", KEY),
  ...keyPolicy(),
  ...bucketPolicy(),
};

async function look(answers: Answers, config = own): Promise<Record<string, CheckResult>> {
  const results = await runChecks(CHECKS, doctorFacts({ answers: { ...HEALTHY, ...answers }, config }));
  return Object.fromEntries(results.map((result) => [result.id, result]));
}

describe("a key and a bucket of one's own", () => {
  it("are as they should be, and nothing else is called wrong for their sake", async () => {
    const results = Object.values(await look({}));
    expect(results.filter(({ state }) => state !== "ok").map(({ id, why }) => `${id}: ${why}`)).to.deep.equal([]);
  });

  it("are not looked for where the stacks make theirs", async () => {
    const results = await look({ HeadBucketCommand: refusing("x", "NotFound", 404)["x"]! }, () => undefined);
    for (const id of ["existing-key", "existing-key-policy", "existing-bucket", "existing-bucket-policy"]) {
      expect(results[id]?.state, id).to.equal("ok");
    }
  });

  const facts = (change: object): Answers => ({
    DescribeKeyCommand: () => ({ KeyMetadata: { Arn: KEY, ...KEY_FACTS, ...change } }),
  });
  const reader = "arn:aws:iam::333344445555:role/OrganizationAccountAccessRole";
  for (const [what, id, state, answers, says] of [
    [
      "a key that is not there",
      "existing-key",
      "wrong",
      refusing("DescribeKeyCommand", "NotFoundException", 400),
      /no such key/,
    ],
    [
      "a key that may not be seen",
      "existing-key",
      "unknown",
      refusing("DescribeKeyCommand", "AccessDeniedException"),
      /AccessDenied/,
    ],
    ["a disabled key", "existing-key", "wrong", facts({ KeyState: "Disabled" }), /is Disabled/],
    ["a key that is deleted", "existing-key", "wrong", facts({ KeyState: "PendingDeletion" }), /PendingDeletion/],
    [
      "a key that signs",
      "existing-key",
      "wrong",
      facts({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
      /symmetric keys only/,
    ],
    ["AWS's own key", "existing-key", "wrong", facts({ KeyManager: "AWS" }), /managed by AWS/],
    [
      "a key policy that may not be read",
      "existing-key-policy",
      "unknown",
      refusing("GetKeyPolicyCommand", "AccessDeniedException"),
      /kms:GetKeyPolicy is refused/,
    ],
    [
      "a key policy without the collector",
      "existing-key-policy",
      "wrong",
      keyPolicy(without("CollectorEncryptsThroughS3")),
      /kms:GenerateDataKey for CollectorEncryptsThroughS3 \(no statement allows it\)/,
    ],
    [
      "a key policy that denies a reader",
      "existing-key-policy",
      "wrong",
      keyPolicy(
        withStatement({ Sid: "No", Effect: "Deny", Principal: { AWS: reader }, Action: "kms:Decrypt", Resource: "*" }),
      ),
      /kms:Decrypt for ReadersDecryptThroughS3 \(its statement No denies it\)/,
    ],
    [
      "a key policy with a condition of another kind",
      "existing-key-policy",
      "unknown",
      keyPolicy(
        withStatement({
          Sid: "Net",
          Effect: "Deny",
          Principal: "*",
          Action: "kms:*",
          Resource: "*",
          Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } },
        }),
      ),
      /conditions that are not understood/,
    ],
    [
      "no such bucket",
      "existing-bucket",
      "wrong",
      refusing("HeadBucketCommand", "NotFound", 404),
      /there is no bucket evidence-of-ours/,
    ],
    [
      "a bucket elsewhere",
      "existing-bucket",
      "wrong",
      { HeadBucketCommand: () => ({ BucketRegion: "us-east-1" }) },
      /is in us-east-1/,
    ],
    [
      "somebody else's bucket",
      "existing-bucket",
      "unknown",
      refusing("HeadBucketCommand", "Forbidden"),
      /not of account 333344445555/,
    ],
    [
      "a bucket without versions",
      "existing-bucket",
      "wrong",
      { GetBucketVersioningCommand: () => ({}) },
      /versioning is none, not Enabled/,
    ],
    [
      "a bucket with ACLs",
      "existing-bucket",
      "wrong",
      refusing("GetBucketOwnershipControlsCommand", "OwnershipControlsNotFoundError", 404),
      /object ownership is none/,
    ],
    ["a bucket half open", "existing-bucket", "wrong", publicAccess(false), /public access block is 3 of four/],
    ["a bucket with S3's key", "existing-bucket", "wrong", encryption("AES256"), /encryption is AES256/],
    [
      "a bucket with another key",
      "existing-bucket",
      "wrong",
      encryption("aws:kms", "other"),
      /encryption is with other, not with/,
    ],
    [
      "a bucket without a bucket key",
      "existing-bucket",
      "wrong",
      encryption("aws:kms", KEY, false),
      /its bucket key is off/,
    ],
    [
      "a bucket with an alias",
      "existing-bucket",
      "unknown",
      encryption("aws:kms", "arn:aws:kms:eu-central-1:222233334444:alias/x"),
      /alias\/x, which may stand for any/,
    ],
    [
      "a bucket whose settings may not be read",
      "existing-bucket",
      "unknown",
      refusing("GetBucketVersioningCommand", "AccessDenied"),
      /s3:GetBucketVersioning: AccessDenied/,
    ],
    [
      "a bucket without a policy",
      "existing-bucket-policy",
      "wrong",
      refusing("GetBucketPolicyCommand", "NoSuchBucketPolicy", 404),
      /has none/,
    ],
    [
      "a bucket policy that may not be read",
      "existing-bucket-policy",
      "unknown",
      refusing("GetBucketPolicyCommand", "AccessDenied"),
      /s3:GetBucketPolicy is refused/,
    ],
    [
      "a bucket policy without a reader",
      "existing-bucket-policy",
      "wrong",
      bucketPolicy(without("ReadersList")),
      /s3:ListBucket for ReadersList/,
    ],
    [
      "a bucket policy that lets objects be deleted",
      "existing-bucket-policy",
      "unknown",
      bucketPolicy(without("DenyDeletes", "DenyOverwrites")),
      /lacks the refusals DenyOverwrites, DenyDeletes/,
    ],
  ] as [string, string, string, Answers, RegExp][]) {
    it(`is ${state}, and why is said: ${what}`, async () => {
      const result = (await look(answers))[id];
      expect(result?.state).to.equal(state);
      expect(result?.why).to.match(says);
      if (state === "wrong") expect(result?.remedy).to.be.a("string");
    });
  }

  it("may have policies in other words: whole accounts, wildcards, one statement for all", async () => {
    const wide = (roots: string[]): PolicyStatement => ({
      Sid: "All",
      Effect: "Allow",
      Principal: { AWS: roots },
      Action: "kms:*",
      Resource: "*",
    });
    const results = await look(
      keyPolicy(() => ({
        Version: "2012-10-17",
        Statement: [wide(["111122223333", "arn:aws:iam::333344445555:root"])],
      })),
    );
    expect(results["existing-key-policy"]?.state).to.equal("ok");
  });

  it("may name everybody as S3 gives it back, and lists in any order", async () => {
    const reordered = (document: PolicyDocument): PolicyDocument =>
      JSON.parse(
        JSON.stringify(document, (key: string, value: unknown) => {
          if (key === "Principal" && value === "*") return { AWS: "*" };
          return Array.isArray(value) && value.every((item) => typeof item === "string") ? [...value].reverse() : value;
        }),
      ) as PolicyDocument;
    expect((await look(bucketPolicy(reordered)))["existing-bucket-policy"]?.state).to.equal("ok");
  });

  it("leaves the bucket's policy open while the key is not made, and says what to do then", async () => {
    const results = await look({}, (config) => {
      own(config);
      config.security.settings.existingKeyArn = "";
    });
    expect(results["existing-bucket-policy"]).to.include({ state: "unknown" });
    expect(results["existing-bucket-policy"]?.remedy).to.contain("policy --for bucket");
  });
});

describe("a permissions boundary", () => {
  const bounded = (config: OrganizationConfig): void => {
    config.management.settings.permissionsBoundary = "workloads";
  };
  const boundary = (...statements: object[]): Answers => ({
    GetPolicyCommand: ({ PolicyArn }) => {
      if (PolicyArn !== "arn:aws:iam::111122223333:policy/workloads")
        throw awsError("NoSuchEntityException", "none", 404);
      return { Policy: { DefaultVersionId: "v3" } };
    },
    GetPolicyVersionCommand: () => ({
      PolicyVersion: { Document: encodeURIComponent(JSON.stringify({ Statement: statements })) },
    }),
    HeadBucketCommand: refusing("x", "NotFound", 404)["x"]!,
    DescribeKeyCommand: refusing("x", "NotFoundException")["x"]!,
  });
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };

  for (const [what, state, answers, says] of [
    ["leaves the collector what it needs", "ok", boundary(everything), /is there and leaves the collector/],
    [
      "is not there",
      "wrong",
      refusing("GetPolicyCommand", "NoSuchEntityException", 404),
      /has no managed policy .*policy\/workloads/,
    ],
    ["may not be read", "unknown", refusing("GetPolicyCommand", "AccessDenied"), /AccessDenied/],
    ["allows too little", "wrong", boundary({ ...everything, Action: ["s3:*", "kms:*", "logs:*"] }), /sts:AssumeRole/],
    [
      "denies the member roles",
      "wrong",
      boundary(everything, { ...everything, Effect: "Deny", Action: "sts:*" }),
      /from sts:AssumeRole$/,
    ],
    [
      "has conditions",
      "unknown",
      boundary({ ...everything, Condition: { Bool: { "aws:ViaAWSService": "false" } } }),
      /not understood/,
    ],
  ] as [string, string, Answers, RegExp][]) {
    it(`${what}: ${state}`, async () => {
      const result = (await look(answers, bounded))["boundary"];
      expect(result?.state).to.equal(state);
      expect(result?.why).to.match(says);
    });
  }

  it("are told how they are locked, in plain words", async () => {
    const found = (lock: object): Answers => ({
      GetObjectLockConfigurationCommand: () => ({
        ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: lock } },
      }),
    });
    const says = async (answers: Answers, config = own) => (await look(answers, config))["object-lock"]?.why;
    expect(await says({})).to.equal(`${BUCKET} has none`);
    expect(await says(found({ Mode: "COMPLIANCE", Years: 1 }))).to.match(/For 365 days .* nobody can delete/);
    expect(await says(found({ Mode: "GOVERNANCE", Days: 1 }))).to.match(/For 1 day .* s3:BypassGovernanceRetention/);
    expect(await says(found({}))).to.match(/no default retention/);
    const locked = (config: OrganizationConfig): void => {
      Object.assign(config.logarchive.settings, { objectLockMode: "compliance", objectLockDays: 30 });
    };
    expect(await says({}, locked)).to.match(/^compliance mode. For 30 days/);
  });
});
