import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  type LoggingConfiguration,
  type LogLevel,
  type StateMachineType,
  type Tag,
} from "@aws-sdk/client-sfn";
import { setTimeout as pause } from "node:timers/promises";
import { sameDocument, sameSettings, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType, Tags } from "./types";

type MachineInputs = {
  name?: string;
  type?: string;
  definition: string;
  roleArn: string;
  loggingConfiguration?: { level?: string; includeExecutionData?: boolean; logDestination?: string };
  tracingConfiguration?: { enabled?: boolean };
};

/** Tries at creating a machine while IAM does not yet show its new role to Step Functions, one second apart. */
const ROLE_TRIES = 10;

/** A state machine; its id is its ARN. */
export const stateMachine: ResourceType<MachineInputs> = {
  properties: {
    name: { replaces: true },
    type: { replaces: true, fallback: "STANDARD" },
    definition: { required: true, same: sameDocument },
    roleArn: { required: true },
    loggingConfiguration: { fallback: { level: "OFF" }, same: sameSettings },
    tracingConfiguration: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 80 },
  computed: ["arn", "creationDate", "revisionId", "status"],
  volatile: ["revisionId", "status"],

  async create(aws, inputs) {
    for (let tries = 1; ; tries += 1) {
      try {
        const { stateMachineArn } = await aws.states.send(
          new CreateStateMachineCommand({
            ...settings(inputs),
            name: inputs.name,
            type: inputs.type as StateMachineType | undefined,
            tags: tagList(inputs.tags),
          }),
        );
        return stateMachineArn ?? "";
      } catch (error) {
        const early = error instanceof Error && /authorized to assume the provided role/.test(error.message);
        if (!early || tries === ROLE_TRIES) throw error;
        await pause(1000);
      }
    }
  },

  async configure(aws, stateMachineArn, inputs, before) {
    if (!before) return;
    await aws.states.send(new UpdateStateMachineCommand({ stateMachineArn, ...settings(inputs) }));
    const resourceArn = stateMachineArn;
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.states.send(new UntagResourceCommand({ resourceArn, tagKeys: remove }));
    if (Object.keys(set).length > 0) {
      await aws.states.send(new TagResourceCommand({ resourceArn, tags: tagList(set) }));
    }
  },

  async read(aws, stateMachineArn) {
    const found = await orNothing(aws.states.send(new DescribeStateMachineCommand({ stateMachineArn })));
    if (!found) return undefined;
    const { tags } = await aws.states.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));
    const { level, includeExecutionData, destinations } = found.loggingConfiguration ?? {};
    return {
      arn: stateMachineArn,
      creationDate: found.creationDate?.toISOString(),
      revisionId: found.revisionId ?? "",
      status: found.status,
      name: found.name,
      type: found.type,
      definition: found.definition,
      roleArn: found.roleArn,
      loggingConfiguration: {
        level: level ?? "OFF",
        includeExecutionData,
        logDestination: destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn,
      },
      tracingConfiguration: { enabled: found.tracingConfiguration?.enabled ?? false },
      tags: Object.fromEntries((tags ?? []).map(({ key = "", value = "" }) => [key, value])),
    };
  },

  async delete(aws, stateMachineArn) {
    await aws.states.send(new DeleteStateMachineCommand({ stateMachineArn }));
  },
};

/** Settings that creation and update share. */
function settings({ definition, roleArn, loggingConfiguration, tracingConfiguration }: MachineInputs): {
  definition: string;
  roleArn: string;
  loggingConfiguration: LoggingConfiguration;
  tracingConfiguration: { enabled: boolean };
} {
  const { level = "OFF", includeExecutionData = false, logDestination } = loggingConfiguration ?? {};
  return {
    definition,
    roleArn,
    loggingConfiguration: {
      level: level as LogLevel,
      includeExecutionData,
      ...(logDestination && { destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logDestination } }] }),
    },
    tracingConfiguration: { enabled: tracingConfiguration?.enabled ?? false },
  };
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
