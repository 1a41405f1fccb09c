import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse } from "yaml";

/** What of @pulumi/pulumi runs a pack; the engine's own language host starts the same. */
const RUNNER = "@pulumi/pulumi/cmd/run-policy-pack";

/**
 * Gives an executable that serves the policy pack of a folder. The language host that can be built from its Go module is too old to run
 * packs, but the engine starts an executable in a pack's place, as it starts plug-ins. It does what the host of the Pulumi CLI does: runs
 * the pack with Node.js in the pack's folder, with the packages that are found from there.
 *
 * @param folder Folder with PulumiPolicy.yaml, or an executable already
 * @throws Error if the pack is of another language, or its packages are missing
 */
export async function policyPackLauncher(launchers: string, folder: string): Promise<string> {
  if (!(await stat(folder)).isDirectory()) return folder;
  const { runtime } = (parse(await readFile(join(folder, "PulumiPolicy.yaml"), "utf8")) ?? {}) as { runtime?: unknown };
  const language = typeof runtime === "object" && runtime !== null && "name" in runtime ? runtime.name : runtime;
  if (language !== "nodejs") {
    throw new Error(
      `The policy pack ${folder} is of the runtime ${String(language)}, and the emulated organization runs packs of nodejs only: ` +
        "run it without --emulated, with the Pulumi CLI",
    );
  }
  const launcher = join(launchers, createHash("sha256").update(folder).digest("hex").slice(0, 12));
  const text = launcherText(folder, runnerOf(folder), `${launcher}.cache`);
  if ((await readFile(launcher, "utf8").catch(() => "")) === text) return launcher;
  await mkdir(launchers, { recursive: true });
  const temporary = `${launcher}.${process.pid}.${performance.now()}`;
  try {
    await writeFile(temporary, text, { mode: 0o755 });
    await rename(temporary, launcher);
  } finally {
    await rm(temporary, { force: true });
  }
  return launcher;
}

function runnerOf(folder: string): string {
  try {
    return createRequire(join(folder, "index.js")).resolve(RUNNER);
  } catch (cause) {
    throw new Error(`The policy pack ${folder} has no ${RUNNER}: install its packages there (npm ci)`, { cause });
  }
}

/** The engine's address comes first; loaders and coverage of the caller's own Node stay out of it. */
function launcherText(folder: string, runner: string, cache: string): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    "#!/bin/sh",
    "unset NODE_OPTIONS NODE_V8_COVERAGE",
    `NODE_COMPILE_CACHE=${quoted(cache)}`,
    "export NODE_COMPILE_CACHE",
    `cd ${quoted(folder)} || exit 1`,
    `exec ${quoted(process.execPath)} ${quoted(runner)} "$1" .`,
    "",
  ].join("\n");
}
