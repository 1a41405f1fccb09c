import { setTimeout as pause } from "node:timers/promises";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type Architecture,
  type CreateFunctionCommandInput,
  type FunctionConfiguration,
  type LogFormat,
  type Runtime,
  type TracingMode,
  type UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import { zipOf } from "./archive";
import type { Aws } from "./clients";
import { sameArchive, sameSettings, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { Json, ResourceType, Tagged, Values } from "./types";

type FunctionInputs = {
  name?: string;
  role: string;
  handler?: string;
  runtime?: string;
  code?: Json;
  codeSha256?: string;
  memorySize?: number;
  timeout?: number;
  reservedConcurrentExecutions?: number;
  architectures?: string[];
  environment?: { variables?: { [name: string]: string } };
  loggingConfig?: { logFormat?: string; logGroup?: string };
  tracingConfig?: { mode?: string };
  layers?: string[];
  description?: string;
  publish?: boolean;
  kmsKeyArn?: string;
  deadLetterConfig?: { targetArn?: string };
};

/** Tries at creating a function while IAM does not yet show its new role to Lambda, one second apart. */
const ROLE_TRIES = 10;

/** A Lambda function from an archive. A change of code outside Pulumi shows where the program says the `codeSha256`, as with the real one. */
export const lambdaFunction: ResourceType<FunctionInputs> = {
  properties: {
    name: { replaces: true },
    role: { required: true },
    handler: {},
    runtime: {},
    code: { required: true, same: sameArchive },
    codeSha256: {},
    memorySize: { fallback: 128 },
    timeout: { fallback: 3 },
    reservedConcurrentExecutions: { fallback: -1 },
    architectures: { fallback: ["x86_64"] },
    environment: { fallback: {}, same: sameSettings },
    loggingConfig: { same: sameSettings },
    tracingConfig: { fallback: { mode: "PassThrough" }, same: sameSettings },
    layers: { fallback: [] },
    description: { fallback: "" },
    publish: { fallback: false },
    kmsKeyArn: { fallback: "" },
    deadLetterConfig: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  computed: ["arn", "invokeArn", "qualifiedArn", "version", "lastModified", "sourceCodeHash", "sourceCodeSize"],
  volatile: ["qualifiedArn", "version", "lastModified", "sourceCodeHash", "sourceCodeSize"],

  async create(aws, inputs) {
    const ZipFile = await zipOf(inputs.code, process.cwd());
    await createOnceRoleIsThere(aws, {
      ...settings(inputs),
      FunctionName: inputs.name,
      Role: inputs.role,
      Code: { ZipFile },
      Architectures: inputs.architectures as Architecture[] | undefined,
      Publish: inputs.publish,
      Tags: inputs.tags,
    });
    await settled(aws, inputs.name);
    return inputs.name ?? "";
  },

  async configure(aws, FunctionName, inputs, before) {
    if (before) await update(aws, FunctionName, inputs, before);
    const reserved = inputs.reservedConcurrentExecutions ?? -1;
    if (reserved !== (before?.reservedConcurrentExecutions ?? -1)) {
      await (reserved < 0
        ? aws.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
        : aws.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved })));
    }
  },

  async read(aws, FunctionName) {
    const answer = await orNothing(aws.lambda.send(new GetFunctionCommand({ FunctionName })));
    const found = answer?.Configuration;
    if (!found) return undefined;
    return {
      ...functionArns(aws, found),
      name: found.FunctionName,
      role: found.Role,
      handler: found.Handler,
      runtime: found.Runtime,
      codeSha256: found.CodeSha256,
      memorySize: found.MemorySize,
      timeout: found.Timeout,
      reservedConcurrentExecutions: answer?.Concurrency?.ReservedConcurrentExecutions ?? -1,
      architectures: found.Architectures ?? ["x86_64"],
      environment: { variables: found.Environment?.Variables ?? {} },
      loggingConfig: { logFormat: found.LoggingConfig?.LogFormat, logGroup: found.LoggingConfig?.LogGroup },
      tracingConfig: { mode: found.TracingConfig?.Mode ?? "PassThrough" },
      layers: (found.Layers ?? []).map((layer) => layer.Arn ?? ""),
      description: found.Description ?? "",
      kmsKeyArn: found.KMSKeyArn ?? "",
      deadLetterConfig: { targetArn: found.DeadLetterConfig?.TargetArn },
      version: found.Version,
      lastModified: found.LastModified,
      sourceCodeHash: found.CodeSha256,
      sourceCodeSize: found.CodeSize,
      tags: answer?.Tags ?? {},
    };
  },

  async delete(aws, FunctionName) {
    await aws.lambda.send(new DeleteFunctionCommand({ FunctionName }));
  },
};

/** Settings that creation and update share. */
function settings(inputs: FunctionInputs): Omit<UpdateFunctionConfigurationCommandInput, "FunctionName"> {
  return {
    Role: inputs.role,
    Handler: inputs.handler,
    Runtime: inputs.runtime as Runtime | undefined,
    MemorySize: inputs.memorySize ?? 128,
    Timeout: inputs.timeout ?? 3,
    Environment: { Variables: inputs.environment?.variables ?? {} },
    ...(inputs.loggingConfig && {
      LoggingConfig: {
        LogFormat: inputs.loggingConfig.logFormat as LogFormat | undefined,
        LogGroup: inputs.loggingConfig.logGroup,
      },
    }),
    TracingConfig: { Mode: (inputs.tracingConfig?.mode ?? "PassThrough") as TracingMode },
    Layers: inputs.layers ?? [],
    Description: inputs.description ?? "",
    ...(inputs.kmsKeyArn && { KMSKeyArn: inputs.kmsKeyArn }),
    ...(inputs.deadLetterConfig && { DeadLetterConfig: { TargetArn: inputs.deadLetterConfig.targetArn } }),
  };
}

async function update(
  aws: Aws,
  FunctionName: string,
  inputs: Tagged<FunctionInputs>,
  before: Tagged<FunctionInputs> & { arn?: string },
): Promise<void> {
  await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings(inputs) }));
  await settled(aws, FunctionName);
  const architectures = inputs.architectures ?? ["x86_64"];
  const codeStays =
    before.code !== undefined &&
    inputs.code !== undefined &&
    sameArchive(before.code, inputs.code) &&
    (inputs.codeSha256 === undefined || inputs.codeSha256 === before.codeSha256);
  if (!codeStays || architectures.join() !== (before.architectures ?? ["x86_64"]).join()) {
    const ZipFile = await zipOf(inputs.code, process.cwd());
    await aws.lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName,
        ZipFile,
        Architectures: architectures as Architecture[],
        Publish: inputs.publish,
      }),
    );
    await settled(aws, FunctionName);
  }
  const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
  const Resource = before.arn;
  if (remove.length > 0) await aws.lambda.send(new UntagResourceCommand({ Resource, TagKeys: remove }));
  if (Object.keys(set).length > 0) await aws.lambda.send(new TagResourceCommand({ Resource, Tags: set }));
}

function functionArns(aws: Aws, found: FunctionConfiguration): Values {
  const arn = found.FunctionArn ?? "";
  return {
    arn,
    invokeArn: `arn:${aws.partition}:apigateway:${aws.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    qualifiedArn: `${arn}:${found.Version}`,
  };
}

async function createOnceRoleIsThere(aws: Aws, request: CreateFunctionCommandInput): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await aws.lambda.send(new CreateFunctionCommand(request));
      return;
    } catch (error) {
      const early = error instanceof Error && /role .*cannot be assumed by Lambda/i.test(error.message);
      if (!early || tries === ROLE_TRIES) throw error;
      await pause(1000);
    }
  }
}

/** Waits until Lambda has taken in what was changed: until then it refuses the next change. */
async function settled(aws: Aws, FunctionName: string | undefined): Promise<void> {
  for (;;) {
    const found = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (found.State === "Failed" || found.LastUpdateStatus === "Failed") {
      throw new Error(`Lambda function ${FunctionName}: ${found.StateReason ?? found.LastUpdateStatusReason}`);
    }
    if (found.State !== "Pending" && found.LastUpdateStatus !== "InProgress") return;
    await pause(200);
  }
}
