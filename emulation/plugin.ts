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

/** The packages whose plug-ins this stands in for, by the names that the engine gives those. */
const PACKAGES = { aws: "@pulumi/aws", "aws-native": "@pulumi/aws-native" } as const;

/** Where the plug-in for `@pulumi/aws` went, and whether anything had to be made. */
export interface InstalledPlugin {
  /** The folder that the engine looks into, below `<pulumiHome>/plugins`. */
  folder: string;
  /** The version that the engine asks for: exactly that of the installed `@pulumi/aws`. */
  version: string;
  built: boolean;
}

/**
 * Puts the stand-in for the AWS providers where the engine looks for `resource-aws` and `resource-aws-native`, bundled into one file.
 * Nothing happens when it is there already, made of the same sources. Several processes may call this at once: each file is written
 * under another name and then moved into place, the launcher last.
 */
export async function ensurePlugin(pulumiHome: string, log: (line: string) => void): Promise<InstalledPlugin> {
  const plugins = Object.entries(PACKAGES).map(([name, npm]) => {
    const version = installedVersion(npm);
    return { name, version, folder: join(pulumiHome, "plugins", `resource-${name}-v${version}`) };
  });
  const bundle = `provider-${await sourcesHash(plugins.map(({ version }) => version))}.cjs`;
  const [{ version, folder }] = plugins as [(typeof plugins)[number]];
  const there = await Promise.all(
    plugins.map(async (plugin) => {
      const launcher = await readFile(join(plugin.folder, launcherName(plugin)), "utf8").catch(() => "");
      return launcher === launcherText(bundle, plugin.version) && (await exists(join(plugin.folder, bundle)));
    }),
  );
  if (there.every((is) => is)) return { folder, version, built: false };
  const started = performance.now();
  const contents = await bundled();
  for (const plugin of plugins) {
    await mkdir(plugin.folder, { recursive: true });
    await place(plugin.folder, bundle, contents);
    await place(plugin.folder, launcherName(plugin), launcherText(bundle, plugin.version), 0o755);
  }
  const names = plugins.map((plugin) => `${launcherName(plugin)} ${plugin.version}`).join(" and ");
  log(`provider plug-in: built the stand-in for ${names} in ${seconds(started)} s`);
  return { folder, version, built: true };
}

async function bundled(): Promise<Uint8Array> {
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
    logLevel: "silent",
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

function launcherName({ name }: { name: string }): string {
  return `pulumi-resource-${name}`;
}

/**
 * The executable that the engine starts: the Node that runs this, with a cache of compiled code beside it. Settings of
 * the caller's own Node (loaders, coverage) stay out of it.
 */
function launcherText(bundle: string, version: string): string {
  return [
    "#!/bin/sh",
    "unset NODE_OPTIONS NODE_V8_COVERAGE",
    'NODE_COMPILE_CACHE="${0%/*}/compile-cache"',
    `PROVIDER_VERSION='${version}'`,
    "export NODE_COMPILE_CACHE PROVIDER_VERSION",
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
async function sourcesHash(versions: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(`${versions.join(" ")} ${esbuildVersion}`);
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
