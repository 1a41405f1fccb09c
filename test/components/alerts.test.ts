import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Alerts } from "../../components/alerts";
import { alertsKeyPolicy, alertsTopicPolicy } from "../../components/alertsPolicy";
import { collectorPolicy } from "../../components/collectorPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import { managementProgram } from "../../rollout/programs/management";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const COLLECTOR = "arn:aws:iam::111122223333:role/collector";
const TOPIC = "arn:aws:sns:eu-central-1:111122223333:reports-alerts";
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const WHERE = {
  partition: "aws",
  region: "eu-central-1",
  dnsSuffix: "amazonaws.com",
  accountId: "111122223333",
  collectorRoleName: "collector",
};
const sids = (policy: PolicyDocument): string[] => policy.Statement.map(({ Sid }) => Sid);

describe("Alerts", () => {
  let registered: Registered[];

  before(async () => {
    registered = mockPulumi({ accountId: "111122223333" });
    const emails = ["security@example.com", "audit@example.com"];
    const alerts = new Alerts("alerts", { topicName: "reports-alerts", collectorRoleName: "collector", emails });
    expect(await valueOf(alerts.topicArn)).to.equal(TOPIC);
    await settled();
  });

  it("encrypts the topic with a key of its own, which rotates: alarms cannot publish with the key that AWS manages", () => {
    expect(only(registered, "aws:sns/topic:Topic")).to.include({ name: "reports-alerts", kmsMasterKeyId: KEY });
    expect(only(registered, "aws:kms/key:Key")).to.include({ enableKeyRotation: true });
    expect(only(registered, "aws:kms/alias:Alias")).to.include({ name: "alias/reports-alerts" });
  });

  it("puts its policies on topic and key", () => {
    const { arn, policy } = only(registered, "aws:sns/topicPolicy:TopicPolicy");
    expect(arn).to.equal(TOPIC);
    expect(JSON.parse(String(policy))).to.deep.equal(alertsTopicPolicy({ ...WHERE, topicArn: TOPIC }));
    expect(JSON.parse(String(only(registered, "aws:kms/key:Key")["policy"]))).to.deep.equal(alertsKeyPolicy(WHERE));
  });

  it("subscribes each address by e-mail", () => {
    const subscriptions = registered.filter(({ type }) => type === "aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => inputs)).to.have.deep.members([
      { topic: TOPIC, protocol: "email", endpoint: "security@example.com" },
      { topic: TOPIC, protocol: "email", endpoint: "audit@example.com" },
    ]);
  });
});

describe("alertsTopicPolicy", () => {
  const policy = alertsTopicPolicy({ ...WHERE, topicArn: TOPIC });
  const statement = (sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);

  it("lets the collector's role publish, and nobody else", () => {
    const allowed = policy.Statement.filter(({ Effect }) => Effect === "Allow");
    expect(allowed).to.deep.equal([
      {
        Sid: "CollectorPublishes",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "sns:Publish",
        Resource: TOPIC,
        Condition: { ArnEquals: { "aws:PrincipalArn": COLLECTOR } },
      },
    ]);
  });

  it("refuses every other role and user, its own administrators included, and plain HTTP", () => {
    expect(statement("DenyOtherPublishers")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Condition: { Bool: { "aws:PrincipalIsAWSService": "false" }, ArnNotEquals: { "aws:PrincipalArn": COLLECTOR } },
    });
    expect(statement("DenyPlainHttp")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
  });

  it("allows no wildcard action and no open principal, and knows no partition of its own", () => {
    expect(allowedActions(policy).filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(policy.Statement.filter(({ Effect, Principal }) => Effect === "Allow" && Principal === "*")).to.be.empty;
    const chinese = alertsTopicPolicy({ ...WHERE, partition: "aws-cn", topicArn: "" });
    expect(JSON.stringify(chinese)).not.to.contain("arn:aws:");
  });
});

describe("alertsKeyPolicy", () => {
  it("lets the collector use the key through SNS of the Region, and its account administer it", () => {
    const policy = alertsKeyPolicy(WHERE);
    expect(sids(policy)).to.deep.equal(["AdministerKey", "CollectorEncryptsThroughSns"]);
    expect(policy.Statement[0]?.Action).not.to.include.oneOf(["kms:Decrypt", "kms:Encrypt", "kms:CreateGrant"]);
    expect(policy.Statement[1]).to.deep.include({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Condition: {
        StringEquals: { "kms:ViaService": "sns.eu-central-1.amazonaws.com" },
        ArnEquals: { "aws:PrincipalArn": COLLECTOR },
      },
    });
    expect(JSON.stringify(alertsKeyPolicy({ ...WHERE, partition: "aws-cn" }))).not.to.contain("arn:aws:");
  });
});

describe("the collector's permission to deliver", () => {
  const policy = (alerts?: { topicArn: string; keyArn: string }): PolicyDocument =>
    collectorPolicy({
      partition: "aws",
      evidenceRegion: "eu-west-1",
      dnsSuffix: "amazonaws.com",
      organizationId: "o-exampleorgid",
      memberRoleName: "member",
      bucketName: "evidence",
      bucketOwner: "333344445555",
      keyArn: "arn:aws:kms:eu-west-1:222233334444:key/5678efgh",
      ...(alerts && { alerts }),
      logGroupArn: "arn:aws:logs:eu-central-1:111122223333:log-group:x",
    });
  const delivering = policy({ topicArn: TOPIC, keyArn: KEY });
  const added = delivering.Statement.filter(({ Sid }) => !sids(policy()).includes(Sid));

  it("is to read consolidated files, to publish to the one topic, and to use its key through SNS", () => {
    expect(added.map(({ Action, Resource, Condition }) => ({ Action, Resource, Condition }))).to.deep.equal([
      {
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::evidence/credentials/*",
        Condition: { StringEquals: { "aws:ResourceAccount": "333344445555" } },
      },
      { Action: "sns:Publish", Resource: TOPIC, Condition: undefined },
      {
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: KEY,
        Condition: { StringEquals: { "kms:ViaService": "sns.eu-central-1.amazonaws.com" } },
      },
    ]);
  });

  it("is absent where nothing is delivered, in its own policy and in that of the bucket", () => {
    expect(JSON.stringify(policy())).not.to.contain("sns");
    const read = policy().Statement.filter(({ Action }) => [Action].flat().includes("s3:GetObject"));
    expect(read.map(({ Resource }) => Resource)).to.deep.equal(["arn:aws:s3:::evidence/runs/*/manifest.json"]);
    const bucket = (deliverReports: boolean): PolicyDocument =>
      reportBucketPolicy({
        partition: "aws",
        bucketName: "evidence",
        keyArn: KEY,
        organizationId: "o-exampleorgid",
        collectorAccountId: "111122223333",
        collectorRoleName: "collector",
        readerRoleArns: [],
        deliverReports,
      });
    expect(sids(bucket(false))).not.to.include("CollectorReadsConsolidated");
    expect(bucket(true).Statement.find(({ Sid }) => Sid === "CollectorReadsConsolidated")).to.deep.include({
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::evidence/credentials/*",
      Condition: {
        ArnEquals: { "aws:PrincipalArn": COLLECTOR },
        StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" },
      },
    });
  });
});

describe("the management stack", () => {
  const CONFIG = {
    organizationId: "o-exampleorgid",
    managementAccountId: "111122223333",
    logArchiveAccountId: "333344445555",
    keyArn: "arn:aws:kms:eu-central-1:222233334444:key/1234abcd",
    bucketName: "evidence",
  };
  const deploy = async (more: Record<string, string>): Promise<{ registered: Registered[]; outputs: string[] }> => {
    const config = { ...CONFIG, ...more };
    const registered = mockPulumi({ accountId: "111122223333" }, { stack: "management", config });
    const outputs = Object.keys(await managementProgram());
    await settled();
    return { registered, outputs };
  };

  it("has no topic, key or right to publish by default", async () => {
    const { registered, outputs } = await deploy({});
    expect(registered.filter(({ type }) => /^aws:(sns|kms)/.test(type))).to.deep.equal([]);
    expect(String(only(registered, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"])).not.to.contain("sns");
    expect(outputs).not.to.include("alertsTopicArn");
  });

  it("gives the collector the reviewed exceptions where it delivers, and only there", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "exceptions-"));
    const exceptionsFile = path.join(folder, "exceptions.yaml");
    const line =
      '{ account: "111122223333", user: breakglass, control: user-mfa, reason: sealed, expires: "2027-03-31" }';
    writeFileSync(exceptionsFile, `exceptions: [${line}]\n`);
    const callback = async (more: Record<string, string>): Promise<string> => {
      const { registered } = await deploy({ exceptionsFile, ...more });
      const code = only(registered, "aws:lambda/function:Function")["code"] as pulumi.asset.AssetArchive;
      const assets = (await code.assets) as Record<string, pulumi.asset.Asset>;
      return (assets["__index.js"] as pulumi.asset.StringAsset).text;
    };
    try {
      expect(await callback({ deliverReports: "true" })).to.contain("breakglass");
      expect(await callback({})).not.to.contain("breakglass");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("has them with deliverReports, tells the collector its topic, and gives its ARN", async () => {
    const { registered, outputs } = await deploy({ deliverReports: "true", alertEmails: '["security@example.com"]' });
    expect(only(registered, "aws:sns/topic:Topic")["name"]).to.equal("iam-credential-reports-collector-alerts");
    expect(String(only(registered, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"])).to.contain("sns:Publish");
    expect(only(registered, "aws:sns/topicSubscription:TopicSubscription")["endpoint"]).to.equal(
      "security@example.com",
    );
    expect(outputs).to.include("alertsTopicArn");
  });
});
