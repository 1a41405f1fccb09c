import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { LocalWorkspace, PulumiCommand, StackAlreadyExistsError, type PluginInfo } from "@pulumi/pulumi/automation";
import { messageOf } from "../errors";
import type { StackEngine, StackSummary } from "../engine/stackEngine";
import { writeWorkFolder, type StackFile } from "../configuration/stackFiles";

/** What the checks ask of the Pulumi CLI and its backend. */
export interface EngineFacts {
  /** Version of the CLI, as in 3.259.0. */
  version: () => Promise<string>;
  plugins: () => Promise<PluginInfo[]>;
  /** Where state is kept, as in `file://…`, `s3://…`, `https://app.pulumi.com/…`. */
  backendUrl: () => Promise<string>;
  /** Stacks of this project in the backend. */
  stacks: () => Promise<StackSummary[]>;
  /** Makes an empty stack and removes it again, with what backups it left. */
  tryWriting: () => Promise<void>;
}

/** Name of the stack that is made to see whether one can be; no program belongs to it. */
const PROBE = "doctor";

/** The Pulumi CLI on PATH, as the orchestrator uses it. */
export function engineFacts(at: {
  projectDir: string;
  workRoot: string;
  engine: Pick<StackEngine, "list">;
  file: () => Promise<StackFile>;
}): EngineFacts {
  const command = once(() => PulumiCommand.get({ skipVersionCheck: true }));
  const workDir = once(async () => {
    const { name, document } = await at.file();
    return writeWorkFolder(at.workRoot, at.projectDir, name, document);
  });
  const workspace = once(async () =>
    LocalWorkspace.create({ workDir: await workDir(), pulumiCommand: await command() }),
  );
  return {
    version: async () => (await command()).version?.version ?? "",
    plugins: async () => (await workspace()).listPlugins(),
    backendUrl: async () => (await (await workspace()).whoAmI()).url ?? "",
    stacks: async () => at.engine.list(await workDir()),
    tryWriting: async () => {
      const { document } = await at.file();
      const root = mkdtempSync(path.join(tmpdir(), "doctor-"));
      // a folder of its own: the CLI writes a file for the stack, and removes it
      const folder = writeWorkFolder(root, at.projectDir, PROBE, {});
      const { secretsprovider } = document;
      const own = await LocalWorkspace.create({
        workDir: folder,
        pulumiCommand: await command(),
        ...(secretsprovider !== undefined && { secretsProvider: secretsprovider }),
      });
      try {
        // one that is there is another doctor's, or was left by one that was interrupted: both could write
        await own.createStack(PROBE).catch(unless(StackAlreadyExistsError));
        // what the SDK has for this leaves the stack's backups behind
        const remove = ["stack", "rm", PROBE, "--yes", "--remove-backups", "--non-interactive"];
        await promisify(execFile)((await command()).command, remove, { cwd: folder }).catch((error: unknown) => {
          if (!/no stack named/.test(messageOf(error))) throw error;
        });
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    },
  };
}

function unless(expected: new (...args: never[]) => Error): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof expected)) throw error;
  };
}

/** The error of the CLI in a line: what stands behind its `error:`, or what else it says. */
export function cliError(error: unknown): string {
  const lines = messageOf(error)
    .split("\n")
    .map((line) => line.replace(/^\s*(code: -?\d+|stdout:|stderr:|err\?:)\s*/, "").trim())
    .filter((line) => line !== "");
  return (lines.find((line) => /^error:/i.test(line)) ?? lines[0] ?? "no message").replace(/^error:\s*/i, "");
}

/** Does something once; all who ask get the same answer. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= work());
}
