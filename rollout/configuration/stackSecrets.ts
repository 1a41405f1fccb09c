import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { messageOf, RolloutError } from "../errors";
import { hasOwnProvider, holdsSecret, readDocument, writeWorkFolder, type StackDocument } from "./stackFiles";

/** Configuration of a stack with its secrets in the clear, by full key, as in `aws:assumeRoles`. In memory only. */
export type PlainConfig = Readonly<Record<string, unknown>>;

/** Runs the Pulumi CLI. */
export type RunPulumi = (args: readonly string[], at: { cwd: string; env?: NodeJS.ProcessEnv }) => Promise<string>;

/** Stacks whose files may hold secrets that the orchestrator itself needs: roles' external ids. */
const STACKS = ["security", "logarchive", "management"] as const;

/**
 * What the secrets in the stacks' files are. The CLI is asked, and only where a file holds one.
 *
 * @throws RolloutError if they cannot be decrypted
 */
export async function plainConfigs(
  at: { projectDir: string; workRoot: string },
  runPulumi: RunPulumi = pulumi,
): Promise<Record<string, PlainConfig>> {
  const found = await Promise.all(
    STACKS.map(async (stack): Promise<[string, PlainConfig][]> => {
      const document = readDocument(at.projectDir, stack);
      return document && holdsSecret(document.config)
        ? [[stack, await plainConfig(at, stack, document, runPulumi)]]
        : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

async function plainConfig(
  at: { projectDir: string; workRoot: string },
  stack: string,
  document: StackDocument,
  runPulumi: RunPulumi,
): Promise<PlainConfig> {
  const show = ["config", "--show-secrets", "--json", "--stack", stack, "--non-interactive"];
  const scratch = mkdtempSync(path.join(tmpdir(), "stack-secrets-"));
  try {
    // A passphrase or a key decrypts wherever the stack is, so its backend need not even know it yet; that of the service does not.
    const byFile = hasOwnProvider(document);
    const cwd = byFile ? scratch : writeWorkFolder(at.workRoot, at.projectDir, stack, document);
    const env = byFile ? inScratch(scratch, stack, document) : undefined;
    if (byFile) {
      const provider = document.secretsprovider === undefined ? [] : ["--secrets-provider", document.secretsprovider];
      await runPulumi(["stack", "init", stack, ...provider, "--non-interactive"], { cwd, env });
    }
    const shown = JSON.parse(await runPulumi(show, { cwd, env })) as Record<
      string,
      { value?: string; objectValue?: unknown }
    >;
    return Object.fromEntries(
      Object.entries(shown).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
    );
  } catch (cause) {
    throw new RolloutError(
      `The secrets in Pulumi.${stack}.yaml cannot be decrypted: ${causeOf(cause)}. Set PULUMI_CONFIG_PASSPHRASE to the passphrase ` +
        "that they were set with, or see that your credentials may use the key of secretsprovider",
      1,
      { cause },
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A project in an empty folder, with a backend in it. */
function inScratch(folder: string, stack: string, { environment: _, ...document }: StackDocument): NodeJS.ProcessEnv {
  const state = path.join(folder, "state");
  mkdirSync(state);
  writeFileSync(path.join(folder, "Pulumi.yaml"), stringify({ name: "iam-credential-reports", runtime: "nodejs" }));
  writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify(document));
  return { PULUMI_BACKEND_URL: pathToFileURL(state).href };
}

/** The line of the CLI that says why. */
function causeOf(error: unknown): string {
  const { stderr } = error as { stderr?: unknown };
  const said = typeof stderr === "string" ? stderr : messageOf(error);
  const lines = said.split("\n").map((line) => line.trim());
  return (lines.find((line) => line.startsWith("error:")) ?? lines[0] ?? "").replace(/^error:\s*/, "");
}

const pulumi: RunPulumi = async (args, { cwd, env }) => {
  const { stdout } = await promisify(execFile)("pulumi", args, {
    cwd,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", ...env },
  });
  return stdout;
};
