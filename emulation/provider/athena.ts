import {
  CreateNamedQueryCommand,
  CreateWorkGroupCommand,
  DeleteNamedQueryCommand,
  DeleteWorkGroupCommand,
  GetNamedQueryCommand,
  GetWorkGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateWorkGroupCommand,
  type EncryptionOption,
  type Tag,
  type WorkGroupConfiguration,
  type WorkGroupState,
} from "@aws-sdk/client-athena";
import type { Aws } from "./clients";
import { sameSettings, tagChanges } from "./compare";
import type { ResourceType, Tags } from "./types";

type Configuration = {
  bytesScannedCutoffPerQuery?: number;
  enforceWorkgroupConfiguration?: boolean;
  publishCloudwatchMetricsEnabled?: boolean;
  engineVersion?: { selectedEngineVersion?: string };
  resultConfiguration?: {
    outputLocation?: string;
    expectedBucketOwner?: string;
    encryptionConfiguration?: { encryptionOption?: string; kmsKeyArn?: string };
  };
};

type WorkgroupInputs = {
  name?: string;
  description?: string;
  state?: string;
  forceDestroy?: boolean;
  configuration?: Configuration;
};

/** A workgroup; its id is its name. */
export const workgroup: ResourceType<WorkgroupInputs> = {
  properties: {
    name: { replaces: true },
    description: { fallback: "" },
    state: { fallback: "ENABLED" },
    forceDestroy: { fallback: false },
    configuration: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 128 },
  computed: ["arn"],

  async create(aws, inputs) {
    await aws.athena.send(
      new CreateWorkGroupCommand({
        Name: inputs.name,
        Description: inputs.description,
        Configuration: configurationOf(inputs.configuration),
        Tags: tagList(inputs.tags),
      }),
    );
    return inputs.name ?? "";
  },

  async configure(aws, id, inputs, before) {
    if (!before && inputs.state !== "DISABLED") return;
    const { ResultConfiguration, ...others } = configurationOf(inputs.configuration);
    await aws.athena.send(
      new UpdateWorkGroupCommand({
        WorkGroup: id,
        Description: inputs.description ?? "",
        State: (inputs.state ?? "ENABLED") as WorkGroupState,
        ConfigurationUpdates: { ...others, ResultConfigurationUpdates: ResultConfiguration },
      }),
    );
    const { set, remove } = tagChanges(before?.tags ?? {}, inputs.tags ?? {});
    const ResourceARN = workgroupArn(aws, id);
    if (remove.length > 0) await aws.athena.send(new UntagResourceCommand({ ResourceARN, TagKeys: remove }));
    if (Object.keys(set).length > 0) {
      await aws.athena.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    }
  },

  async read(aws, id) {
    const found = (await orNoRequest(aws.athena.send(new GetWorkGroupCommand({ WorkGroup: id }))))?.WorkGroup;
    if (!found) return undefined;
    const arn = workgroupArn(aws, id);
    const { Tags } = await aws.athena.send(new ListTagsForResourceCommand({ ResourceARN: arn }));
    const { ResultConfiguration: result, ...others } = found.Configuration ?? {};
    return {
      name: id,
      arn,
      description: found.Description ?? "",
      state: found.State ?? "ENABLED",
      configuration: {
        bytesScannedCutoffPerQuery: others.BytesScannedCutoffPerQuery,
        enforceWorkgroupConfiguration: others.EnforceWorkGroupConfiguration,
        publishCloudwatchMetricsEnabled: others.PublishCloudWatchMetricsEnabled,
        engineVersion: { selectedEngineVersion: others.EngineVersion?.SelectedEngineVersion },
        resultConfiguration: {
          outputLocation: result?.OutputLocation,
          expectedBucketOwner: result?.ExpectedBucketOwner,
          encryptionConfiguration: {
            encryptionOption: result?.EncryptionConfiguration?.EncryptionOption,
            kmsKeyArn: result?.EncryptionConfiguration?.KmsKey,
          },
        },
      },
      tags: Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    };
  },

  async delete(aws, id, { forceDestroy }) {
    await aws.athena.send(new DeleteWorkGroupCommand({ WorkGroup: id, RecursiveDeleteOption: forceDestroy ?? false }));
  },
};

function configurationOf(inputs: Configuration = {}): WorkGroupConfiguration {
  const { resultConfiguration: result, engineVersion } = inputs;
  const encryption = result?.encryptionConfiguration;
  return {
    BytesScannedCutoffPerQuery: inputs.bytesScannedCutoffPerQuery,
    EnforceWorkGroupConfiguration: inputs.enforceWorkgroupConfiguration,
    PublishCloudWatchMetricsEnabled: inputs.publishCloudwatchMetricsEnabled,
    EngineVersion: engineVersion && { SelectedEngineVersion: engineVersion.selectedEngineVersion },
    ResultConfiguration: result && {
      OutputLocation: result.outputLocation,
      ExpectedBucketOwner: result.expectedBucketOwner,
      EncryptionConfiguration: encryption && {
        EncryptionOption: encryption.encryptionOption as EncryptionOption,
        KmsKey: encryption.kmsKeyArn,
      },
    },
  };
}

type NamedQueryInputs = { name?: string; description?: string; database: string; workgroup?: string; query: string };

/** A saved query; its id is AWS's. */
export const namedQuery: ResourceType<NamedQueryInputs> = {
  properties: {
    name: { replaces: true },
    description: { fallback: "", replaces: true },
    database: { required: true, replaces: true },
    workgroup: { fallback: "primary", replaces: true },
    query: { required: true, replaces: true },
  },
  regional: true,
  tagged: false,
  // a workgroup takes two of one name
  identity: [],
  naming: { property: "name", maxLength: 128 },
  computed: [],

  async create(aws, inputs) {
    const { NamedQueryId } = await aws.athena.send(
      new CreateNamedQueryCommand({
        Name: inputs.name,
        Description: inputs.description,
        Database: inputs.database,
        WorkGroup: inputs.workgroup,
        QueryString: inputs.query,
      }),
    );
    return NamedQueryId ?? "";
  },

  async read(aws, id) {
    const found = (await orNoRequest(aws.athena.send(new GetNamedQueryCommand({ NamedQueryId: id }))))?.NamedQuery;
    return (
      found && {
        name: found.Name,
        description: found.Description ?? "",
        database: found.Database,
        workgroup: found.WorkGroup ?? "primary",
        query: found.QueryString,
      }
    );
  },

  async delete(aws, id) {
    await aws.athena.send(new DeleteNamedQueryCommand({ NamedQueryId: id }));
  },
};

/** Athena has no error of its own for what is not there: a bad request, whose message says so. */
async function orNoRequest<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    const gone = error instanceof Error && error.name === "InvalidRequestException" && /not found/i.test(error.message);
    if (gone) return undefined;
    throw error;
  }
}

function workgroupArn(aws: Aws, name: string): string {
  return `arn:${aws.partition}:athena:${aws.region}:${aws.caller.accountId}:workgroup/${name}`;
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
