import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { ensureVirtualEnvironment } from "../../emulation/emulator";
import { policy, silent, type Credentials, type EmulatedAws } from "./emulatedAws";

const run = promisify(execFile);

/** Answers what the function sees of itself. */
const HANDLER = `exports.handler = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
  region: process.env.AWS_REGION,
  endpoint: process.env.AWS_ENDPOINT_URL,
  node: process.version,
  leaked: process.env.AWS_PROFILE ?? process.env.NODE_OPTIONS ?? null,
  pid: process.pid,
});`;

/** A zip archive that holds `index.js`. */
async function zipOf(source: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "function-"));
  try {
    await writeFile(join(folder, "index.js"), source);
    const python = await ensureVirtualEnvironment(silent);
    await run(python, ["-m", "zipfile", "-c", "function.zip", "index.js"], { cwd: folder });
    return await readFile(join(folder, "function.zip"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a process runs; one that ended and was not yet collected does not. */
export async function alive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return status !== "" && !/^State:\s+Z/m.test(status);
}

/** A function with a role of its own, trusted by `service`; by default it answers what it sees of itself. */
export async function createFunction(
  aws: EmulatedAws,
  name: string,
  service = "lambda.amazonaws.com",
  source = HANDLER,
) {
  const account = aws.plan.managementAccountId;
  const mine = { StringEquals: { "aws:SourceAccount": account } };
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service }, Condition: mine };
  const role = { RoleName: `${name}-role`, AssumeRolePolicyDocument: policy(trust) };
  await aws.iam(aws.deployer).send(new CreateRoleCommand(role));
  await aws.lambda(aws.deployer).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: `arn:aws:iam::${account}:role/${name}-role`,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Code: { ZipFile: await zipOf(source) },
    }),
  );
}

/** What {@link HANDLER} answers. */
export interface Seen extends Credentials {
  region: string;
  endpoint: string;
  node: string;
  leaked: string | null;
  pid: number;
}

/** Invokes a function that {@link createFunction} made. */
export async function invoke(aws: EmulatedAws, name: string): Promise<Seen> {
  const { Payload } = await aws.lambda(aws.deployer).send(new InvokeCommand({ FunctionName: name }));
  return JSON.parse(Buffer.from(Payload ?? []).toString("utf8")) as Seen;
}
