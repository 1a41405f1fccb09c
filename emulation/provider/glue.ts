import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteDatabaseCommand,
  DeleteTableCommand,
  GetDatabaseCommand,
  GetTableCommand,
  GetTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDatabaseCommand,
  UpdateTableCommand,
  type Column,
  type StorageDescriptor,
  type TableInput,
} from "@aws-sdk/client-glue";
import type { Aws } from "./clients";
import { sameSettings, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType } from "./types";

type DatabaseInputs = { name?: string; description?: string; parameters?: { [name: string]: string } };

/** A database of the Glue Data Catalog; its id is `accountId:name`. */
export const database: ResourceType<DatabaseInputs> = {
  properties: {
    name: { replaces: true },
    description: { fallback: "" },
    parameters: { fallback: {} },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 255 },
  computed: ["arn", "catalogId"],

  async create(aws, inputs) {
    await aws.glue.send(new CreateDatabaseCommand({ DatabaseInput: databaseInput(inputs), Tags: inputs.tags }));
    return `${aws.caller.accountId}:${inputs.name}`;
  },

  async configure(aws, _id, inputs, before) {
    if (!before) return;
    await aws.glue.send(new UpdateDatabaseCommand({ Name: inputs.name, DatabaseInput: databaseInput(inputs) }));
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    const ResourceArn = arn(aws, `database/${inputs.name}`);
    if (remove.length > 0) await aws.glue.send(new UntagResourceCommand({ ResourceArn, TagsToRemove: remove }));
    if (Object.keys(set).length > 0) await aws.glue.send(new TagResourceCommand({ ResourceArn, TagsToAdd: set }));
  },

  async read(aws, id) {
    const Name = id.slice(id.indexOf(":") + 1);
    const found = (await orNothing(aws.glue.send(new GetDatabaseCommand({ Name }))))?.Database;
    if (!found) return undefined;
    const ResourceArn = arn(aws, `database/${Name}`);
    const { Tags } = await aws.glue.send(new GetTagsCommand({ ResourceArn }));
    return {
      name: Name,
      arn: ResourceArn,
      catalogId: found.CatalogId ?? aws.caller.accountId,
      description: found.Description ?? "",
      parameters: found.Parameters ?? {},
      tags: Tags ?? {},
    };
  },

  async delete(aws, _id, { name }) {
    await aws.glue.send(new DeleteDatabaseCommand({ Name: name }));
  },
};

function databaseInput({ name, description, parameters }: DatabaseInputs) {
  return { Name: name, Description: description, Parameters: parameters };
}

type TableInputs = {
  name?: string;
  databaseName: string;
  description?: string;
  tableType?: string;
  parameters?: { [name: string]: string };
  partitionKeys?: { name?: string; type?: string }[];
  storageDescriptor?: {
    location?: string;
    inputFormat?: string;
    outputFormat?: string;
    columns?: { name?: string; type?: string }[];
    serDeInfo?: { serializationLibrary?: string; parameters?: { [name: string]: string } };
  };
};

/** A table of the Glue Data Catalog; its id is `accountId:database:name`. */
export const table: ResourceType<TableInputs> = {
  properties: {
    name: { replaces: true },
    databaseName: { required: true, replaces: true },
    description: { fallback: "" },
    tableType: { fallback: "" },
    parameters: { fallback: {} },
    partitionKeys: { fallback: [] },
    storageDescriptor: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: false,
  identity: ["name", "databaseName"],
  naming: { property: "name", maxLength: 255 },
  computed: ["arn", "catalogId"],

  async create(aws, inputs) {
    await aws.glue.send(new CreateTableCommand({ DatabaseName: inputs.databaseName, TableInput: tableInput(inputs) }));
    return `${aws.caller.accountId}:${inputs.databaseName}:${inputs.name}`;
  },

  async configure(aws, _id, inputs, before) {
    if (!before) return;
    await aws.glue.send(new UpdateTableCommand({ DatabaseName: inputs.databaseName, TableInput: tableInput(inputs) }));
  },

  async read(aws, id) {
    const [, databaseName = "", name = ""] = id.split(":");
    const answer = await orNothing(aws.glue.send(new GetTableCommand({ DatabaseName: databaseName, Name: name })));
    const found = answer?.Table;
    return (
      found && {
        name,
        databaseName,
        arn: arn(aws, `table/${databaseName}/${name}`),
        catalogId: found.CatalogId ?? aws.caller.accountId,
        description: found.Description ?? "",
        tableType: found.TableType ?? "",
        parameters: found.Parameters ?? {},
        partitionKeys: columns(found.PartitionKeys),
        storageDescriptor: {
          location: found.StorageDescriptor?.Location,
          inputFormat: found.StorageDescriptor?.InputFormat,
          outputFormat: found.StorageDescriptor?.OutputFormat,
          columns: columns(found.StorageDescriptor?.Columns),
          serDeInfo: {
            serializationLibrary: found.StorageDescriptor?.SerdeInfo?.SerializationLibrary,
            parameters: found.StorageDescriptor?.SerdeInfo?.Parameters,
          },
        },
      }
    );
  },

  async delete(aws, _id, { databaseName, name }) {
    await aws.glue.send(new DeleteTableCommand({ DatabaseName: databaseName, Name: name }));
  },
};

function tableInput(inputs: TableInputs): TableInput {
  const { storageDescriptor: storage } = inputs;
  const StorageDescriptor: StorageDescriptor | undefined = storage && {
    Location: storage.location,
    InputFormat: storage.inputFormat,
    OutputFormat: storage.outputFormat,
    Columns: storage.columns?.map(({ name, type }) => ({ Name: name, Type: type })),
    SerdeInfo: storage.serDeInfo && {
      SerializationLibrary: storage.serDeInfo.serializationLibrary,
      Parameters: storage.serDeInfo.parameters,
    },
  };
  return {
    Name: inputs.name,
    Description: inputs.description,
    TableType: inputs.tableType,
    Parameters: inputs.parameters,
    PartitionKeys: inputs.partitionKeys?.map(({ name, type }) => ({ Name: name, Type: type })),
    StorageDescriptor,
  };
}

function columns(found: Column[] = []): { name?: string; type?: string }[] {
  return found.map(({ Name, Type }) => ({ name: Name, type: Type }));
}

function arn(aws: Aws, resource: string): string {
  return `arn:${aws.partition}:glue:${aws.region}:${aws.caller.accountId}:${resource}`;
}
