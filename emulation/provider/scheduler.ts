import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
  type CreateScheduleCommandInput,
  type Tag,
} from "@aws-sdk/client-scheduler";
import { sameSettings, tagChanges } from "./compare";
import { orNothing } from "./errors";
import { camelCase, pascalCase } from "./letterCase";
import type { ResourceType, Tags, Values } from "./types";

type GroupInputs = { name?: string };

/** A group of schedules; its id is its name. What is in it goes with it. */
export const scheduleGroup: ResourceType<GroupInputs> = {
  properties: { name: { replaces: true } },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  computed: ["arn"],

  async create(aws, { name, tags }) {
    await aws.scheduler.send(new CreateScheduleGroupCommand({ Name: name, Tags: tagList(tags) }));
    return name ?? "";
  },

  async configure(aws, id, inputs, before) {
    if (!before) return;
    const { Arn: ResourceArn } = await aws.scheduler.send(new GetScheduleGroupCommand({ Name: id }));
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.scheduler.send(new UntagResourceCommand({ ResourceArn, TagKeys: remove }));
    if (Object.keys(set).length > 0) {
      await aws.scheduler.send(new TagResourceCommand({ ResourceArn, Tags: tagList(set) }));
    }
  },

  async read(aws, id) {
    const found = await orNothing(aws.scheduler.send(new GetScheduleGroupCommand({ Name: id })));
    if (!found) return undefined;
    const { Tags: tags } = await aws.scheduler.send(new ListTagsForResourceCommand({ ResourceArn: found.Arn }));
    return {
      name: id,
      arn: found.Arn,
      tags: Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
    };
  },

  async delete(aws, Name) {
    await aws.scheduler.send(new DeleteScheduleGroupCommand({ Name }));
  },
};

type ScheduleInputs = {
  name?: string;
  groupName?: string;
  description?: string;
  scheduleExpression: string;
  scheduleExpressionTimezone?: string;
  flexibleTimeWindow: { mode: string; maximumWindowInMinutes?: number };
  state?: string;
  target: {
    arn: string;
    roleArn: string;
    input?: string;
    retryPolicy?: { maximumEventAgeInSeconds?: number; maximumRetryAttempts?: number };
    deadLetterConfig?: { arn: string };
  };
};

/** A schedule of EventBridge Scheduler; its id is `group/name`. */
export const schedule: ResourceType<ScheduleInputs> = {
  properties: {
    name: { replaces: true },
    groupName: { fallback: "default", replaces: true },
    description: { fallback: "" },
    scheduleExpression: { required: true },
    scheduleExpressionTimezone: { fallback: "UTC" },
    flexibleTimeWindow: { required: true, same: sameSettings },
    state: { fallback: "ENABLED" },
    target: { required: true, same: sameSettings },
  },
  regional: true,
  tagged: false,
  identity: ["name", "groupName"],
  naming: { property: "name", maxLength: 64 },
  computed: ["arn"],

  async create(aws, inputs) {
    await aws.scheduler.send(new CreateScheduleCommand(asked(inputs)));
    return `${inputs.groupName ?? "default"}/${inputs.name}`;
  },

  async configure(aws, _id, inputs, before) {
    if (before) await aws.scheduler.send(new UpdateScheduleCommand(asked(inputs)));
  },

  async read(aws, id) {
    const found = await orNothing(aws.scheduler.send(new GetScheduleCommand(nameOf(id))));
    return (
      found && {
        name: found.Name,
        groupName: found.GroupName,
        arn: found.Arn,
        description: found.Description ?? "",
        scheduleExpression: found.ScheduleExpression,
        scheduleExpressionTimezone: found.ScheduleExpressionTimezone,
        flexibleTimeWindow: camelCase(found.FlexibleTimeWindow) as Values,
        state: found.State,
        target: camelCase(found.Target) as Values,
      }
    );
  },

  async delete(aws, id) {
    await aws.scheduler.send(new DeleteScheduleCommand(nameOf(id)));
  },
};

function nameOf(id: string): { GroupName: string; Name: string } {
  const [GroupName = "", Name = ""] = id.split("/");
  return { GroupName, Name };
}

/** An update takes all that a schedule has, as making it does. */
function asked(inputs: ScheduleInputs): CreateScheduleCommandInput {
  return {
    Name: inputs.name,
    GroupName: inputs.groupName,
    Description: inputs.description,
    ScheduleExpression: inputs.scheduleExpression,
    ScheduleExpressionTimezone: inputs.scheduleExpressionTimezone,
    FlexibleTimeWindow: pascalCase(inputs.flexibleTimeWindow) as CreateScheduleCommandInput["FlexibleTimeWindow"],
    State: inputs.state as CreateScheduleCommandInput["State"],
    Target: pascalCase(inputs.target) as CreateScheduleCommandInput["Target"],
  };
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
