import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { buildRuntime } from "../../components/runtimeBundle";
import { writeWorkFolder } from "../configuration/stackFiles";
import { resourcesOf } from "../engine/stackState";
import { messageOf } from "../errors";
import { managementSession, type Orchestration } from "../orchestration";

/** Whether the function runs the code that was deployed. */
export interface DeployedCode {
  /** `asDeployed`, `changed` by somebody else since, or `unknown` where it could not be compared. */
  state: "asDeployed" | "changed" | "unknown";
  /** Why it could not be compared. */
  cause?: string;
  /** What was deployed, by the stack's output: SHA-256 of the zip file in Base64. */
  codeSha256?: string;
  /** What Lambda says that it runs. */
  runs?: string;
  /** The runtime in what was deployed, by the stack's output: SHA-256 in hexadecimal. */
  bundleSha256?: string;
  /** The sources of this clone give the same runtime. */
  sameAsClone?: boolean;
}

type Hashes = Partial<Record<"codeSha256" | "bundleSha256", string>>;

/** Compares what Lambda says of its code with the outputs of the management stack, and those with this clone. */
export async function deployedCode(
  context: Pick<Orchestration, "config" | "engine" | "log" | "projectDir" | "workRoot">,
): Promise<DeployedCode> {
  const compared = await compare(context).catch((cause: unknown): DeployedCode => ({
    state: "unknown",
    cause: messageOf(cause),
  }));
  const { functionName } = context.config.management.settings;
  codeLines(functionName, compared).forEach((line) => context.log(line));
  return compared;
}

async function compare(
  context: Pick<Orchestration, "config" | "engine" | "projectDir" | "workRoot">,
): Promise<DeployedCode> {
  const { codeSha256, bundleSha256 } = await outputsOf(context);
  if (codeSha256 === undefined || bundleSha256 === undefined) {
    return { state: "unknown", cause: "the stack has no outputs codeSha256 and bundleSha256: run up" };
  }
  const runs = await hashInLambda(context.config);
  return {
    state: runs === codeSha256 ? "asDeployed" : "changed",
    codeSha256,
    runs,
    bundleSha256,
    sameAsClone: buildRuntime().sha256 === bundleSha256,
  };
}

/** For people: what there is to know, and what to do. */
export function codeLines(functionName: string, code: DeployedCode): string[] {
  if (code.state === "unknown")
    return [`Whether ${functionName} runs the code that was deployed is not known: ${code.cause}`];
  const { state, codeSha256, runs, bundleSha256 = "", sameAsClone } = code;
  const clone = sameAsClone ? "as this clone builds it" : "which this clone does not build: up would replace it";
  if (state === "asDeployed") {
    return [
      `Code: ${functionName} runs what was deployed, CodeSha256 ${codeSha256}; its runtime is ${bundleSha256}, ${clone}`,
    ];
  }
  return [
    `Code: somebody changed the code of ${functionName}: Lambda runs CodeSha256 ${runs}, and ${codeSha256} was deployed`,
    "  What it collected since is not what this program collected. CloudTrail says who did it and when (UpdateFunctionCode); refresh, then up, puts it back",
  ];
}

async function outputsOf({
  config,
  engine,
  projectDir,
  workRoot,
}: Pick<Orchestration, "config" | "engine" | "projectDir" | "workRoot">): Promise<Hashes> {
  const workDir = writeWorkFolder(workRoot, projectDir, "management", config.management.file.document);
  const resources = resourcesOf(await engine.exportState(workDir, "management"));
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

async function hashInLambda(config: Orchestration["config"]): Promise<string> {
  const { session } = await managementSession(config);
  const client = new LambdaClient({ ...session, maxAttempts: 2 });
  try {
    const FunctionName = config.management.settings.functionName;
    const { CodeSha256 } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return CodeSha256 ?? "";
  } finally {
    client.destroy();
  }
}
