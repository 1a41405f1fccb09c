import { spawn } from "node:child_process";
import { once } from "node:events";

import type { CollectorSettings, RunSummary } from "../../runtime/settings";
import { SETTINGS } from "./collectorRun";

/** What the deployed function does, in a process that has nothing but the bundle. */
const INVOKE = `
  const { handle } = require("./handler.js");
  const context = {
    awsRequestId: process.env.REQUEST_ID,
    functionName: "collector",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:111111111111:function:collector",
    memoryLimitInMB: "1024",
    getRemainingTimeInMillis: () => Number(process.env.REMAINING),
  };
  const invoke = async () => {
    let answer;
    for (const event of JSON.parse(process.env.EVENTS)) {
      answer = await handle(JSON.parse(process.env.SETTINGS), event, context).then(
        (summary) => ({ summary }),
        (error) => ({ failure: error.name + " " + error.message }),
      );
    }
    process.send(answer);
    process.disconnect();
  };
  invoke();
`;

/** The credentials that the function's process has, as in a function of AWS. */
export const FUNCTION_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIACOLLECTOR",
  AWS_SECRET_ACCESS_KEY: "collector-secret",
  AWS_SESSION_TOKEN: "collector-token",
};

/** What came of an invocation, or of the last of several in the same process. */
export interface BundledRun {
  summary?: RunSummary;
  /** Name and message of the error. */
  failure?: string;
  /** Everything that the process wrote. */
  output: string;
  /** The lines of that, each of which is an object as JSON. */
  lines: Record<string, unknown>[];
}

/** Invokes the bundled runtime in `folder` against a fake. */
export async function invokeBundle(
  folder: string,
  endpoint: string,
  more: {
    settings?: Partial<CollectorSettings>;
    remainingMs?: number;
    events?: unknown[];
    requestId?: string;
    env?: Record<string, string>;
  } = {},
): Promise<BundledRun> {
  const env = {
    REQUEST_ID: more.requestId ?? "request-1",
    REMAINING: String(more.remainingMs ?? 60_000),
    EVENTS: JSON.stringify(more.events ?? [{}]),
    SETTINGS: JSON.stringify({ ...SETTINGS, ...more.settings }),
    AWS_ENDPOINT_URL: endpoint,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    ...FUNCTION_CREDENTIALS,
    ...more.env,
  };
  const child = spawn(process.execPath, ["-e", INVOKE], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  }
  const answers: Pick<BundledRun, "summary" | "failure">[] = [];
  child.on("message", (message) => answers.push(message as Pick<BundledRun, "summary" | "failure">));
  await once(child, "close");
  const [answer] = answers;
  if (!answer) throw new Error(`the function ended without an answer:\n${output}`);
  return { ...answer, output, lines: linesOf(output) };
}

function linesOf(output: string): Record<string, unknown>[] {
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
