import { GetWorkGroupCommand, ListTagsForResourceCommand as ListWorkGroupTagsCommand } from "@aws-sdk/client-athena";
import { DescribeStackSetCommand, type CallAs } from "@aws-sdk/client-cloudformation";
import {
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListTagsForResourceCommand as ListAlarmTagsCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListLogGroupTagsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeRuleCommand, ListTagsForResourceCommand as ListRuleTagsCommand } from "@aws-sdk/client-eventbridge";
import { GetDatabaseCommand, GetTagsCommand } from "@aws-sdk/client-glue";
import { DescribeKeyCommand, ListResourceTagsCommand, type KMSClient } from "@aws-sdk/client-kms";
import { GetBucketTaggingCommand, HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  GetScheduleGroupCommand,
  ListTagsForResourceCommand as ListScheduleTagsCommand,
} from "@aws-sdk/client-scheduler";
import { DescribeStateMachineCommand, ListTagsForResourceCommand as ListMachineTagsCommand } from "@aws-sdk/client-sfn";
import { GetTopicAttributesCommand, ListTagsForResourceCommand as ListTopicTagsCommand } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, ListQueueTagsCommand } from "@aws-sdk/client-sqs";
import { errorCode } from "../../runtime/errors";
import { messageOf } from "../errors";
import { STACK_TAG } from "../configuration/tags";
import { isRefusal, refused, statusOf } from "./awsErrors";
import type { AccountView } from "./facts";

/** What bears a name now. */
export type Holder =
  | { state: "free" }
  /** Something in the right account; `stack` is what its tag says, null where it has none, absent where that is not known. */
  | { state: "held"; stack?: string | null }
  /** Somebody else's, in whatever account. */
  | { state: "foreign"; why: string }
  | { state: "unknown"; why: string };

export async function aliasHolder(kms: KMSClient, KeyId: string): Promise<Holder> {
  return held("kms:DescribeKey", async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    const found = await kms.send(new ListResourceTagsCommand({ KeyId: KeyMetadata?.KeyId })).catch(() => undefined);
    return found && (found.Tags?.find(({ TagKey }) => TagKey === STACK_TAG)?.TagValue ?? null);
  });
}

/** Bucket names are one space for all accounts: what is asked with its owner is refused where that is another. */
export async function headBucket(s3: S3Client, Bucket: string, owner: string): Promise<Holder> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: owner }));
    const stack = await s3.send(new GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: owner })).then(
      ({ TagSet = [] }) => TagSet.find(({ Key }) => Key === STACK_TAG)?.Value ?? null,
      (error: unknown) => (errorCode(error) === "NoSuchTagSet" ? null : undefined),
    );
    return stack === undefined ? { state: "held" } : { state: "held", stack };
  } catch (error) {
    switch (statusOf(error)) {
      case 404:
        return { state: "free" };
      case 403:
        return {
          state: "foreign",
          why: `is taken by another account than ${owner}, or refuses its deployer (s3:ListBucket)`,
        };
      case 301:
        return { state: "foreign", why: "is taken in another Region" };
      default:
        return { state: "unknown", why: refused("s3:HeadBucket", error) };
    }
  }
}

/** A log group stays where the function that wrote to it is gone, so one is often left over. */
export async function logGroupHolder({ logs }: AccountView, name: string): Promise<Holder> {
  return held("logs:DescribeLogGroups", async () => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    const found = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (!found) return "free";
    const resourceArn = found.logGroupArn ?? found.arn?.replace(/:\*$/, "");
    return tagOf(logs.send(new ListLogGroupTagsCommand({ resourceArn })).then(({ tags }) => tags));
  });
}

/** A rule of another would be taken over without a word: AWS makes and changes rules by one call. */
export async function ruleHolder({ events }: AccountView, Name: string): Promise<Holder> {
  return held("events:DescribeRule", async () => {
    const { Arn } = await events.send(new DescribeRuleCommand({ Name }));
    return tagOf(events.send(new ListRuleTagsCommand({ ResourceARN: Arn })).then(({ Tags }) => pairs(Tags)));
  });
}

/** A queue of another with the same settings would be taken over, too. */
export async function queueHolder({ sqs }: AccountView, QueueName: string): Promise<Holder> {
  return held("sqs:GetQueueUrl", async () => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    return tagOf(sqs.send(new ListQueueTagsCommand({ QueueUrl })).then(({ Tags }) => Tags));
  });
}

/** Schedules have no tags; the group that the schedule is alone in has. */
export async function scheduleGroupHolder({ scheduler }: AccountView, Name: string): Promise<Holder> {
  return held("scheduler:GetScheduleGroup", async () => {
    const { Arn } = await scheduler.send(new GetScheduleGroupCommand({ Name }));
    return tagOf(scheduler.send(new ListScheduleTagsCommand({ ResourceArn: Arn })).then(({ Tags }) => pairs(Tags)));
  });
}

/** A topic of another would be taken over without a word: AWS answers its making with the one that there is. */
export async function topicHolder({ sns, caller, region }: AccountView, name: string): Promise<Holder> {
  const TopicArn = `arn:${caller.partition}:sns:${region}:${caller.accountId}:${name}`;
  return held("sns:GetTopicAttributes", async () => {
    await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    return tagOf(sns.send(new ListTopicTagsCommand({ ResourceArn: TopicArn })).then(({ Tags }) => pairs(Tags)));
  });
}

export async function stateMachineHolder({ states, caller, region }: AccountView, name: string): Promise<Holder> {
  const resourceArn = `arn:${caller.partition}:states:${region}:${caller.accountId}:stateMachine:${name}`;
  return held("states:DescribeStateMachine", async () => {
    await states.send(new DescribeStateMachineCommand({ stateMachineArn: resourceArn }));
    return tagOf(
      states
        .send(new ListMachineTagsCommand({ resourceArn }))
        .then(({ tags = [] }) => Object.fromEntries(tags.map(({ key = "", value }) => [key, value]))),
    );
  });
}

/** So would an alarm. */
export async function alarmHolder({ cloudwatch }: AccountView, name: string): Promise<Holder> {
  return held("cloudwatch:DescribeAlarms", async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    const ResourceARN = MetricAlarms.find(({ AlarmName }) => AlarmName === name)?.AlarmArn;
    if (ResourceARN === undefined) return "free";
    return tagOf(cloudwatch.send(new ListAlarmTagsCommand({ ResourceARN })).then(({ Tags }) => pairs(Tags)));
  });
}

/** And a dashboard, which takes no tags. */
export async function dashboardHolder({ cloudwatch }: AccountView, DashboardName: string): Promise<Holder> {
  return held("cloudwatch:GetDashboard", async () => {
    await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
    return undefined;
  });
}

export async function stackSetHolder({ cloudformation }: AccountView, name: string, callAs: string): Promise<Holder> {
  return held("cloudformation:DescribeStackSet", async () => {
    const asked = new DescribeStackSetCommand({ StackSetName: name, CallAs: callAs as CallAs });
    const { StackSet } = await cloudformation.send(asked);
    return StackSet?.Status === "DELETED" ? "free" : (pairs(StackSet?.Tags)[STACK_TAG] ?? null);
  });
}

export async function databaseHolder({ glue, caller, region }: AccountView, Name: string): Promise<Holder> {
  const ResourceArn = `arn:${caller.partition}:glue:${region}:${caller.accountId}:database/${Name}`;
  return held("glue:GetDatabase", async () => {
    await glue.send(new GetDatabaseCommand({ Name }));
    return tagOf(glue.send(new GetTagsCommand({ ResourceArn })).then(({ Tags }) => Tags));
  });
}

export async function workgroupHolder({ athena, caller, region }: AccountView, WorkGroup: string): Promise<Holder> {
  const ResourceARN = `arn:${caller.partition}:athena:${region}:${caller.accountId}:workgroup/${WorkGroup}`;
  return held("athena:GetWorkGroup", async () => {
    try {
      await athena.send(new GetWorkGroupCommand({ WorkGroup }));
    } catch (error) {
      // Athena has no error of its own for it
      if (errorCode(error) === "InvalidRequestException" && /not found/i.test(messageOf(error))) return "free";
      throw error;
    }
    return tagOf(athena.send(new ListWorkGroupTagsCommand({ ResourceARN })).then(({ Tags }) => pairs(Tags)));
  });
}

/** Value of the tag; null where there is none, undefined where the tags cannot be read. */
async function tagOf(
  asked: Promise<Record<string, string | undefined> | undefined>,
): Promise<string | null | undefined> {
  return asked.then(
    (tags) => tags?.[STACK_TAG] ?? null,
    () => undefined,
  );
}

function pairs(tags: readonly { Key?: string; Value?: string }[] = []): Record<string, string | undefined> {
  return Object.fromEntries(tags.map(({ Key = "", Value }) => [Key, Value]));
}

/** Asks for something by its name. @param ask Gives the value of its tag, or `free`. */
export async function held(action: string, ask: () => Promise<string | null | undefined>): Promise<Holder> {
  try {
    const stack = await ask();
    if (stack === "free") return { state: "free" };
    return stack === undefined ? { state: "held" } : { state: "held", stack };
  } catch (error) {
    if (
      /^(NotFoundException|NoSuchEntity(Exception)?|ResourceNotFound(Exception)?|DashboardNotFoundError|StackSetNotFoundException|EntityNotFoundException|StateMachineDoesNotExist|QueueDoesNotExist)$/.test(
        errorCode(error),
      )
    )
      return { state: "free" };
    return { state: "unknown", why: isRefusal(error) ? `${action} is refused` : refused(action, error) };
  }
}
