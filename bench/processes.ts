import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus, loadavg, totalmem, tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { bundleRuntime } from "../components/runtimeBundle";
import { DEFAULT_THRESHOLDS } from "../report/controls";
import { BATCH_DEFAULTS, type CollectorSettings, type RunSummary } from "../runtime/settings";
import type { FakeFigures } from "./fakeOrganization";
import { accountId, type OrganizationOptions } from "./organization";

const PROJECT = resolve(__dirname, "..");

/** Conditions under which figures were taken. */
export function machine(): object {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? "unknown",
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: loadavg()[0],
    node: process.version,
    pinned: canPin(),
  };
}

function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;
}

/** A command that runs on the first core alone, or on all but the first, where this machine can do that. */
export function onCores(cores: "first" | "others", command: readonly string[]): [string, string[]] {
  const all = canPin()
    ? ["taskset", "-c", cores === "first" ? "0" : `1-${availableParallelism() - 1}`, ...command]
    : [...command];
  const [program = "", ...args] = all;
  return [program, args];
}

/** What one invocation took: `bench/invocation.mjs`. */
export interface InvocationFigures {
  summary?: RunSummary;
  /** The error that the invocation failed with. */
  failed?: string;
  initMs: number;
  wallSeconds: number;
  cpuSeconds: number;
  /** Time in which the collector could have run but something else had its core; Linux only. */
  waitedSeconds?: number;
  /** Resident memory after loading the bundle. */
  idleMiB: number;
  peakMiB: number;
  /** Of a run that went in steps: `bench/steps.mjs`. */
  steps?: StepFigures;
}

/** What the state machine and the function would be billed for. */
export interface StepFigures {
  /** Invocations of the function, by step. */
  invocations: Record<string, number>;
  /** Their duration together, by step. */
  seconds: Record<string, number>;
  /** State transitions, those of the executions of all batches included, when nothing is tried again. */
  transitions: number;
}

/** One run of the collector at a fake organization. */
export interface CollectorFigures extends InvocationFigures {
  /** Bytes of all that it logged. */
  logBytes: number;
  fake: FakeFigures;
}

/** How the collector is run. */
export interface CollectorOptions {
  settings?: Partial<CollectorSettings>;
  /** Folder for a processor profile of the collector. */
  profile?: string | undefined;
}

/** Runs the bundled collector on one core, over the whole of a fake organization that runs on the others. */
export async function runCollector(
  organization: Partial<OrganizationOptions>,
  { settings, profile }: CollectorOptions = {},
): Promise<CollectorFigures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const fake = await startFake(organization);
  try {
    const { file } = bundleRuntime(folder);
    const driver = settings?.engine === "stepfunctions" ? "steps" : "invocation";
    const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`] : [];
    const invocation = [process.execPath, ...flags, join(PROJECT, `bench/${driver}.mjs`), file];
    const env = {
      PATH: process.env["PATH"],
      SETTINGS: JSON.stringify({ ...SETTINGS, ...settings }),
      AWS_ENDPOINT_URL: fake.endpoint,
      AWS_ACCESS_KEY_ID: "AKIACOLLECTOR",
      AWS_SECRET_ACCESS_KEY: "collector-secret",
      AWS_REGION: SETTINGS.region,
    };
    const printed = await printedBy(onCores("first", invocation), env);
    const figures = JSON.parse(printed.last) as InvocationFigures;
    return { ...figures, logBytes: printed.bytes - printed.last.length, fake: await fake.figures() };
  } finally {
    await fake.stop();
    rmSync(folder, { recursive: true });
  }
}

const SETTINGS: CollectorSettings = {
  partition: "aws",
  accountId: accountId(0),
  standalone: false,
  region: "eu-central-1",
  memberRoleName: "credential-report-reader",
  bucketName: "evidence",
  bucketOwner: "999999999999",
  keyArn: "arn:aws:kms:eu-central-1:888888888888:key/11111111-2222-3333-4444-555555555555",
  include: [],
  exclude: [],
  concurrency: 50,
  stsPerSecond: 300,
  generating: 2000,
  ...BATCH_DEFAULTS,
  thresholds: DEFAULT_THRESHOLDS,
};

async function startFake(organization: Partial<OrganizationOptions>) {
  const script = join(PROJECT, "bench/fakeOrganization.ts");
  const command = [process.execPath, "--import=tsx", script, JSON.stringify(organization)];
  const child = spawn(...onCores("others", command), { cwd: PROJECT, stdio: ["pipe", "pipe", "inherit"] });
  const ended = exitOf(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), ended.then(() => ["{}"])])) as [string];
  const { port } = JSON.parse(line) as { port?: number };
  if (port === undefined) throw new Error("the fake organization did not start; its message is above");
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    figures: async () => (await (await fetch(`${endpoint}/fake/figures`)).json()) as FakeFigures,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs a command to its end and gives the last line that it prints. */
export async function lastLine(command: [string, string[]], env: NodeJS.ProcessEnv): Promise<string> {
  return (await printedBy(command, env)).last;
}

/** Runs a command to its end: the last line that it prints, and the size of all lines in bytes, as far as they are ASCII. */
async function printedBy(
  [program, args]: [string, string[]],
  env: NodeJS.ProcessEnv,
): Promise<{ last: string; bytes: number }> {
  const child = spawn(program, args, { cwd: PROJECT, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = exitOf(child);
  let [last, bytes] = ["", 0];
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = line;
    bytes += line.length + 1;
  });
  const code = await ended;
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 6).join(" ")} ended with code ${code}`);
  return { last, bytes };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}
