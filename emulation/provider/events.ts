import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type RuleState,
  type Tag,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { sameDocument, sameSettings, tagChanges } from "./compare";
import type { Aws } from "./clients";
import { orNothing } from "./errors";
import type { ResourceType, Tags } from "./types";

type RuleInputs = {
  name?: string;
  description?: string;
  scheduleExpression?: string;
  eventPattern?: string;
  state?: string;
  roleArn?: string;
};

/** A rule of the default event bus. */
export const rule: ResourceType<RuleInputs> = {
  properties: {
    name: { replaces: true },
    description: { fallback: "" },
    scheduleExpression: { fallback: "" },
    eventPattern: { fallback: "", same: sameDocument },
    state: { fallback: "ENABLED" },
    roleArn: { fallback: "" },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  computed: ["arn"],

  async create(aws, inputs) {
    await putRule(aws, inputs, { Tags: tagList(inputs.tags) });
    return inputs.name ?? "";
  },

  async configure(aws, _id, inputs, before) {
    if (!before) return;
    const ResourceARN = await putRule(aws, inputs);
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: remove }));
    if (Object.keys(set).length > 0) {
      await aws.events.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    }
  },

  async read(aws, id) {
    const found = await orNothing(aws.events.send(new DescribeRuleCommand({ Name: id })));
    if (!found) return undefined;
    const { Tags: tags } = await aws.events.send(new ListTagsForResourceCommand({ ResourceARN: found.Arn }));
    return {
      name: id,
      arn: found.Arn,
      description: found.Description ?? "",
      scheduleExpression: found.ScheduleExpression ?? "",
      eventPattern: found.EventPattern ?? "",
      state: found.State,
      roleArn: found.RoleArn ?? "",
      tags: Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
    };
  },

  async delete(aws, Name) {
    await aws.events.send(new DeleteRuleCommand({ Name }));
  },
};

/** The tags of a rule that exists cannot be put with it. */
async function putRule(aws: Aws, inputs: RuleInputs, tags: { Tags?: Tag[] } = {}): Promise<string | undefined> {
  const { RuleArn } = await aws.events.send(
    new PutRuleCommand({
      Name: inputs.name,
      Description: inputs.description,
      ScheduleExpression: inputs.scheduleExpression,
      EventPattern: inputs.eventPattern,
      State: (inputs.state ?? "ENABLED") as RuleState,
      RoleArn: inputs.roleArn,
      ...tags,
    }),
  );
  return RuleArn;
}

type TargetInputs = {
  rule: string;
  arn: string;
  targetId?: string;
  input?: string;
  roleArn?: string;
  retryPolicy?: { maximumEventAgeInSeconds?: number; maximumRetryAttempts?: number };
  deadLetterConfig?: { arn?: string };
};

/** What a rule calls; its id is `rule-targetId`. */
export const target: ResourceType<TargetInputs> = {
  properties: {
    rule: { required: true, replaces: true },
    arn: { required: true },
    targetId: { replaces: true },
    input: { fallback: "", same: sameDocument },
    roleArn: { fallback: "" },
    retryPolicy: { fallback: {}, same: sameSettings },
    deadLetterConfig: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: false,
  identity: ["rule", "targetId"],
  naming: { property: "targetId", maxLength: 64 },
  computed: [],

  async create(aws, inputs) {
    await putTarget(aws, inputs);
    return `${inputs.rule}-${inputs.targetId}`;
  },

  async configure(aws, _id, inputs, before) {
    if (before) await putTarget(aws, inputs);
  },

  async read(aws, _id, recorded) {
    const found = await findTarget(aws, recorded.rule, recorded.targetId);
    return (
      found && {
        rule: recorded.rule,
        targetId: found.Id,
        arn: found.Arn,
        input: found.Input ?? "",
        roleArn: found.RoleArn ?? "",
        retryPolicy: {
          maximumEventAgeInSeconds: found.RetryPolicy?.MaximumEventAgeInSeconds,
          maximumRetryAttempts: found.RetryPolicy?.MaximumRetryAttempts,
        },
        deadLetterConfig: { arn: found.DeadLetterConfig?.Arn },
      }
    );
  },

  async delete(aws, _id, recorded) {
    await aws.events.send(new RemoveTargetsCommand({ Rule: recorded.rule, Ids: [recorded.targetId ?? ""] }));
  },
};

async function putTarget(aws: Aws, inputs: TargetInputs): Promise<void> {
  const { retryPolicy, deadLetterConfig } = inputs;
  const answer = await aws.events.send(
    new PutTargetsCommand({
      Rule: inputs.rule,
      Targets: [
        {
          Id: inputs.targetId,
          Arn: inputs.arn,
          Input: inputs.input || undefined,
          RoleArn: inputs.roleArn || undefined,
          ...(retryPolicy && {
            RetryPolicy: {
              MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
              MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
            },
          }),
          ...(deadLetterConfig && { DeadLetterConfig: { Arn: deadLetterConfig.arn } }),
        },
      ],
    }),
  );
  const [failure] = answer.FailedEntries ?? [];
  if (failure) throw new Error(`EventBridge PutTargets: ${failure.ErrorCode}: ${failure.ErrorMessage}`);
}

/** The API has no paginator for targets. */
async function findTarget(aws: Aws, Rule: string, id: string | undefined): Promise<Target | undefined> {
  let NextToken: string | undefined;
  do {
    const page = await orNothing(aws.events.send(new ListTargetsByRuleCommand({ Rule, NextToken })));
    const found = page?.Targets?.find((entry) => entry.Id === id);
    if (found) return found;
    NextToken = page?.NextToken;
  } while (NextToken);
  return undefined;
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
