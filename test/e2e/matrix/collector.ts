import { UpdateStackSetCommand } from "@aws-sdk/client-cloudformation";
import { DisableAlarmActionsCommand, EnableAlarmActionsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateUserCommand,
  DeleteUserCommand,
  GetCredentialReportCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ListAccountsCommand } from "@aws-sdk/client-organizations";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetScheduleCommand, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import {
  DescribeStateMachineCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import {
  GetTopicAttributesCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { EVENT_SOURCE } from "../../../report/events/eventTypes";
import { assuming, trusting } from "./roles";
import type { Attempt, Clients, World } from "./world";

/** Names that the stacks give by default. */
export const NAMES = {
  collector: "iam-credential-reports-collector",
  member: "iam-credential-reports-member",
  machine: "iam-credential-reports-collector-machine",
  schedule: "iam-credential-reports-collector-schedule",
  replication: "iam-credential-reports-replication",
} as const;

/** Bucket of Pulumi's state in the rendered policies of the pipeline, and the object that is tried in it. */
export const STATE = { Bucket: "example-state", Key: "reports/.pulumi/stacks/management.json" } as const;

const LOGS = { logGroupName: `/aws/lambda/${NAMES.collector}`, logStreamName: "matrix" } as const;
const SCHEDULE = { Name: NAMES.collector, GroupName: NAMES.collector } as const;
const ALARM = { AlarmNames: [`${NAMES.collector}-failed`] };
const GRANT = "matrix";

/** Nobody has had one made. */
const NO_REPORT_YET = ["CredentialReportNotPresentException"];

const of =
  (owner: Attempt["owner"]) =>
  (call: Attempt["call"], more: Partial<Attempt> = {}): Attempt => ({ owner, call, ...more });
const management = of("management");
const member = of("member");

const roleOf =
  (name: string) =>
  ({ accounts, rolePath }: World): string =>
    `arn:aws:iam::${accounts.management}:role${rolePath}${name}`;
const organizationRole =
  (account: "member" | "logArchive") =>
  ({ accounts }: World): string =>
    `arn:aws:iam::${accounts[account]}:role/OrganizationAccountAccessRole`;

/** A stream for lines to be written to. */
export async function makeLogStream({ logs }: Clients): Promise<void> {
  await logs.send(new CreateLogStreamCommand(LOGS));
}

const sending = (Source: string): Attempt =>
  management(
    async (_world, { events }) => {
      const entry = { Source, DetailType: "RunCompleted", Detail: "{}" };
      const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: [entry] }));
      const code = Entries[0]?.ErrorCode;
      if (code !== undefined) throw Object.assign(new Error(code), { name: code });
    },
    // the bus is named, so a caller of another account would send to its own
    { inside: true },
  );

/** Roles, reports, the collector, its messages and the rollout, by asset and action of the matrix. */
export const COLLECTOR_ATTEMPTS: Record<string, Record<string, Attempt>> = {
  Roles: {
    "assume the collector role": assuming("management", ({ collectorRoleArn }) => collectorRoleArn),
    "assume the member role": assuming(
      "member",
      ({ memberRoleArn }) => memberRoleArn,
      ({ externalId }) => externalId,
    ),
    "assume the member role without the external id": assuming("member", ({ memberRoleArn }) => memberRoleArn),
    "assume another role in a member account": assuming("member", organizationRole("member")),
    "assume the schedule role": assuming("management", roleOf(NAMES.schedule)),
    "assume the state machine role": assuming("management", roleOf(NAMES.machine)),
    "assume the deploy role of the pipeline": assuming(
      "management",
      ({ accounts }) => `arn:aws:iam::${accounts.management}:role/Deploy`,
    ),
    "assume the preview role of the pipeline": assuming(
      "management",
      ({ accounts }) => `arn:aws:iam::${accounts.management}:role/Preview`,
    ),
    "assume a deploy role of the log-archive account": assuming("logArchive", organizationRole("logArchive")),
    "change whom the collector role trusts": trusting("management", () => NAMES.collector),
    "change what the collector role may": management(
      async (world, { iam }) => {
        const named = { RoleName: NAMES.collector, PolicyName: "collect" };
        const { PolicyDocument = "" } = await world.as.management.iam.send(new GetRolePolicyCommand(named));
        const same = decodeURIComponent(PolicyDocument);
        return iam.send(new PutRolePolicyCommand({ ...named, PolicyDocument: same }));
      },
      { inside: true },
    ),
    "change whom an auditor's role in the archive trusts": trusting("logArchive", () => "Auditor"),
    "change whom the member role trusts": trusting("member", () => NAMES.member),
  },
  Reports: {
    "list the organization's accounts": management((_world, { organizations }) =>
      organizations.send(new ListAccountsCommand({})),
    ),
    "get the credential report of a member account": member(
      (_world, { iam }) => iam.send(new GetCredentialReportCommand({})),
      { inside: true, beyond: NO_REPORT_YET },
    ),
    "get that of the collector's account": management(
      (_world, { iam }) => iam.send(new GetCredentialReportCommand({})),
      { inside: true, beyond: NO_REPORT_YET },
    ),
    "make users in a member account": member(
      (_world, { iam }) => iam.send(new CreateUserCommand({ UserName: "matrix" })),
      { inside: true, undo: ({ as }) => as.member.iam.send(new DeleteUserCommand({ UserName: "matrix" })) },
    ),
  },
  Collector: {
    "invoke the function": management(({ functionArn }, { lambda }) =>
      lambda.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: "DryRun" })),
    ),
    "update the function's code": management(({ functionArn }, { lambda }) =>
      lambda.send(new UpdateFunctionCodeCommand({ FunctionName: functionArn, ZipFile: EMPTY_ARCHIVE })),
    ),
    "give the function another role": management(async ({ functionArn, as }, { lambda }) => {
      const named = { FunctionName: functionArn };
      const { Role } = await as.management.lambda.send(new GetFunctionConfigurationCommand(named));
      return lambda.send(new UpdateFunctionConfigurationCommand({ ...named, Role }));
    }),
    "let others invoke the function": management(
      ({ functionArn }, { lambda }) => {
        const grant = { StatementId: GRANT, Action: "lambda:InvokeFunction", Principal: "999988887777" };
        return lambda.send(new AddPermissionCommand({ FunctionName: functionArn, ...grant }));
      },
      {
        undo: ({ functionArn, as }) =>
          as.management.lambda.send(new RemovePermissionCommand({ FunctionName: functionArn, StatementId: GRANT })),
      },
    ),
    "stop or change the schedule": management(
      async ({ as }, { scheduler }) => {
        const found = await as.management.scheduler.send(new GetScheduleCommand(SCHEDULE));
        const { ScheduleExpression, Target, FlexibleTimeWindow, State } = found;
        const same = { ScheduleExpression, Target, FlexibleTimeWindow, State };
        return scheduler.send(new UpdateScheduleCommand({ ...SCHEDULE, ...same }));
      },
      { inside: true },
    ),
    "start an execution": management(async ({ machineArn, as }, { states }) => {
      const { executionArn } = await states.send(
        new StartExecutionCommand({ stateMachineArn: machineArn, input: "{}" }),
      );
      await as.management.states.send(new StopExecutionCommand({ executionArn }));
    }),
    "stop an execution": management(
      ({ executionArn }, { states }) => states.send(new StopExecutionCommand({ executionArn })),
      {
        // it is not running any more
        beyond: ["ValidationException"],
      },
    ),
    "change the state machine": management(async ({ machineArn, as }, { states }) => {
      const named = { stateMachineArn: machineArn };
      const { definition } = await as.management.states.send(new DescribeStateMachineCommand(named));
      return states.send(new UpdateStateMachineCommand({ ...named, definition }));
    }),
    "write log lines": management(
      (_world, { logs }) =>
        logs.send(new PutLogEventsCommand({ ...LOGS, logEvents: [{ timestamp: Date.now(), message: "line" }] })),
      { inside: true },
    ),
    "delete the log group": management(
      (_world, { logs }) => logs.send(new DeleteLogGroupCommand({ logGroupName: LOGS.logGroupName })),
      {
        inside: true,
        undo: async ({ as }) => {
          await as.management.logs.send(new CreateLogGroupCommand({ logGroupName: LOGS.logGroupName }));
          await makeLogStream(as.management);
        },
      },
    ),
    "silence the alarms": management(
      (_world, { cloudWatch }) => cloudWatch.send(new DisableAlarmActionsCommand(ALARM)),
      {
        inside: true,
        undo: ({ as }) => as.management.cloudWatch.send(new EnableAlarmActionsCommand(ALARM)),
      },
    ),
    "change the StackSet of member roles": management(
      ({ stackSetName }, { cloudFormation }) =>
        cloudFormation.send(
          new UpdateStackSetCommand({
            StackSetName: stackSetName,
            UsePreviousTemplate: true,
            Capabilities: ["CAPABILITY_NAMED_IAM"],
          }),
        ),
      { inside: true },
    ),
  },
  Messages: {
    "publish an alert": management(({ topicArn }, { sns }) =>
      sns.send(new PublishCommand({ TopicArn: topicArn, Message: "forged" })),
    ),
    "publish an alert over plain HTTP": management(({ region, topicArn }, { inTheClear }) =>
      inTheClear(region).sns.send(new PublishCommand({ TopicArn: topicArn, Message: "forged" })),
    ),
    "subscribe to the alerts": management(({ topicArn }, { sns }) =>
      sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "email", Endpoint: "somebody@example.com" })),
    ),
    "change the topic's policy": management(async ({ topicArn, as }, { sns }) => {
      const { Attributes } = await as.management.sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
      const same = { AttributeName: "Policy", AttributeValue: Attributes?.["Policy"] };
      return sns.send(new SetTopicAttributesCommand({ TopicArn: topicArn, ...same }));
    }),
    "send to the dead-letter queue": management(({ queueUrl }, { sqs }) =>
      sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "forged" })),
    ),
    "send to the dead-letter queue over plain HTTP": management(({ region, queueUrl }, { inTheClear }) =>
      inTheClear(region).sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "forged" })),
    ),
    "read the dead-letter queue": management(({ queueUrl }, { sqs }) =>
      sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 })),
    ),
    "empty the dead-letter queue": management(({ queueUrl }, { sqs }) =>
      sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl })),
    ),
    "send events with the collector's source": sending(EVENT_SOURCE),
    "send events in the name of others": sending("example"),
  },
  Rollout: {
    "read Pulumi's state": management((_world, { s3 }) => s3.send(new GetObjectCommand(STATE)), { ofBucket: true }),
    "write Pulumi's state": management((_world, { s3 }) => s3.send(new PutObjectCommand({ ...STATE, Body: "{}" })), {
      ofBucket: true,
    }),
  },
};

/** A zip archive without a file: its end of central directory. */
const EMPTY_ARCHIVE = Buffer.concat([Buffer.from("PK\u0005\u0006"), Buffer.alloc(18)]);
