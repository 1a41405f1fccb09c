import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteQueryDefinitionCommand,
  DescribeQueryDefinitionsCommand,
  PutLogEventsCommand,
  PutQueryDefinitionCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { alertsKeyPolicy, alertsTopicPolicy } from "../../components/alertsPolicy";
import { subscribe, type TopicSubscriber } from "../support/topicSubscriber";
import { createFunction, invoke } from "./emulatedFunction";
import { emulatedAws, errorName, type EmulatedAws } from "./emulatedAws";

const HOUR = 3600;

describe("alarms in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let cloudwatch: CloudWatchClient;
  let topicArn: string;
  let keyArn: string;
  let subscriber: TopicSubscriber;
  let where: Parameters<typeof alertsKeyPolicy>[0];
  const settings = () => ({
    endpoint: aws.emulator.endpoint,
    region: aws.plan.region,
    credentials: aws.deployer,
  });

  const alarm = (AlarmName: string, more: Partial<PutMetricAlarmCommandInput> = {}): Promise<unknown> =>
    cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: "Test",
        MetricName: AlarmName,
        Dimensions: [{ Name: "Collector", Value: "one" }],
        Statistic: "Sum",
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
        ...more,
      }),
    );
  const put = (MetricName: string, Value: number, collector = "one"): Promise<unknown> =>
    cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: "Test",
        MetricData: [{ MetricName, Value, Dimensions: [{ Name: "Collector", Value: collector }] }],
      }),
    );
  const advance = (seconds: number): Promise<unknown> =>
    fetch(`${aws.emulator.endpoint}/_emulated/advance`, { method: "POST", body: JSON.stringify({ seconds }) });
  const stateOf = async (name: string): Promise<string | undefined> =>
    (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0]?.StateValue;

  before(async () => {
    aws = await emulatedAws(5);
    cloudwatch = new CloudWatchClient(settings());
    where = {
      partition: "aws",
      region: aws.plan.region,
      dnsSuffix: "amazonaws.com",
      accountId: aws.plan.managementAccountId,
    };
    const key = new CreateKeyCommand({ Policy: JSON.stringify(alertsKeyPolicy(where)) });
    keyArn = (await aws.kms(aws.deployer).send(key)).KeyMetadata?.Arn ?? "";
    const create = new CreateTopicCommand({ Name: "alerts", Attributes: { KmsMasterKeyId: keyArn } });
    topicArn = (await aws.sns(aws.deployer).send(create)).TopicArn ?? "";
    await setPolicy(JSON.stringify(alertsTopicPolicy({ ...where, topicArn })));
    subscriber = await subscribe(aws.sns(aws.deployer), topicArn);
  });
  after(async () => {
    await subscriber.close();
    await aws.remove();
  });
  const setPolicy = (AttributeValue: string): Promise<unknown> =>
    aws
      .sns(aws.deployer)
      .send(new SetTopicAttributesCommand({ TopicArn: topicArn, AttributeName: "Policy", AttributeValue }));

  it("looks at the dimensions of the metric, and goes back to OK when its period is over", async () => {
    await alarm("dimensions");
    await put("dimensions", 1, "another");
    expect(await stateOf("dimensions")).to.equal("OK");
    await put("dimensions", 1);
    expect(await stateOf("dimensions")).to.equal("ALARM");
    await advance(HOUR);
    expect(await stateOf("dimensions")).to.equal("OK");
  });

  it("stays as the last data point left it where missing data is ignored", async () => {
    await alarm("ignored", { TreatMissingData: "ignore" });
    expect(await stateOf("ignored")).to.equal("INSUFFICIENT_DATA");
    await put("ignored", 1);
    await advance(24 * HOUR);
    expect(await stateOf("ignored")).to.equal("ALARM");
    await put("ignored", 0);
    expect(await stateOf("ignored")).to.equal("OK");
  });

  it("asks for as many breaching data points as it is told", async () => {
    await alarm("two-of-three", { EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    await put("two-of-three", 1);
    expect(await stateOf("two-of-three")).to.equal("OK");
    await advance(300);
    await put("two-of-three", 1);
    expect(await stateOf("two-of-three")).to.equal("ALARM");
  });

  it("takes hours in which nothing came for breaching where it is told to, and looks over days at full hours only", async () => {
    const EvaluationPeriods = 30;
    const absent = { Period: HOUR, EvaluationPeriods, ComparisonOperator: "LessThanThreshold" as const };
    await alarm("absent", { ...absent, TreatMissingData: "breaching" });
    expect(await stateOf("absent")).to.equal("ALARM");
    await put("absent", 1);
    expect(await stateOf("absent")).to.equal("ALARM");
    await advance(HOUR);
    expect(await stateOf("absent")).to.equal("OK");
    await advance(28 * HOUR);
    expect(await stateOf("absent")).to.equal("OK");
    await advance(6 * HOUR);
    expect(await stateOf("absent")).to.equal("ALARM");
  });

  it("refuses what CloudWatch refuses", async () => {
    for (const wrong of [
      { Period: 90 },
      { Period: 300, EvaluationPeriods: 289 },
      { Period: HOUR, EvaluationPeriods: 169 },
      { DatapointsToAlarm: 2 },
      { AlarmDescription: "x".repeat(1025) },
    ]) {
      expect(await errorName(alarm("wrong", wrong)), JSON.stringify(wrong)).to.match(/^Validation/);
    }
    expect(await errorName(alarm("right", { Period: HOUR, EvaluationPeriods: 168 }))).to.equal("none");
  });

  it("has metrics of log lines in embedded metric format", async () => {
    const logs = new CloudWatchLogsClient(settings());
    await logs.send(new CreateLogGroupCommand({ logGroupName: "runs" }));
    await logs.send(new CreateLogStreamCommand({ logGroupName: "runs", logStreamName: "s" }));
    await alarm("embedded", { Threshold: 5 });
    const timestamp = Date.now();
    const metadata = {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        { Namespace: "Test", Dimensions: [["Collector"]], Metrics: [{ Name: "embedded", Unit: "Count" }] },
      ],
    };
    const line = (values: object) => ({
      timestamp,
      message: JSON.stringify({ _aws: metadata, Collector: "one", ...values }),
    });
    const write = (...logEvents: { timestamp: number; message: string }[]): Promise<unknown> =>
      logs.send(new PutLogEventsCommand({ logGroupName: "runs", logStreamName: "s", logEvents }));
    await write({ timestamp, message: "not of it" }, line({ embedded: 4 }), line({ embedded: "5", Collector: 7 }));
    expect(await stateOf("embedded")).to.equal("OK");
    await write(line({ embedded: [0.5, 0.5] }));
    expect(await stateOf("embedded")).to.equal("ALARM");
  });

  it("has Lambda's metrics of a function, by its name: errors, duration, and what was refused", async () => {
    const of = (metric: string, Threshold: number): Promise<unknown> =>
      alarm(metric, {
        Namespace: "AWS/Lambda",
        Dimensions: [{ Name: "FunctionName", Value: "watched" }],
        Statistic: metric === "Duration" ? "Maximum" : "Sum",
        Threshold,
      });
    const states = async (): Promise<(string | undefined)[]> =>
      Promise.all(["Errors", "Throttles", "Duration"].map(stateOf));
    await Promise.all([of("Errors", 1), of("Throttles", 1), of("Duration", 1)]);
    await createFunction(aws, "watched");
    await invoke(aws, "watched");
    expect(await states()).to.deep.equal(["OK", "OK", "ALARM"]);
    const lambda = aws.lambda(aws.deployer);
    const ReservedConcurrentExecutions = 0;
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "watched", ReservedConcurrentExecutions }));
    expect(await errorName(invoke(aws, "watched"))).to.match(/TooManyRequests/);
    expect(await states()).to.deep.equal(["OK", "ALARM", "ALARM"]);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "watched" }));
    const broken = { FunctionName: "watched", Handler: "index.missing" };
    await lambda.send(new UpdateFunctionConfigurationCommand(broken));
    await invoke(aws, "watched").catch(() => undefined);
    expect(await states()).to.deep.equal(["ALARM", "ALARM", "ALARM"]);
  });

  it("sees every minute what waits in a queue", async () => {
    const sqs = new SQSClient(settings());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "letters" }));
    await alarm("waiting", {
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: "letters" }],
      Statistic: "Maximum",
      TreatMissingData: "ignore",
    });
    await advance(60);
    expect(await stateOf("waiting")).to.equal("OK");
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
    await advance(60);
    expect(await stateOf("waiting")).to.equal("ALARM");
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    await advance(600);
    expect(await stateOf("waiting")).to.equal("OK");
  });

  it("tells the topic that it went off and that it is over, as its policy and its key let CloudWatch", async () => {
    const told = { AlarmActions: [topicArn], OKActions: [topicArn] };
    await alarm("told", told);
    await put("told", 1);
    await advance(HOUR);
    const messages = await subscriber.messages(3);
    const states = messages.map(({ Message }) => (JSON.parse(Message) as { NewStateValue: string }).NewStateValue);
    expect(states).to.have.members(["OK", "ALARM", "OK"]);
    expect(messages.map(({ Subject }) => Subject)).to.include('ALARM: "told" in eu-central-1');
    const before = messages.length;

    const policies = [
      () => setPolicy(JSON.stringify(alertsTopicPolicy({ ...where, accountId: "999988887777", topicArn }))),
      () => aws.kms(aws.deployer).send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: keyOf("999988887777") })),
    ];
    for (const spoil of policies) {
      await spoil();
      await put("told", 1);
      expect(await stateOf("told")).to.equal("ALARM");
      await advance(HOUR);
      await setPolicy(JSON.stringify(alertsTopicPolicy({ ...where, topicArn })));
    }
    await aws.kms(aws.deployer).send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: keyOf(where.accountId) }));
    await put("told", 1);
    expect(await subscriber.messages(before + 1)).to.have.length(before + 1);
  });
  /** The policy of the key, with the services let in for an account. */
  const keyOf = (accountId: string): string => {
    const own = alertsKeyPolicy(where).Statement.filter(({ Sid }) => Sid === "AdministerKey");
    const services = alertsKeyPolicy({ ...where, accountId }).Statement.filter(({ Sid }) => Sid !== "AdministerKey");
    return JSON.stringify({ Version: "2012-10-17", Statement: [...own, ...services] });
  };

  it("passes on what a rule of EventBridge sends, which does not say for which rule it acts", async () => {
    const events = new EventBridgeClient(settings());
    await events.send(new PutRuleCommand({ Name: "findings", EventPattern: JSON.stringify({ source: ["test"] }) }));
    await events.send(new PutTargetsCommand({ Rule: "findings", Targets: [{ Id: "topic", Arn: topicArn }] }));
    const so = (await subscriber.messages(0)).length;
    await events.send(new PutEventsCommand({ Entries: [{ Source: "test", DetailType: "found", Detail: "{}" }] }));
    const last = (await subscriber.messages(so + 1)).at(-1);
    expect(JSON.parse(last?.Message ?? "")).to.include({ source: "test", "detail-type": "found" });
  });

  it("keeps alarms, with their states, and saved queries from one start to the next", async () => {
    const saved = { name: "runs/all", queryString: "fields @message", logGroupNames: ["runs"] };
    const { queryDefinitionId } = await new CloudWatchLogsClient(settings()).send(new PutQueryDefinitionCommand(saved));
    await alarm("kept", { TreatMissingData: "ignore" });
    await put("kept", 1);
    aws = await aws.restarted();
    cloudwatch = new CloudWatchClient(settings());
    const logs = new CloudWatchLogsClient(settings());
    expect(await stateOf("kept")).to.equal("ALARM");
    const { queryDefinitions } = await logs.send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions).to.deep.equal([{ ...saved, queryDefinitionId }]);
    await logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
    const gone = logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
    expect(await errorName(gone)).to.equal("ResourceNotFoundException");
  });
});
