import { spawn } from "node:child_process";
import path from "node:path";

/** The project's folder. */
export const PROJECT = path.join(__dirname, "../..");

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Called with all of standard error so far; may signal the child. */
  onStderr?: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a program to its end and gives what it printed. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? PROJECT,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs the orchestrator as a user does, on an emulated organization of the test's own. */
export function orchestrate(stateDir: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, ["--import=tsx", "orchestrate.ts", ...args], {
    ...options,
    env: { ...options.env, EMULATION_DIR: stateDir },
  });
}

/** The one JSON object that a command printed; everything else about it is in the message when it did not. */
export function answerOf<T>(ended: Ended, code = 0): T {
  const lines = ended.stdout.trim().split("\n");
  if (ended.code !== code || lines.length !== 1) {
    throw new Error(`exit code ${ended.code}, expected ${code}; stdout:\n${ended.stdout}\nstderr:\n${ended.stderr}`);
  }
  return JSON.parse(lines[0] ?? "") as T;
}
