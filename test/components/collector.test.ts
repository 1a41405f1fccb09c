import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Collector } from "../../components/collector";
import { collectorPolicy, collectorTrustPolicy } from "../../components/collectorPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { archivedFiles, archivedSettings } from "../support/collectorArchive";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const QUEUE_ARN = "arn:aws:sqs:eu-central-1:111122223333:reports-dead-letters";
const ARGS = {
  functionName: "reports",
  roleName: "collector",
  organizationId: "o-exampleorgid",
  memberRoleName: "member",
  bucketName: "evidence",
  bucketOwner: "333344445555",
  keyArn: "arn:aws:kms:eu-west-1:222233334444:key/1234abcd",
  memorySize: 1024,
  timeoutSeconds: 900,
  logRetentionDays: 365,
  include: ["Root/Workloads", "tag:stage=prod"],
  exclude: ["444455556666"],
  concurrency: 50,
  stsPerSecond: 301,
  generating: 1001,
  thresholds: { rootUseDays: 89, unusedDays: 44, dormantDays: 88, keyAgeDays: 87 },
};

describe("Collector", () => {
  let registered: Registered[];

  before(async () => {
    registered = mockPulumi({ accountId: "111122223333" });
    await valueOf(new Collector("collector", ARGS).functionArn);
    await settled();
  });

  it("runs a function under its own role, within the time and memory given, with one execution to refuse a second run in", () => {
    expect(only(registered, "aws:lambda/function:Function")).to.include({
      name: "reports",
      role: "arn:aws:iam::111122223333:role/collector",
      reservedConcurrentExecutions: 2,
      memorySize: 1024,
      timeout: 900,
    });
  });

  it("reserves an execution for each batch at the same time and one more, where a state machine drives it, and tells the runtime and the role", async () => {
    const batched = mockPulumi({ accountId: "111122223333" });
    const collector = new Collector("collector", {
      ...ARGS,
      engine: "stepfunctions",
      batchSize: 7,
      batchConcurrency: 3,
    });
    await valueOf(collector.functionArn);
    await settled();
    expect(only(batched, "aws:lambda/function:Function")["reservedConcurrentExecutions"]).to.equal(4);
    expect(await archivedSettings(batched))
      .to.contain('"engine": "stepfunctions"')
      .and.contain('"batchSize": 7');
    expect(only(batched, "aws:iam/rolePolicy:RolePolicy")["policy"]).to.contain('"WriteWork"');
    expect(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"]).not.to.contain("Work");
  });

  it("attaches no managed policy to the role", () => {
    expect(registered.filter(({ type }) => type.includes("RolePolicyAttachment"))).to.deep.equal([]);
    expect(registered.filter(({ type }) => type === "aws:iam/role:Role")).to.have.length(1);
  });

  it("logs into a group of its own with a retention", () => {
    expect(only(registered, "aws:cloudwatch/logGroup:LogGroup")).to.include({
      name: "/aws/lambda/reports",
      retentionInDays: 365,
    });
    expect(only(registered, "aws:lambda/function:Function")["loggingConfig"]).to.deep.equal({
      logFormat: "JSON",
      logGroup: "/aws/lambda/reports",
    });
  });

  it("keeps the events whose run failed for good in an encrypted queue, for two weeks", () => {
    expect(only(registered, "aws:sqs/queue:Queue")).to.include({
      name: "reports-dead-letters",
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 1_209_600,
    });
    expect(only(registered, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")).to.deep.include({
      functionName: "reports",
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: QUEUE_ARN } },
    });
  });

  it("keeps no event so long that it would start a run hours later, and long enough for three attempts", () => {
    const config = only(registered, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
    // the third begins after two of a quarter of an hour and the pauses of one and two minutes between them
    expect(config["maximumEventAgeInSeconds"]).to.be.within((15 + 1 + 15 + 2) * 60, 3600);
  });

  it("tries a failed run again as often as it is told", async () => {
    for (const retryAttempts of [0, 1]) {
      const told = mockPulumi({ accountId: "111122223333" });
      await valueOf(new Collector("collector", { ...ARGS, retryAttempts }).functionArn);
      await settled();
      const config = only(told, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
      expect(config["maximumRetryAttempts"]).to.equal(retryAttempts);
    }
  });

  it("lets its own role send to the queue, and that of the schedule where there is one, by TLS, and nobody else", async () => {
    const policyOf = async (args: object): Promise<PolicyDocument> => {
      const made = mockPulumi({ accountId: "111122223333" });
      await valueOf(new Collector("collector", { ...ARGS, ...args }).deadLetterQueueArn);
      await settled();
      return JSON.parse(only(made, "aws:sqs/queuePolicy:QueuePolicy")["policy"] as string) as PolicyDocument;
    };
    const senders = (policy: PolicyDocument) =>
      policy.Statement.find(({ Sid }) => Sid === "DenySendingByOthers")?.Condition?.["ArnNotEquals"];
    const alone = await policyOf({});
    expect(senders(alone)).to.deep.equal({ "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/collector"] });
    expect(alone.Statement.every(({ Effect, Resource }) => Effect === "Deny" && Resource === QUEUE_ARN)).to.equal(true);
    expect(alone.Statement[0]?.Condition).to.deep.equal({ Bool: { "aws:SecureTransport": "false" } });
    expect(senders(await policyOf({ scheduleRoleName: "starter", rolePath: "/audit/" }))).to.deep.equal({
      "aws:PrincipalArn": [
        "arn:aws:iam::111122223333:role/audit/collector",
        "arn:aws:iam::111122223333:role/audit/starter",
      ],
    });
    const own = JSON.parse(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"] as string) as PolicyDocument;
    expect(own.Statement.find(({ Sid }) => Sid === "KeepFailedEvents")).to.deep.include({
      Action: "sqs:SendMessage",
      Resource: QUEUE_ARN,
    });
  });

  it("has nothing that starts it, and lets nobody else invoke the function", () => {
    expect(registered.filter(({ type }) => /scheduler|eventRule|permission/i.test(type))).to.deep.equal([]);
  });

  it("ships the bundle, the settings and what brings them together, and none of the packages", async () => {
    const files = await archivedFiles(registered);
    expect(Object.keys(files)).to.deep.equal(["__index.js", "build/collector/handler.js", "settings.json"]);
    expect(files["__index.js"]?.length).to.be.lessThan(1000);
    expect(files["settings.json"]?.length).to.be.lessThan(10_000);
  });

  it("says by which hashes its code can be recognized, as Lambda says them, and tells Lambda the same", async () => {
    const again = mockPulumi({ accountId: "111122223333" });
    const collector = new Collector("collector", ARGS);
    const [codeSha256, bundleSha256] = await valueOf(pulumi.all([collector.codeSha256, collector.bundleSha256]));
    await settled();
    const { code, codeSha256: told } = only(again, "aws:lambda/function:Function");
    const zip = readFileSync(await (code as pulumi.asset.FileArchive).path);
    expect(codeSha256).to.equal(createHash("sha256").update(zip).digest("base64"));
    expect(told).to.equal(codeSha256);
    const { "build/collector/handler.js": bundle = "" } = await archivedFiles(again);
    expect(bundleSha256).to.equal(createHash("sha256").update(bundle).digest("hex"));
  });

  it("keeps its hashes readable where a setting is a secret", async () => {
    mockPulumi({ accountId: "111122223333" });
    const collector = new Collector("collector", { ...ARGS, externalId: pulumi.secret("shared") });
    expect(await Promise.all([collector.codeSha256, collector.bundleSha256].map(pulumi.isSecret))).to.deep.equal([
      false,
      false,
    ]);
    await settled();
  });

  it("tells the function which accounts to collect and how fast", async () => {
    const told = await archivedSettings(registered);
    for (const value of ["Root/Workloads", "tag:stage=prod", "444455556666", "50", "301", "1001"]) {
      expect(told, value).to.contain(value);
    }
  });

  it("tells the function its own account, which need not be the management account", async () => {
    const settingsOf = async (organizationId: string): Promise<string> => {
      const elsewhere = mockPulumi({ accountId: "555566667777" });
      await valueOf(new Collector("collector", { ...ARGS, organizationId }).functionArn);
      await settled();
      return archivedSettings(elsewhere);
    };
    expect(await settingsOf("o-exampleorgid")).to.match(/"accountId": "555566667777",\n\s*"standalone": false,/);
    expect(await settingsOf("none")).to.match(/"accountId": "555566667777",\n\s*"standalone": true,/);
  });

  it("hands its settings over to the bundle, whatever folder the program runs in", async () => {
    const home = process.cwd();
    process.chdir(tmpdir());
    try {
      const elsewhere = mockPulumi({ accountId: "111122223333" });
      await valueOf(new Collector("collector", ARGS).functionArn);
      await settled();
      const lambda = only(elsewhere, "aws:lambda/function:Function");
      expect(lambda["handler"]).to.equal("__index.handler");
      expect(path.isAbsolute(await (lambda["code"] as pulumi.asset.FileArchive).path)).to.equal(true);
      const files = await archivedFiles(elsewhere);
      const exported: { handler?: (...args: unknown[]) => unknown } = {};
      const handle = (...args: unknown[]): unknown[] => args;
      const load = (name: string): unknown =>
        name.endsWith(".json") ? JSON.parse(files[name.slice("./".length)] ?? "") : { handle };
      // as Node runs a module
      runInNewContext(files["__index.js"] ?? "", { exports: exported, require: load });
      const [settings, event, context] = exported.handler?.("event", "context") as [object, string, string];
      expect(settings).to.include({ memberRoleName: "member", bucketName: "evidence", concurrency: 50 });
      expect([event, context]).to.deep.equal(["event", "context"]);
    } finally {
      process.chdir(home);
    }
  });
});

describe("collectorPolicy", () => {
  const INPUT = {
    partition: "aws-us-gov",
    evidenceRegion: "us-gov-west-1",
    dnsSuffix: "amazonaws.com",
    organizationId: "o-exampleorgid",
    memberRoleName: "member",
    bucketName: "evidence",
    bucketOwner: "333344445555",
    keyArn: "arn:aws-us-gov:kms:us-gov-west-1:222233334444:key/1234abcd",
    logGroupArn: "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/lambda/reports",
  };
  const policy = collectorPolicy(INPUT);
  const statement = (sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);

  it("assumes one role name, inside its own organization only", () => {
    expect(statement("AssumeMemberRoles")).to.deep.include({
      Action: "sts:AssumeRole",
      Resource: "arn:aws-us-gov:iam::*:role/member",
      Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
    });
  });

  it("adds to the evidence and can neither delete it nor read the reports back", () => {
    const actions = allowedActions(policy);
    expect(actions.filter((action) => /Delete|PutBucket|GetObjectVersion/.test(action))).to.deep.equal([]);
    expect(statement("ReadManifests")?.Resource).to.equal("arn:aws-us-gov:s3:::evidence/runs/*/manifest.json");
  });

  describe("where a state machine calls the collector", () => {
    const stepped = collectorPolicy({ ...INPUT, engine: "stepfunctions" });
    const bucket = "arn:aws-us-gov:s3:::evidence";
    const Condition = { StringEquals: { "aws:ResourceAccount": "333344445555" } };

    it("also keeps work objects, and reads raw reports back", () => {
      const more = stepped.Statement.filter(({ Sid }) => !policy.Statement.some((one) => one.Sid === Sid));
      expect(more).to.deep.equal([
        { Sid: "WriteWork", Effect: "Allow", Action: "s3:PutObject", Resource: `${bucket}/work/*`, Condition },
        {
          Sid: "ReadWork",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [`${bucket}/work/*`, `${bucket}/runs/*/raw/*`],
          Condition,
        },
        {
          Sid: "ListWork",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: bucket,
          Condition: { ...Condition, StringLike: { "s3:prefix": "work/*" } },
        },
      ]);
      expect(allowedActions(stepped).filter((action) => action.includes("Delete"))).to.deep.equal([]);
    });

    it("has the same rights for the rest, and none of these by itself", () => {
      const rest = stepped.Statement.filter(({ Sid }) => !/Work$/.test(Sid));
      expect(rest).to.deep.equal(policy.Statement);
      expect(JSON.stringify(policy)).not.to.include("work/");
      expect(collectorPolicy({ ...INPUT, engine: "lambda" })).to.deep.equal(policy);
    });
  });

  it("uses the key through S3 of its Region only", () => {
    expect(statement("EncryptEvidence")?.Condition).to.deep.equal({
      StringEquals: { "kms:ViaService": "s3.us-gov-west-1.amazonaws.com" },
    });
  });

  it("allows no wildcard action, and * as resource only where actions know no resources", () => {
    expect(allowedActions(policy).filter((action) => action.includes("*"))).to.deep.equal([]);
    const open = policy.Statement.filter(({ Resource }) => Resource === "*").map(({ Sid }) => Sid);
    expect(open).to.deep.equal(["ReadOrganization", "OwnCredentialReport"]);
  });

  it("asks nothing of Organizations and assumes no role in an account that is in no organization", () => {
    const alone = collectorPolicy({ ...INPUT, organizationId: "none" });
    const actions = allowedActions(alone);
    expect(actions.filter((action) => /^(organizations|sts):/.test(action))).to.deep.equal([]);
    expect(JSON.stringify(alone)).not.to.match(/OrgID|"none"/);
    const open = alone.Statement.filter(({ Resource }) => Resource === "*").map(({ Action }) => Action);
    expect(open).to.deep.equal(["iam:ListAccountAliases", ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]]);
    const same = (sid: string) => alone.Statement.find(({ Sid }) => Sid === sid);
    expect(same("WriteEvidence")).to.deep.equal(statement("WriteEvidence"));
    expect(allowedActions(policy)).not.to.include("iam:ListAccountAliases");
  });

  it("reads accounts and units of its own organization only, wherever the collector is", () => {
    expect(statement("ReadAccountsAndUnits")?.Resource).to.deep.equal([
      "arn:aws-us-gov:organizations::*:account/o-exampleorgid/*",
      "arn:aws-us-gov:organizations::*:ou/o-exampleorgid/*",
      "arn:aws-us-gov:organizations::*:root/o-exampleorgid/*",
    ]);
  });

  it("trusts the Lambda service only, for functions of its own account", () => {
    const [trusted, ...more] = collectorTrustPolicy("111122223333").Statement;
    expect(more).to.be.empty;
    expect(trusted).to.deep.include({
      Principal: { Service: "lambda.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
    });
  });
});
