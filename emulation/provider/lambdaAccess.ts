import {
  AddPermissionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import type { Aws } from "./clients";
import { sameIdOrArn, sameSettings } from "./compare";
import { orNothing } from "./errors";
import { camelCase, pascalCase } from "./letterCase";
import type { ResourceType, Values } from "./types";

type PermissionInputs = {
  function: string;
  action: string;
  principal: string;
  statementId?: string;
  sourceArn?: string;
  sourceAccount?: string;
  principalOrgId?: string;
};

/** A statement of a function's policy. AWS has no update for it: every change replaces it. */
export const permission: ResourceType<PermissionInputs> = {
  properties: {
    function: { required: true, replaces: true, same: sameIdOrArn },
    action: { required: true, replaces: true },
    principal: { required: true, replaces: true },
    statementId: { replaces: true },
    sourceArn: { fallback: "", replaces: true },
    sourceAccount: { fallback: "", replaces: true },
    principalOrgId: { fallback: "", replaces: true },
  },
  regional: true,
  tagged: false,
  identity: ["function", "statementId"],
  naming: { property: "statementId", maxLength: 100 },
  computed: [],

  async create(aws, inputs) {
    await aws.lambda.send(
      new AddPermissionCommand({
        FunctionName: inputs.function,
        StatementId: inputs.statementId,
        Action: inputs.action,
        Principal: inputs.principal,
        SourceArn: inputs.sourceArn || undefined,
        SourceAccount: inputs.sourceAccount || undefined,
        PrincipalOrgID: inputs.principalOrgId || undefined,
      }),
    );
    return inputs.statementId ?? "";
  },

  async read(aws, id, recorded) {
    const answer = await orNothing(aws.lambda.send(new GetPolicyCommand({ FunctionName: recorded.function })));
    const document = JSON.parse(answer?.Policy ?? "{}") as { Statement?: Statement[] };
    const found = document.Statement?.find((statement) => statement.Sid === id);
    if (!found) return undefined;
    const conditions = Object.values(found.Condition ?? {}).reduce((all, one) => ({ ...all, ...one }), {});
    return {
      function: recorded.function,
      statementId: id,
      action: found.Action,
      principal: principalOf(found.Principal, recorded.principal),
      sourceArn: conditions["AWS:SourceArn"] ?? "",
      sourceAccount: conditions["AWS:SourceAccount"] ?? "",
      principalOrgId: conditions["aws:PrincipalOrgID"] ?? "",
    };
  },

  async delete(aws, id, recorded) {
    await aws.lambda.send(new RemovePermissionCommand({ FunctionName: recorded.function, StatementId: id }));
  },
};

interface Statement {
  Sid?: string;
  Action?: string;
  Principal?: string | { Service?: string; AWS?: string };
  Condition?: Record<string, Record<string, string>>;
}

/** An account id comes back as the ARN of its root. */
function principalOf(principal: Statement["Principal"], recorded: string): string | undefined {
  const found = typeof principal === "string" ? principal : (principal?.Service ?? principal?.AWS);
  return found?.split(":").includes(recorded) ? recorded : found;
}

type EventInvokeInputs = {
  functionName: string;
  maximumRetryAttempts?: number;
  maximumEventAgeInSeconds?: number;
  destinationConfig?: { onFailure?: { destination: string }; onSuccess?: { destination: string } };
};

/** How often and how long Lambda tries an asynchronous call; its id is the function's name. */
export const eventInvokeConfig: ResourceType<EventInvokeInputs> = {
  properties: {
    functionName: { required: true, replaces: true },
    maximumRetryAttempts: { fallback: 2 },
    maximumEventAgeInSeconds: { fallback: 0 },
    destinationConfig: { fallback: {}, same: sameSettings },
  },
  regional: true,
  tagged: false,
  identity: ["functionName"],
  computed: [],

  async create(aws, inputs) {
    await putEventInvokeConfig(aws, inputs);
    return inputs.functionName;
  },

  async configure(aws, _id, inputs, before) {
    if (before) await putEventInvokeConfig(aws, inputs);
  },

  async read(aws, FunctionName) {
    const found = await orNothing(aws.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })));
    return (
      found && {
        functionName: FunctionName,
        maximumRetryAttempts: found.MaximumRetryAttempts ?? 2,
        maximumEventAgeInSeconds: found.MaximumEventAgeInSeconds ?? 0,
        destinationConfig: (camelCase(found.DestinationConfig) ?? {}) as Values,
      }
    );
  },

  async delete(aws, FunctionName) {
    await aws.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  },
};

async function putEventInvokeConfig(aws: Aws, inputs: EventInvokeInputs): Promise<void> {
  await aws.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: inputs.functionName,
      MaximumRetryAttempts: inputs.maximumRetryAttempts,
      MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds || undefined,
      DestinationConfig: pascalCase(inputs.destinationConfig) as object | undefined,
    }),
  );
}
