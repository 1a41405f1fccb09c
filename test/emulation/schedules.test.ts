import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, CreateScheduleGroupCommand, DeleteScheduleCommand } from "@aws-sdk/client-scheduler";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type Message,
} from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { deadLetterQueuePolicy } from "../../components/deadLetterQueue";
import { schedulePolicy, scheduleTrustPolicy } from "../../components/collectorSchedulePolicy";
import { until } from "../support/until";
import { emulatedAws, errorName, policy, type EmulatedAws } from "./emulatedAws";
import { createFunction } from "./emulatedFunction";

const DAY = 24 * 60 * 60;
/** Fails, and says by which request: what fails leaves its event in a queue, where a test can look for it. */
const FAILS = `exports.handler = async (event, { awsRequestId }) => { throw new Error("failed " + awsRequestId); };`;

/** What the schedules here send. */
interface Payload {
  name: string;
  scheduledTime: string;
}

/** What lies in a queue of what could not be done: Lambda's record of a failed request, or what Scheduler could not start. */
interface Outcome {
  requestContext: { requestId: string; condition: string; approximateInvokeCount: number };
  requestPayload: Payload;
  responsePayload: { errorMessage: string };
  MessageAttributes: Required<Message>["MessageAttributes"];
}

describe("emulated schedules", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let account: string;
  let count = 0;

  before(async () => {
    aws = await emulatedAws(5);
    account = aws.plan.managementAccountId;
    await createFunction(aws, "failing", undefined, FAILS);
  });
  after(() => aws.remove());

  const arn = (service: string, rest: string): string => `arn:aws:${service}:${aws.plan.region}:${account}:${rest}`;

  /** A queue that the roles of function and schedule may send to, as the collector has it. */
  async function queue(senders: string[]): Promise<{ url: string; arn: string }> {
    const name = `queue-${(count += 1)}`;
    const { QueueUrl: url = "" } = await aws.sqs(aws.deployer).send(new CreateQueueCommand({ QueueName: name }));
    const queueArn = arn("sqs", name);
    const input = {
      partition: "aws",
      accountId: account,
      queueArn,
      senders: senders.map((sender) => ({ name: sender })),
    };
    const Attributes = { Policy: JSON.stringify(deadLetterQueuePolicy(input)) };
    await aws.sqs(aws.deployer).send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    return { url, arn: queueArn };
  }

  async function messages(url: string, WaitTimeSeconds: number): Promise<Message[]> {
    const asked = { QueueUrl: url, WaitTimeSeconds, MessageAttributeNames: ["All"] };
    return (await aws.sqs(aws.deployer).send(new ReceiveMessageCommand(asked))).Messages ?? [];
  }

  /** What came of a schedule's start, however long it takes; what an earlier test left on its way is passed over. */
  async function outcome(url: string, name: string): Promise<Outcome> {
    return until(async () => {
      const [message] = await messages(url, 10);
      if (!message) return undefined;
      const { ReceiptHandle, Body = "{}", MessageAttributes = {} } = message;
      await aws.sqs(aws.deployer).send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      const body = JSON.parse(Body) as Partial<Outcome> & Partial<Payload>;
      const found = { ...body, MessageAttributes, requestPayload: body.requestPayload ?? body } as Outcome;
      return found.requestPayload.name === name ? found : undefined;
    });
  }

  /** The function leaves what failed in the queue. */
  async function keepsFailures(queueArn: string, allowed = true): Promise<void> {
    const statement = { Effect: allowed ? "Allow" : "Deny", Action: "sqs:SendMessage", Resource: queueArn };
    const document = { RoleName: "failing-role", PolicyName: "keep", PolicyDocument: policy(statement) };
    await aws.iam(aws.deployer).send(new PutRolePolicyCommand(document));
    await aws.lambda(aws.deployer).send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: "failing",
        MaximumRetryAttempts: 1,
        MaximumEventAgeInSeconds: 3600,
        DestinationConfig: { OnFailure: { Destination: queueArn } },
      }),
    );
  }

  /** A schedule as the component makes it, of a group and with a role of its own. */
  async function schedule(
    expression: string,
    more: { zone?: string; queueArn?: string; target?: string; may?: string } = {},
  ): Promise<string> {
    const name = `schedule-${(count += 1)}`;
    const groupArn = arn("scheduler", `schedule-group/${name}`);
    const target = more.target ?? arn("lambda", "function:failing");
    await aws.scheduler(aws.deployer).send(new CreateScheduleGroupCommand({ Name: name }));
    const trust = JSON.stringify(scheduleTrustPolicy({ accountId: account, groupArn }));
    await aws.iam(aws.deployer).send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    const right = schedulePolicy({
      target: { arn: more.may ?? target, kind: "function" },
      ...(more.queueArn && { deadLetterQueueArn: more.queueArn }),
    });
    const document = { RoleName: name, PolicyName: "start", PolicyDocument: JSON.stringify(right) };
    await aws.iam(aws.deployer).send(new PutRolePolicyCommand(document));
    await aws.scheduler(aws.deployer).send(
      new CreateScheduleCommand({
        Name: name,
        GroupName: name,
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: more.zone,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: target,
          RoleArn: `arn:aws:iam::${account}:role/${name}`,
          Input: JSON.stringify({ name, scheduledTime: "<aws.scheduler.scheduled-time>" }),
          ...(more.queueArn && { DeadLetterConfig: { Arn: more.queueArn } }),
        },
      }),
    );
    return name;
  }

  const remove = (name: string) =>
    aws.scheduler(aws.deployer).send(new DeleteScheduleCommand({ Name: name, GroupName: name }));

  it("start their function as their role; what fails is tried again as the same request, then lies in the queue", async () => {
    const { url, arn: queueArn } = await queue(["failing-role"]);
    await keepsFailures(queueArn);
    const name = await schedule("rate(1 day)");
    await aws.advance(DAY + 60);
    const body = await outcome(url, name);
    expect(body.requestContext).to.include({ condition: "RetriesExhausted", approximateInvokeCount: 2 });
    expect(Date.parse(body.requestPayload.scheduledTime)).to.be.above(Date.now());
    expect(body.responsePayload.errorMessage).to.equal(`failed ${body.requestContext.requestId}`);
    await remove(name);
  });

  it("lose what failed where the function's role may not send to the queue, or the queue refuses it", async () => {
    for (const [senders, allowed] of [
      [["failing-role"], false],
      [["another"], true],
    ] as const) {
      const { url, arn: queueArn } = await queue([...senders]);
      await keepsFailures(queueArn, allowed);
      const open = await queue(["failing-role"]);
      const name = await schedule("rate(1 day)");
      await aws.advance(DAY + 60);
      await remove(name);
      // an event that comes later is kept, so the earlier one is not only late
      await keepsFailures(open.arn);
      const second = await schedule("rate(1 day)");
      await aws.advance(DAY + 60);
      await outcome(open.url, second);
      expect(await messages(url, 0)).to.deep.equal([]);
      await remove(second);
    }
  });

  it("leave in the queue what their role may not start, and why", async () => {
    const { url, arn: queueArn } = await queue([`schedule-${count + 2}`]);
    const name = await schedule("rate(1 day)", { queueArn, may: arn("lambda", "function:other") });
    await aws.advance(DAY + 60);
    const { MessageAttributes: attributes } = await outcome(url, name);
    expect(attributes["ERROR_CODE"]?.StringValue).to.equal("AccessDeniedException");
    expect(attributes["ERROR_MESSAGE"]?.StringValue).to.contain("lambda:InvokeFunction");
    await remove(name);
  });

  it("are refused with a role that does not trust Scheduler for their group", async () => {
    const trust = JSON.stringify(
      scheduleTrustPolicy({ accountId: account, groupArn: arn("scheduler", "schedule-group/x") }),
    );
    await aws.iam(aws.deployer).send(new CreateRoleCommand({ RoleName: "stranger", AssumeRolePolicyDocument: trust }));
    const request = new CreateScheduleCommand({
      Name: "refused",
      ScheduleExpression: "rate(1 day)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: arn("lambda", "function:failing"), RoleArn: `arn:aws:iam::${account}:role/stranger` },
    });
    expect(await errorName(aws.scheduler(aws.deployer).send(request))).to.equal("ValidationException");
  });

  it("are due by the clocks of their time zone", async () => {
    const { url, arn: queueArn } = await queue(["failing-role"]);
    await keepsFailures(queueArn);
    for (const zone of ["Asia/Kolkata", "America/New_York", "UTC"]) {
      const name = await schedule("cron(30 6 * * ? *)", { zone });
      await aws.advance(DAY + 60);
      const { requestPayload } = await outcome(url, name);
      const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
      expect(format.format(new Date(requestPayload.scheduledTime)), zone).to.equal("06:30");
      await remove(name);
    }
  });
});
