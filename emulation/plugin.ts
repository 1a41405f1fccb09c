import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, version as esbuildVersion } from "esbuild";
import { COVERED_INVOKES, COVERED_TYPES } from "./provider/coverage";

/** What the stand-in covers, by Pulumi's tokens, for documents and messages. */
export const pluginCoverage: { types: readonly string[]; functions: readonly string[] } = {
  types: COVERED_TYPES,
  functions: COVERED_INVOKES,
};

const SOURCES = join(__dirname, "provider");

/** Where the plug-in went, and whether it had to be made. */
export interface InstalledPlugin {
  /** The folder that the engine looks into, below `<pulumiHome>/plugins`. */
  folder: string;
  /** The version that the engine asks for: exactly that of the installed `@pulumi/aws`. */
  version: string;
  built: boolean;
}

/**
 * Puts the stand-in for the AWS provider where the engine looks for `resource-aws`, bundled into one file. Nothing
 * happens when it is there already, made of the same sources. Several processes may call this at once: each file is
 * written under another name and then moved into place, the launcher last.
 */
export async function ensurePlugin(pulumiHome: string, log: (line: string) => void): Promise<InstalledPlugin> {
  const version = installedVersion("@pulumi/aws");
  const folder = join(pulumiHome, "plugins", `resource-aws-v${version}`);
  const bundle = `provider-${await sourcesHash(version)}.cjs`;
  const installed = { folder, version };
  if (await exists(join(folder, bundle))) {
    const launcher = await readFile(join(folder, "pulumi-resource-aws"), "utf8").catch(() => "");
    if (launcher === launcherText(bundle)) return { ...installed, built: false };
  }
  const started = performance.now();
  await mkdir(folder, { recursive: true });
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, "main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    minify: true,
    // Readable names in stack traces are worth more here than the last kilobytes.
    keepNames: true,
    legalComments: "none",
    define: { PROVIDER_VERSION: JSON.stringify(version) },
    logLevel: "silent",
  });
  await place(folder, bundle, outputFiles[0]?.contents ?? "");
  await place(folder, "pulumi-resource-aws", launcherText(bundle), 0o755);
  log(`provider plug-in: built the stand-in for pulumi-resource-aws ${version} in ${seconds(started)} s`);
  return { ...installed, built: true };
}

/**
 * The executable that the engine starts: the Node that runs this, with a cache of compiled code beside it. Settings of
 * the caller's own Node (loaders, coverage) stay out of it.
 */
function launcherText(bundle: string): string {
  return [
    "#!/bin/sh",
    "unset NODE_OPTIONS NODE_V8_COVERAGE",
    'NODE_COMPILE_CACHE="${0%/*}/compile-cache"',
    "export NODE_COMPILE_CACHE",
    `exec '${process.execPath.replaceAll("'", "'\\''")}' "\${0%/*}/${bundle}" "$@"`,
    "",
  ].join("\n");
}

async function place(folder: string, name: string, contents: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = join(folder, `.${name}.${process.pid}.${performance.now()}`);
  try {
    await writeFile(temporary, contents, { mode });
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Of everything that goes into the bundle: own sources, and the versions of what they import. */
async function sourcesHash(version: string): Promise<string> {
  const hash = createHash("sha256").update(`${version} ${esbuildVersion}`);
  for (const name of (await readdir(SOURCES)).sort()) hash.update(name).update(await readFile(join(SOURCES, name)));
  hash.update(await readFile(join(__dirname, "..", "package-lock.json")));
  return hash.digest("hex").slice(0, 12);
}

function installedVersion(name: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package's own manifest, wherever it is installed
  return (require(`${name}/package.json`) as { version: string }).version;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
