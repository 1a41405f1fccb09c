import { DeleteRolePolicyCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { DisableKeyRotationCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GetFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { ProviderStack, outcomeOf } from "./providerStack";

const ACCOUNT = "111122223333";

/** What the program of these tests varies from one `up` to the next. */
interface Variation {
  principal: string;
  retention: number;
  code: string;
  memorySize: number;
  timeZone: string;
  hours: number;
  tags: Record<string, string>;
}

const first: Variation = {
  principal: ACCOUNT,
  retention: 30,
  code: "exports.handler = async () => 'first';",
  memorySize: 128,
  timeZone: "UTC",
  hours: 1,
  tags: { purpose: "test", owner: "audit" },
};

const second: Variation = {
  principal: "444455556666",
  retention: 90,
  code: "exports.handler = async () => require('./files/index.js').handler();",
  memorySize: 256,
  timeZone: "Europe/Berlin",
  hours: 24,
  tags: { purpose: "test" },
};

/** Every resource type that the stand-in covers, as this project uses it. */
function everything(variation: Variation) {
  return () => {
    const context = pulumi.output(
      Promise.all([
        aws.getCallerIdentity({}),
        aws.getPartition({}),
        aws.getRegion({}),
        aws.organizations.getOrganization({}),
        aws.organizations.getEntityPath({ entityId: "444400000003" }),
      ]),
    );
    const { tags } = variation;
    const key = new aws.kms.Key("key", {
      description: "key of the evidence",
      enableKeyRotation: true,
      deletionWindowInDays: 7,
      policy: context.apply(([caller, partition]) =>
        policy({
          Sid: "Administration",
          Effect: "Allow",
          Principal: { AWS: [`arn:${partition.partition}:iam::${caller.accountId}:root`] },
          Action: ["kms:*"],
          Resource: "*",
        }),
      ),
      tags,
    });
    new aws.kms.Alias("alias", { name: "alias/evidence", targetKeyId: key.keyId });

    const bucket = new aws.s3.Bucket("bucket", { bucket: "evidence-bucket", forceDestroy: true, tags });
    new aws.s3.BucketVersioning("versioning", {
      bucket: bucket.bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new aws.s3.BucketServerSideEncryptionConfiguration("encryption", {
      bucket: bucket.bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    });
    new aws.s3.BucketPublicAccessBlock("publicAccess", {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new aws.s3.BucketOwnershipControls("ownership", {
      bucket: bucket.bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    new aws.s3.BucketLifecycleConfiguration("lifecycle", {
      bucket: bucket.bucket,
      rules: [
        {
          id: "runs",
          status: "Enabled",
          filter: { prefix: "runs/" },
          transitions: [{ days: 90, storageClass: "STANDARD_IA" }],
          expiration: { days: 400 },
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        {
          id: "raw",
          status: "Enabled",
          filter: { and: { prefix: "runs/", tags: { "evidence-kind": "raw" } } },
          expiration: { days: 30 },
        },
      ],
    });
    new aws.s3.BucketPolicy("bucketPolicy", {
      bucket: bucket.bucket,
      policy: bucket.arn.apply((arn) =>
        policy({
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": false } },
        }),
      ),
    });

    const role = new aws.iam.Role("role", {
      name: "collector",
      description: "for this test",
      assumeRolePolicy: policy(
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        { Effect: "Allow", Principal: { AWS: variation.principal }, Action: "sts:AssumeRole" },
      ),
      tags,
    });
    new aws.iam.RolePolicy("rolePolicy", {
      name: "use",
      role: role.name,
      policy: policy({ Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: "*" }),
    });
    const autonamed = new aws.iam.Role("autonamed", {
      assumeRolePolicy: policy({
        Effect: "Allow",
        Principal: { Service: "scheduler.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    });

    const logGroup = new aws.cloudwatch.LogGroup("logs", {
      name: "/aws/lambda/collector",
      retentionInDays: variation.retention,
      tags,
    });
    const lambda = new aws.lambda.Function("function", {
      name: "collector",
      role: role.arn,
      runtime: aws.lambda.Runtime.NodeJS22dX,
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({
        "index.js": new pulumi.asset.StringAsset(variation.code),
        files: new pulumi.asset.FileArchive("./files"),
      }),
      memorySize: variation.memorySize,
      timeout: 60,
      reservedConcurrentExecutions: 1,
      architectures: ["arm64"],
      environment: { variables: { MODE: "test" } },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      tags,
    });
    const queue = new aws.sqs.Queue("queue", {
      name: "dead-letters",
      messageRetentionSeconds: variation.retention * 3600,
      sqsManagedSseEnabled: true,
      tags,
    });
    new aws.sqs.QueuePolicy("queuePolicy", {
      queueUrl: queue.url,
      policy: queue.arn.apply((arn) =>
        policy({
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      ),
    });
    new aws.lambda.FunctionEventInvokeConfig("eventInvoke", {
      functionName: lambda.name,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 300,
      destinationConfig: { onFailure: { destination: queue.arn } },
    });
    const rule = new aws.cloudwatch.EventRule("rule", {
      name: "collector",
      scheduleExpression: "rate(1 day)",
      state: "DISABLED",
      tags,
    });
    new aws.cloudwatch.EventTarget("target", {
      rule: rule.name,
      arn: lambda.arn,
      input: JSON.stringify({ scheduled: true }),
      retryPolicy: { maximumEventAgeInSeconds: 600, maximumRetryAttempts: 1 },
    });
    new aws.lambda.Permission("permission", {
      statementId: "schedule",
      function: lambda.name,
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    const group = new aws.scheduler.ScheduleGroup("scheduleGroup", { name: "collector", tags });
    const schedule = new aws.scheduler.Schedule("schedule", {
      name: "nightly",
      groupName: group.name,
      description: "Starts the collector",
      scheduleExpression: "cron(15 3 * * ? *)",
      scheduleExpressionTimezone: variation.timeZone,
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
      state: "DISABLED",
      target: {
        arn: lambda.arn,
        roleArn: autonamed.arn,
        input: JSON.stringify({ startedBy: "schedule" }),
        retryPolicy: { maximumEventAgeInSeconds: 1800, maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: queue.arn },
      },
    });
    const topic = new aws.sns.Topic("topic", {
      name: "alerts",
      displayName: "Alerts",
      kmsMasterKeyId: key.arn,
      tags,
    });
    new aws.sns.TopicPolicy("topicPolicy", {
      arn: topic.arn,
      policy: topic.arn.apply((arn) =>
        policy({
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: arn,
          Condition: { Bool: { "aws:SecureTransport": false } },
        }),
      ),
    });
    new aws.sns.TopicSubscription("subscription", {
      topic: topic.arn,
      protocol: "email",
      endpoint: "security@example.com",
    });
    new aws.cloudwatch.MetricAlarm("alarm", {
      name: "collector-failed",
      alarmDescription: "The last run failed",
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: lambda.name },
      statistic: "Sum",
      period: 3600,
      evaluationPeriods: variation.hours,
      datapointsToAlarm: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "ignore",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      tags,
    });
    new aws.cloudwatch.Dashboard("dashboard", {
      dashboardName: "collector",
      dashboardBody: JSON.stringify({ start: `-PT${variation.hours}H`, widgets: [] }),
    });
    new aws.cloudwatch.QueryDefinition("query", {
      name: "collector/runs",
      logGroupNames: [logGroup.name],
      queryString: `fields @message\n| limit ${variation.hours}`,
    });
    return Promise.resolve({
      keyArn: key.arn,
      keyId: key.keyId,
      roleArn: role.arn,
      autonamedName: autonamed.name,
      functionArn: lambda.arn,
      bucketArn: bucket.arn,
      ruleArn: rule.arn,
      scheduleArn: schedule.arn,
      queueArn: queue.arn,
      queueUrl: queue.url,
      context: context.apply(([caller, partition, region, organization, path]) => ({
        account: caller.accountId,
        partition: partition.partition,
        region: region.region,
        management: organization.masterAccountId,
        accounts: organization.accounts.length,
        path: path.entityPath,
      })),
    });
  };
}

function policy(...Statement: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

describe("the stand-in for the AWS provider, with the engine and the emulator", function () {
  this.timeout(600_000);
  let provider: ProviderStack;
  let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  before(async () => {
    provider = await ProviderStack.start();
    client = {
      endpoint: provider.emulator.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "test" },
    };
  });
  after(() => provider.stop());

  /** Stacks share the project's folder, so each gets the program of the moment. */
  const everythingStack = (variation: Variation): Promise<Stack> =>
    provider.stack("everything", everything(variation), { "aws:allowedAccountIds": JSON.stringify([ACCOUNT]) });

  describe("a stack of every resource type", () => {
    it("can be previewed before anything exists", async () => {
      const stack = await everythingStack(first);
      const { errors, changes } = await outcomeOf((onEvent) => stack.preview({ onEvent }));
      expect(errors).to.deep.equal([]);
      expect(Object.values(changes))
        .to.have.length(28)
        .and.to.satisfy((all: string[]) => all.every((op) => op === "create"));
    });

    it("creates everything, with the outputs of AWS", async () => {
      const stack = await everythingStack(first);
      const { outputs } = await stack.up();
      const value = (name: string): unknown => outputs[name]?.value;
      expect(value("keyArn")).to.equal(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/${String(value("keyId"))}`);
      expect(value("roleArn")).to.equal(`arn:aws:iam::${ACCOUNT}:role/collector`);
      expect(value("functionArn")).to.equal(`arn:aws:lambda:eu-central-1:${ACCOUNT}:function:collector`);
      expect(value("bucketArn")).to.equal("arn:aws:s3:::evidence-bucket");
      expect(value("scheduleArn")).to.equal(`arn:aws:scheduler:eu-central-1:${ACCOUNT}:schedule/collector/nightly`);
      expect(value("queueUrl")).to.equal(`https://sqs.eu-central-1.amazonaws.com/${ACCOUNT}/dead-letters`);
      expect(value("queueArn")).to.equal(`arn:aws:sqs:eu-central-1:${ACCOUNT}:dead-letters`);
      expect(value("ruleArn")).to.equal(`arn:aws:events:eu-central-1:${ACCOUNT}:rule/collector`);
      expect(value("autonamedName")).to.match(/^autonamed-[0-9a-f]{7}$/);
      expect(value("context")).to.deep.equal({
        account: ACCOUNT,
        partition: "aws",
        region: "eu-central-1",
        management: ACCOUNT,
        accounts: 5,
        path: "o-exampleorgid/r-exam/ou-exam-workloads/ou-exam-production/444400000003",
      });
    });

    it("deploys the archive as it is: the function runs", async () => {
      const lambda = new LambdaClient(client);
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "collector" }));
      expect(Buffer.from(Payload ?? []).toString()).to.equal('"first"');
    });

    it("finds nothing to change the second time", async () => {
      const stack = await everythingStack(first);
      expect(await outcomeOf((onEvent) => stack.up({ onEvent }))).to.deep.equal({
        changes: {},
        properties: {},
        errors: [],
      });
    });

    it("finds nothing that drifted", async () => {
      const stack = await everythingStack(first);
      expect(await outcomeOf((onEvent) => stack.refresh({ onEvent }))).to.deep.include({ changes: {}, errors: [] });
    });

    it("updates what the program changes, and nothing else", async () => {
      const stack = await everythingStack(second);
      const { properties, errors } = await outcomeOf((onEvent) => stack.up({ onEvent }));
      expect(errors).to.deep.equal([]);
      expect(properties).to.deep.equal({
        role: ["assumeRolePolicy", "tags"],
        logs: ["retentionInDays", "tags"],
        function: ["code", "memorySize", "tags"],
        key: ["tags"],
        bucket: ["tags"],
        rule: ["tags"],
        queue: ["messageRetentionSeconds", "tags"],
        schedule: ["scheduleExpressionTimezone"],
        scheduleGroup: ["tags"],
        topic: ["tags"],
        alarm: ["evaluationPeriods", "tags"],
        dashboard: ["dashboardBody"],
        query: ["queryString"],
      });
      const lambda = new LambdaClient(client);
      const found = await lambda.send(new GetFunctionCommand({ FunctionName: "collector" }));
      expect(found.Configuration?.MemorySize).to.equal(256);
      expect(found.Tags).to.deep.equal({ purpose: "test" });
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "collector" }));
      expect(Buffer.from(Payload ?? []).toString()).to.equal('"from a file"');
    });

    it("shows on refresh what changed in AWS, and puts it right on the next up", async () => {
      let stack = await everythingStack(second);
      const { keyId } = await stack.outputs();
      await new KMSClient(client).send(new DisableKeyRotationCommand({ KeyId: String(keyId?.value) }));
      await new CloudWatchLogsClient(client).send(
        new PutRetentionPolicyCommand({ logGroupName: "/aws/lambda/collector", retentionInDays: 1 }),
      );
      const iam = new IAMClient(client);
      const PolicyDocument = policy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "collector", PolicyDocument }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: "collector", PolicyName: "use" }));

      const drift = await outcomeOf((onEvent) => stack.refresh({ onEvent }));
      expect(drift.errors).to.deep.equal([]);
      expect(Object.keys(drift.changes).sort()).to.deep.equal(["key", "logs", "role", "rolePolicy"]);

      stack = await everythingStack(second);
      const mended = await outcomeOf((onEvent) => stack.up({ onEvent }));
      expect(mended).to.deep.equal({
        changes: { key: "update", logs: "update", role: "update", rolePolicy: "create" },
        properties: {
          key: ["enableKeyRotation"],
          logs: ["retentionInDays"],
          role: ["assumeRolePolicy"],
          rolePolicy: [],
        },
        errors: [],
      });
    });

    it("destroys everything, the versions in the bucket included", async () => {
      const s3 = new S3Client({ ...client, forcePathStyle: true });
      for (const Body of ["one", "two"]) {
        await s3.send(new PutObjectCommand({ Bucket: "evidence-bucket", Key: "runs/object", Body }));
      }
      const stack = await everythingStack(second);
      expect((await outcomeOf((onEvent) => stack.destroy({ onEvent }))).errors).to.deep.equal([]);
      const [buckets, functions, rules, groups] = await Promise.all([
        s3.send(new ListBucketsCommand({})),
        new LambdaClient(client).send(new ListFunctionsCommand({})),
        new EventBridgeClient(client).send(new ListRulesCommand({})),
        new CloudWatchLogsClient(client).send(new DescribeLogGroupsCommand({})),
      ]);
      expect(buckets.Buckets ?? []).to.deep.equal([]);
      expect(functions.Functions ?? []).to.deep.equal([]);
      expect(rules.Rules ?? []).to.deep.equal([]);
      expect(groups.logGroups ?? []).to.deep.equal([]);
    });
  });
});
