import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  UpdateStackSetCommand,
  type CallAs,
  type Capability,
  type PermissionModels,
  type StackSetOperationPreferences,
} from "@aws-sdk/client-cloudformation";
import type { Aws } from "./clients";
import { sameDocument, sameJson, sameSettings } from "./compare";
import { orNothing } from "./errors";
import type { Json, ResourceType } from "./types";

type InstancesGroup = { deploymentTargets: { organizationalUnitIds?: string[] }; regions: string[] };
type Preferences = {
  regionConcurrencyType?: string;
  concurrencyMode?: string;
  failureTolerancePercentage?: number;
  maxConcurrentPercentage?: number;
};
type StackSetInputs = {
  stackSetName?: string;
  description?: string;
  permissionModel: string;
  callAs?: string;
  capabilities?: string[];
  templateBody?: string;
  autoDeployment?: { enabled?: boolean; retainStacksOnAccountRemoval?: boolean };
  managedExecution?: { active?: boolean };
  operationPreferences?: Preferences;
  stackInstancesGroup?: InstancesGroup[];
  tags?: { key: string; value: string }[];
};

/** The order of units and Regions says nothing. */
const sameTargets = (one: Json, other: Json): boolean =>
  sameJson(unitsAndRegions(one as InstancesGroup[]), unitsAndRegions(other as InstancesGroup[]));

/** Milliseconds between two looks at an operation. */
const POLL = 100;

/**
 * A StackSet with its instances, as `AWS::CloudFormation::StackSet` of the Cloud Control API has both in one; its id is the set's.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html
 */
export const stackSet: ResourceType<StackSetInputs> = {
  properties: {
    stackSetName: { replaces: true },
    permissionModel: { required: true, replaces: true },
    // what only says how to act is not read back
    callAs: {},
    operationPreferences: {},
    description: { fallback: "" },
    capabilities: { fallback: [] },
    templateBody: { required: true, same: sameDocument },
    autoDeployment: { fallback: {}, same: sameSettings },
    managedExecution: { fallback: {}, same: sameSettings },
    stackInstancesGroup: { fallback: [], same: sameTargets },
    tags: { fallback: [] },
  },
  regional: false,
  // its tags are a list
  tagged: false,
  identity: ["stackSetName"],
  naming: { property: "stackSetName", maxLength: 128 },
  computed: ["stackSetId"],

  async create(aws, inputs) {
    const { StackSetId = "" } = await aws.cloudformation.send(
      new CreateStackSetCommand({ ...settings(inputs), PermissionModel: inputs.permissionModel as PermissionModels }),
    );
    return StackSetId;
  },

  async configure(aws, _id, inputs, before) {
    if (before && !sameJson(settings(inputs), settings(before))) {
      const { OperationId } = await aws.cloudformation.send(
        new UpdateStackSetCommand({ ...settings(inputs), OperationPreferences: preferences(inputs) }),
      );
      await ended(aws, inputs, OperationId);
    }
    for (const group of added(before?.stackInstancesGroup, inputs.stackInstancesGroup)) {
      const { OperationId } = await aws.cloudformation.send(
        new CreateStackInstancesCommand({ ...instances(inputs, group), OperationPreferences: preferences(inputs) }),
      );
      await ended(aws, inputs, OperationId);
    }
    for (const group of added(inputs.stackInstancesGroup, before?.stackInstancesGroup)) {
      await removeInstances(aws, inputs, group);
    }
  },

  async read(aws, id, { callAs }) {
    const StackSetName = id.split(":")[0];
    const found = (
      await orNothing(
        aws.cloudformation.send(new DescribeStackSetCommand({ StackSetName, CallAs: callAs as CallAs | undefined })),
      )
    )?.StackSet;
    if (!found || found.StackSetId !== id) return undefined;
    const units = found.OrganizationalUnitIds ?? [];
    return {
      stackSetId: found.StackSetId,
      stackSetName: found.StackSetName,
      permissionModel: found.PermissionModel,
      description: found.Description ?? "",
      capabilities: found.Capabilities ?? [],
      templateBody: found.TemplateBody,
      autoDeployment: {
        enabled: found.AutoDeployment?.Enabled ?? false,
        retainStacksOnAccountRemoval: found.AutoDeployment?.RetainStacksOnAccountRemoval ?? false,
      },
      managedExecution: { active: found.ManagedExecution?.Active ?? false },
      stackInstancesGroup:
        units.length === 0
          ? []
          : [{ deploymentTargets: { organizationalUnitIds: units }, regions: found.Regions ?? [] }],
      tags: (found.Tags ?? []).map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "" })),
    };
  },

  async delete(aws, _id, recorded) {
    for (const group of recorded.stackInstancesGroup ?? []) await removeInstances(aws, recorded, group);
    const { stackSetName: StackSetName, callAs } = recorded;
    await aws.cloudformation.send(new DeleteStackSetCommand({ StackSetName, CallAs: callAs as CallAs | undefined }));
  },
};

async function removeInstances(aws: Aws, inputs: StackSetInputs, group: InstancesGroup): Promise<void> {
  const { OperationId } = await aws.cloudformation.send(
    new DeleteStackInstancesCommand({
      ...instances(inputs, group),
      RetainStacks: false,
      OperationPreferences: preferences(inputs),
    }),
  );
  await ended(aws, inputs, OperationId);
}

/** Waits for an operation as the handler of the Cloud Control API does; one that failed names the first of its accounts. */
async function ended(aws: Aws, inputs: StackSetInputs, OperationId: string | undefined): Promise<void> {
  const which = { StackSetName: inputs.stackSetName, CallAs: inputs.callAs as CallAs | undefined };
  for (;;) {
    const { StackSetOperation: operation } = await aws.cloudformation.send(
      new DescribeStackSetOperationCommand({ ...which, OperationId }),
    );
    const status = operation?.Status ?? "";
    if (status === "SUCCEEDED") return;
    if (status !== "RUNNING" && status !== "QUEUED" && status !== "STOPPING") {
      const { Summaries = [] } = await aws.cloudformation.send(
        new ListStackInstancesCommand({ ...which, Filters: [{ Name: "DETAILED_STATUS", Values: "FAILED" }] }),
      );
      const [first] = Summaries;
      const why = first ? `: account ${first.Account}: ${first.StatusReason}` : "";
      throw new Error(`the operation ${OperationId} on the StackSet ${inputs.stackSetName} ended as ${status}${why}`);
    }
    await sleep(POLL);
  }
}

function settings(inputs: StackSetInputs) {
  return {
    StackSetName: inputs.stackSetName,
    Description: inputs.description,
    TemplateBody: inputs.templateBody,
    Capabilities: (inputs.capabilities ?? []) as Capability[],
    CallAs: inputs.callAs as CallAs | undefined,
    AutoDeployment: {
      Enabled: inputs.autoDeployment?.enabled ?? false,
      ...(inputs.autoDeployment?.enabled && {
        RetainStacksOnAccountRemoval: inputs.autoDeployment.retainStacksOnAccountRemoval ?? false,
      }),
    },
    ManagedExecution: { Active: inputs.managedExecution?.active ?? false },
    Tags: (inputs.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })),
  };
}

function preferences({ operationPreferences: given = {} }: StackSetInputs): StackSetOperationPreferences {
  return {
    RegionConcurrencyType: given.regionConcurrencyType as StackSetOperationPreferences["RegionConcurrencyType"],
    ConcurrencyMode: given.concurrencyMode as StackSetOperationPreferences["ConcurrencyMode"],
    FailureTolerancePercentage: given.failureTolerancePercentage,
    MaxConcurrentPercentage: given.maxConcurrentPercentage,
  };
}

function instances(inputs: StackSetInputs, { deploymentTargets, regions }: InstancesGroup) {
  return {
    StackSetName: inputs.stackSetName,
    CallAs: inputs.callAs as CallAs | undefined,
    DeploymentTargets: { OrganizationalUnitIds: deploymentTargets.organizationalUnitIds },
    Regions: regions,
  };
}

/** What the second has and the first has not: a group a Region, since each is an operation. */
function added(before: InstancesGroup[] = [], after: InstancesGroup[] = []): InstancesGroup[] {
  const known = new Set(unitsAndRegions(before));
  const byRegion = new Map<string, string[]>();
  for (const pair of unitsAndRegions(after).filter((each) => !known.has(each))) {
    const [region = "", unit = ""] = pair.split(" ");
    byRegion.set(region, [...(byRegion.get(region) ?? []), unit]);
  }
  return [...byRegion].map(([region, units]) => ({
    deploymentTargets: { organizationalUnitIds: units },
    regions: [region],
  }));
}

/** `REGION UNIT` of each, in order. */
function unitsAndRegions(groups: InstancesGroup[]): string[] {
  return groups
    .flatMap(({ deploymentTargets, regions }) =>
      regions.flatMap((region) => (deploymentTargets.organizationalUnitIds ?? []).map((unit) => `${region} ${unit}`)),
    )
    .sort();
}
