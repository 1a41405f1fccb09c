import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Alerts } from "../../components/alerts";
import { subscriptionOf } from "../../components/alertSubscriptions";
import { alertsKeyPolicy, alertsTopicPolicy, streamPolicy, streamTrustPolicy } from "../../components/alertsPolicy";
import { collectorPolicy } from "../../components/collectorPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import { managementProgram } from "../../rollout/programs/management";
import { allowedActions } from "../support/policies";
import { archivedSettings } from "../support/collectorArchive";
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
const OF_AN_ALARM = {
  StringEquals: { "aws:SourceAccount": "111122223333" },
  ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*" },
};
const OF_A_RULE = { StringEqualsIfExists: { "aws:SourceAccount": "111122223333" } };
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

describe("what else is subscribed", () => {
  const QUEUE = "arn:aws:sqs:eu-central-1:999988887777:pages";
  const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:page";
  const STREAM = "arn:aws:firehose:eu-central-1:111122223333:deliverystream/alerts";
  const alertsWith = async (...subscriptions: string[]): Promise<Registered[]> => {
    const registered = mockPulumi({ accountId: "111122223333" });
    new Alerts("alerts", { topicName: "reports-alerts", emails: [], subscriptions });
    await settled();
    return registered;
  };

  it("is subscribed by the protocol of its ARN, and a function gets the permission that SNS needs, in its Region", async () => {
    const registered = await alertsWith(QUEUE, FUNCTION);
    const subscriptions = registered.filter(({ type }) => type === "aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => inputs)).to.have.deep.members([
      { topic: TOPIC, protocol: "sqs", endpoint: QUEUE },
      { topic: TOPIC, protocol: "lambda", endpoint: FUNCTION },
    ]);
    expect(only(registered, "aws:lambda/permission:Permission")).to.deep.equal({
      statementId: "reports-alerts",
      action: "lambda:InvokeFunction",
      function: FUNCTION,
      principal: "sns.amazonaws.com",
      sourceArn: TOPIC,
      region: "eu-west-1",
    });
  });

  it("gets the permission for the alias or version that its ARN names", async () => {
    const registered = await alertsWith(`${FUNCTION}:live`);
    expect(only(registered, "aws:lambda/permission:Permission")).to.include({ function: FUNCTION, qualifier: "live" });
    expect(only(registered, "aws:sns/topicSubscription:TopicSubscription")["endpoint"]).to.equal(`${FUNCTION}:live`);
  });

  it("gets its messages, where it is a stream, by a role that SNS alone assumes and that puts into the named streams only", async () => {
    const registered = await alertsWith(STREAM, `${STREAM}-2`);
    const role = only(registered, "aws:iam/role:Role");
    expect(role["name"]).to.equal("reports-alerts-streams");
    expect(JSON.parse(String(role["assumeRolePolicy"]))).to.deep.equal(streamTrustPolicy("111122223333"));
    expect(JSON.parse(String(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"]))).to.deep.equal(
      streamPolicy([STREAM, `${STREAM}-2`]),
    );
    const subscriptions = registered.filter(({ type }) => type === "aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => inputs["subscriptionRoleArn"])).to.deep.equal([
      "arn:aws:iam::111122223333:role/reports-alerts-streams",
      "arn:aws:iam::111122223333:role/reports-alerts-streams",
    ]);
  });

  it("may be an endpoint of a mobile application", async () => {
    const endpoint = "arn:aws:sns:eu-central-1:111122223333:endpoint/GCM/oncall/5e3e9847-3183-3f18-a7e8-671c3a57d4b3";
    const registered = await alertsWith(endpoint);
    expect(only(registered, "aws:sns/topicSubscription:TopicSubscription")).to.deep.include({
      protocol: "application",
      endpoint,
    });
  });

  it("needs neither permission nor role where it is a queue", async () => {
    const registered = await alertsWith(QUEUE);
    const types = registered.map(({ type }) => type);
    expect(types).not.to.include("aws:lambda/permission:Permission");
    expect(types).not.to.include("aws:iam/role:Role");
  });

  for (const [arn, why] of [
    ["security@example.com", /e-mail addresses go into alertEmails/],
    ["https://example.com/hook", /an address of HTTPS subscribes itself to the output alertsTopicArn/],
    ["queue", /no ARN of a queue, function, stream or endpoint/],
    [`${QUEUE}.fifo`, /delivers to no FIFO queue/],
    [`${FUNCTION}:live:twice`, /not how the ARN of a function ends/],
    ["arn:aws:firehose:eu-central-1:111122223333:stream/alerts", /not how the ARN of a stream ends/],
    ["arn:aws:sns:eu-central-1:111122223333:other", /no subscription of a topic to a topic/],
    ["arn:aws:states:eu-central-1:111122223333:stateMachine:m", /SNS delivers nothing to states/],
  ] as const) {
    it(`refuses ${arn}, with the way to go`, () => {
      const found = subscriptionOf(arn);
      expect("problem" in found && found.problem)
        .to.match(why)
        .and.to.contain(arn);
      expect(() => new Alerts("alerts", { topicName: "t", emails: [], subscriptions: [arn] })).to.throw(why);
    });
  }

  it("refuses a function of another account than the topic's, to which no permission can be given", () => {
    const found = subscriptionOf(FUNCTION, "999988887777");
    expect("problem" in found && found.problem).to.match(/of account 111122223333 and the topic of 999988887777/);
    expect(subscriptionOf(FUNCTION, "111122223333")).to.have.property("protocol", "lambda");
    const stream = subscriptionOf(STREAM, "999988887777");
    expect("problem" in stream && stream.problem).to.match(/of account 111122223333 and the topic of 999988887777/);
  });
});

describe("the role for streams", () => {
  it("is assumed by SNS alone, for topics of its account", () => {
    expect(streamTrustPolicy("111122223333").Statement).to.deep.equal([
      {
        Sid: "TopicsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
      },
    ]);
  });

  it("puts into the named streams and does nothing else", () => {
    const policy = streamPolicy(["arn:b", "arn:a"]);
    expect(policy.Statement.map(({ Resource }) => Resource)).to.deep.equal([["arn:a", "arn:b"]]);
    expect(allowedActions(policy)).to.have.members([
      "firehose:DescribeDeliveryStream",
      "firehose:ListTagsForDeliveryStream",
      "firehose:PutRecord",
      "firehose:PutRecordBatch",
    ]);
  });
});

describe("alertsTopicPolicy", () => {
  const policy = alertsTopicPolicy({ ...WHERE, topicArn: TOPIC });
  const statement = (sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);

  it("lets the collector's role publish, alarms of the account and rules of EventBridge, and nobody else", () => {
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
      {
        Sid: "AlarmsPublish",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: TOPIC,
        Condition: OF_AN_ALARM,
      },
      {
        Sid: "RulesPublish",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: TOPIC,
        Condition: OF_A_RULE,
      },
    ]);
  });

  it("lets no role or user publish where the collector has nothing to say", () => {
    const where = { ...WHERE, collectorRoleName: undefined };
    const quiet = alertsTopicPolicy({ ...where, topicArn: TOPIC });
    expect(sids(quiet)).to.deep.equal(["DenyPlainHttp", "DenyOtherPublishers", "AlarmsPublish", "RulesPublish"]);
    expect(quiet.Statement[1]?.Condition).to.deep.equal({ Bool: { "aws:PrincipalIsAWSService": "false" } });
    expect(sids(alertsKeyPolicy(where))).to.deep.equal(["AdministerKey", "AlarmsEncrypt", "RulesEncrypt"]);
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
  it("lets the collector use the key through SNS of the Region, alarms and rules too, and its account administer it", () => {
    const policy = alertsKeyPolicy(WHERE);
    expect(sids(policy)).to.deep.equal([
      "AdministerKey",
      "CollectorEncryptsThroughSns",
      "AlarmsEncrypt",
      "RulesEncrypt",
    ]);
    for (const [index, Condition] of [OF_AN_ALARM, OF_A_RULE].entries()) {
      const use = { Action: ["kms:Decrypt", "kms:GenerateDataKey"], Condition };
      expect(policy.Statement[index + 2]).to.deep.include(use);
    }
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
    expect(read.map(({ Resource }) => Resource)).to.deep.equal([
      "arn:aws:s3:::evidence/runs/*/manifest.json",
      "arn:aws:s3:::evidence/running.json",
    ]);
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
  const TOPIC_OF_STACK = "arn:aws:sns:eu-central-1:111122223333:iam-credential-reports-collector-alerts";
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

  it("has no topic, key, alarm or right to publish where neither alarms nor reports are wanted", async () => {
    const { registered, outputs } = await deploy({ alarms: "false" });
    const types = registered.map(({ type }) => type);
    expect(types.filter((type) => /^aws:(sns|kms)|^aws:cloudwatch\/(?!logGroup)/.test(type))).to.deep.equal([]);
    expect(String(only(registered, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"])).not.to.contain("sns");
    expect(outputs).not.to.include.oneOf(["alertsTopicArn", "alarmNames", "dashboardName"]);
  });

  it("has topic and alarms by default, and the collector may not publish", async () => {
    const { registered, outputs } = await deploy({});
    expect(String(only(registered, "aws:sns/topicPolicy:TopicPolicy")["policy"])).not.to.contain("CollectorPublishes");
    expect(String(only(registered, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"])).not.to.contain("sns");
    const alarms = registered.filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm");
    for (const { inputs } of alarms) expect(inputs["alarmActions"]).to.deep.equal([TOPIC_OF_STACK]);
    expect(alarms).not.to.be.empty;
    expect(outputs).to.include.members(["alertsTopicArn", "alarmNames", "dashboardName"]);
  });

  it("has no dashboard where none is wanted", async () => {
    const { registered, outputs } = await deploy({ dashboard: "false" });
    expect(registered.map(({ type }) => type)).not.to.include("aws:cloudwatch/dashboard:Dashboard");
    expect(outputs).to.include("alarmNames").and.not.include("dashboardName");
  });

  it("gives the collector the reviewed exceptions where it delivers, and only there", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "exceptions-"));
    const exceptionsFile = path.join(folder, "exceptions.yaml");
    const line =
      '{ account: "111122223333", user: breakglass, control: user-mfa, reason: sealed, expires: "2027-03-31" }';
    writeFileSync(exceptionsFile, `exceptions: [${line}]\n`);
    const told = async (more: Record<string, string>): Promise<string> => {
      const { registered } = await deploy({ exceptionsFile, ...more });
      return archivedSettings(registered);
    };
    try {
      expect(await told({ deliverReports: "true" })).to.contain("breakglass");
      expect(await told({})).not.to.contain("breakglass");
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
