import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { devNull } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Socket } from "node:net";
import { EMULATED_REGION, MANAGEMENT_ACCOUNT_ID, type EmulatedOrganization } from "./organization";
import { ensureVirtualEnvironment } from "./virtual-environment";

export { ensureVirtualEnvironment } from "./virtual-environment";

/** Header that marks a request as sent without TLS; every other request counts as sent with it. */
export const INSECURE_TRANSPORT_HEADER = "x-emulated-insecure-transport";

/** How to start the emulator. */
export interface EmulatorOptions {
  /** Folder that holds the state from one start to the next; made if it is not there. One emulator at a time. */
  stateDir: string;
  /** Takes lines on the progress. */
  log: (line: string) => void;
  /** Account of requests that name none. Default: the management account of the emulated organization. */
  managementAccountId?: string;
  /** Default: the Region of the emulated organization. */
  region?: string;
}

/** An emulator that serves. */
export interface Emulator {
  /** As in `http://127.0.0.1:41234`. */
  endpoint: string;
  port: number;
  pid: number;
  /** What the emulator logged since this start. */
  logFile: string;
  /** Saves the state and ends the emulator with every function that it runs. May be called more than once. */
  stop(): Promise<void>;
}

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 15_000;

/** The environment of the emulator and of the functions that run in it: nothing of the caller's AWS settings. */
function processEnvironment(): NodeJS.ProcessEnv {
  const { HOME, LANG, PATH = "", TMPDIR, EMULATION_REPORT_HOURS } = process.env;
  return {
    HOME,
    LANG,
    TMPDIR,
    // Functions run on the `node` that comes first here: the one that runs this.
    PATH: [dirname(process.execPath), PATH].join(delimiter),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    PYTHONUNBUFFERED: "1",
    EMULATION_REPORT_HOURS,
  };
}

async function logTail(logFile: string): Promise<string> {
  return (await readFile(logFile, "utf8")).trim().split("\n").slice(-15).join("\n");
}

/** Ends what is left of the emulator's process group, which it leads. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The first line of the emulator, or why there is none. */
async function firstLine(child: ChildProcess, logFile: string): Promise<string> {
  const timeout = AbortSignal.timeout(START_MILLISECONDS);
  const stop = new AbortController();
  const signal = AbortSignal.any([timeout, stop.signal]);
  if (child.stdout === null) throw new Error("the emulator was started without standard output");
  const lines = createInterface({ input: child.stdout });
  try {
    const line = once(lines, "line", { signal }).then(([text]) => String(text));
    const exit = once(child, "exit", { signal }).then(async ([code, by]) => {
      const how = by === null ? `status ${String(code)}` : `signal ${String(by)}`;
      throw new Error(
        `the AWS emulator ended while it started (${how}). Its log ends with:\n${await logTail(logFile)}`,
      );
    });
    exit.catch(() => undefined);
    line.catch(() => undefined);
    return await Promise.race([line, exit]);
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new Error(
      `the AWS emulator did not serve within ${START_MILLISECONDS / 1000} s. Its log ends with:\n${await logTail(logFile)}`,
      { cause: error },
    );
  } finally {
    stop.abort();
    lines.close();
  }
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    const exit = once(child, "exit");
    const bound = setTimeout(() => killGroup(pid), STOP_MILLISECONDS);
    child.kill("SIGTERM");
    await exit;
    clearTimeout(bound);
  }
  killGroup(pid);
}

/**
 * Starts the AWS emulator on a free port of 127.0.0.1, with its authorization on and the state of `stateDir`.
 *
 * It ends with `stop()`, and by itself when this process ends in any way. The first start on a machine installs its
 * packages ({@link ensureVirtualEnvironment}).
 *
 * @throws Error with the end of the emulator's log when it does not come to serve.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { stateDir, log, managementAccountId = MANAGEMENT_ACCOUNT_ID, region = EMULATED_REGION } = options;
  const python = await ensureVirtualEnvironment(log);
  await mkdir(stateDir, { recursive: true });
  const logFile = join(stateDir, "emulator.log");
  const logDescriptor = openSync(logFile, "w");
  const script = join(__dirname, "ministack", "emulator.py");
  const child = spawn(
    python,
    [script, "--state", stateDir, "--account", managementAccountId, "--region", region],
    // A process group of its own: an interrupt at the terminal reaches us, and we stop the emulator in order.
    { env: processEnvironment(), stdio: ["pipe", "pipe", logDescriptor], detached: true },
  );
  closeSync(logDescriptor);
  const pid = child.pid;
  if (pid === undefined) {
    const [error] = (await once(child, "error")) as [Error];
    throw new Error(`the AWS emulator could not be started with ${python}: ${error.message}`, { cause: error });
  }
  let port: number;
  try {
    ({ port } = JSON.parse(await firstLine(child, logFile)) as { port: number });
  } catch (error) {
    await end(child, pid);
    throw error;
  }
  // It must not keep this process alive: it ends when this process does.
  child.unref();
  (child.stdin as Socket | null)?.unref();
  (child.stdout as Socket | null)?.unref();
  const endpoint = `http://127.0.0.1:${port}`;
  log(`AWS emulator serves at ${endpoint}`);
  let stopped: Promise<void> | undefined;
  return { endpoint, port, pid, logFile, stop: () => (stopped ??= end(child, pid)) };
}

/**
 * What a process needs in its environment, over its own, to take the emulator for AWS and to be the deployer there.
 *
 * An empty value takes a setting of the caller out of force.
 */
export function emulatorEnvironment(
  emulator: Pick<Emulator, "endpoint">,
  plan: Pick<EmulatedOrganization, "deployer" | "region">,
): Record<string, string> {
  const endpoints = Object.keys(process.env).filter((name) => name.startsWith("AWS_ENDPOINT_URL_"));
  return {
    ...Object.fromEntries(endpoints.map((name) => [name, ""])),
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_REGION: plan.region,
    AWS_DEFAULT_REGION: plan.region,
    AWS_ACCESS_KEY_ID: plan.deployer.accessKeyId,
    AWS_SECRET_ACCESS_KEY: plan.deployer.secretAccessKey,
    AWS_SESSION_TOKEN: "",
    AWS_PROFILE: "",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
