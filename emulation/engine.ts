import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { goBuild } from "./engine/goBuild";
import { cacheFolder, isExecutable, onPath, rootOf, thisMachine, unusable, type Machine } from "./engine/machine";

export type { Machine } from "./engine/machine";

type Log = (line: string) => void;

/** A Pulumi engine that fits the installed SDK. */
export interface Engine {
  /** `<root>/bin/pulumi` is the engine, as `PulumiCommand.get({ root })` takes it. */
  root: string;
  /** Version of the SDK that it was chosen for; the engine may be a newer one. */
  version: string;
  /** `path`: found on PATH. `installer`: in the official installer's folder. `npm`: fetched as the npm package does. `go`: built. */
  source: "path" | "installer" | "npm" | "go";
}

/** Where the Node.js language host is, which `pulumi up` by hand needs; programs run by the orchestrator do without. */
export interface LanguageHost {
  /** Folder of `pulumi-language-nodejs`. */
  folder: string;
  /** `engine`: it came with the engine. */
  source: "engine" | "path" | "go";
}

/** The last release that contains the language host and that a Go module proxy serves. */
const LANGUAGE_HOST_VERSION = "3.68.0";

/**
 * Finds or makes a Pulumi engine, in this order: `pulumi` on PATH, the official installer's folder, an earlier build of
 * this project, the official download, a build from its Go module. An engine serves when it has the major version of the
 * SDK and is not older: an engine serves older SDKs, but may lack what a newer SDK asks of it. What is passed over is
 * logged with its reason. Throws, naming all ways, when none is left.
 */
export async function ensureEngine(log: Log, machine: Machine = thisMachine()): Promise<Engine> {
  const version = machine.sdkVersion;
  const installed = join(machine.home, ".pulumi");
  const versioned = join(installed, "versions", version);
  const built = join(cacheFolder(machine), `engine-${version}`);
  const candidates: [Engine["source"], string][] = [
    ...(await onPath(machine, "pulumi")).map((path): [Engine["source"], string] => ["path", path]),
    ["installer", engineIn(versioned)],
    ["installer", engineIn(installed)],
    ["go", engineIn(built)],
  ];
  for (const [source, binary] of candidates) {
    if (!(await isExecutable(binary))) continue;
    const reason = await unusable(machine, binary);
    if (!reason) return { root: await rootOf(machine, binary), version, source };
    log(`Pulumi engine: ${binary} is passed over: ${reason}`);
  }
  if (await download(machine, versioned, log)) return { root: versioned, version, source: "npm" };
  if ((await onPath(machine, "go")).length === 0) throw new Error(noEngine(version));
  await goBuild(
    machine,
    {
      title: `Pulumi engine ${version}`,
      moduleFolder: join(__dirname, "engine", "cli"),
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      version,
      output: engineIn(built),
    },
    log,
  );
  return { root: built, version, source: "go" };
}

/**
 * Finds or builds the Node.js language host: beside the engine, on PATH, or from its Go module (half a minute).
 * Throws when it has to be built and there is no Go.
 */
export async function ensureLanguageHost(
  engine: Engine,
  log: Log,
  machine: Machine = thisMachine(),
): Promise<LanguageHost> {
  const name = "pulumi-language-nodejs";
  const beside = join(engine.root, "bin");
  if (await isExecutable(join(beside, name))) return { folder: beside, source: "engine" };
  const [found] = await onPath(machine, name);
  if (found) return { folder: dirname(found), source: "path" };
  const folder = join(cacheFolder(machine), `engine-${machine.sdkVersion}`, "bin");
  const output = join(folder, name);
  if (!(await isExecutable(output)) && (await onPath(machine, "go")).length === 0) {
    throw new Error(
      `${name} is neither beside the engine (${beside}) nor on PATH, and there is no Go to build it with. ` +
        "Install the Pulumi CLI, which brings it (https://www.pulumi.com/docs/install/), or Go (https://go.dev/dl/).",
    );
  }
  const title = `Pulumi language host ${LANGUAGE_HOST_VERSION}`;
  const moduleFolder = join(__dirname, "engine", "languageHost");
  const main = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
  await goBuild(machine, { title, moduleFolder, package: main, version: LANGUAGE_HOST_VERSION, output }, log);
  return { folder, source: "go" };
}

/**
 * What the processes that run the engine have in their environment, on top of the caller's: state, plug-ins and
 * encryption of this project alone, nothing fetched. `stateDir` gets the folders `pulumi-home` and `pulumi-state`.
 */
export async function engineEnvironment(options: {
  stateDir: string;
  /** `bin` of the engine, and the language host's folder, go first on PATH. */
  engine: Engine;
  languageHost?: LanguageHost;
  env?: NodeJS.ProcessEnv;
}): Promise<Record<string, string>> {
  const { stateDir, engine, languageHost, env = process.env } = options;
  const home = resolve(stateDir, "pulumi-home");
  const state = resolve(stateDir, "pulumi-state");
  await Promise.all([mkdir(home, { recursive: true }), mkdir(state, { recursive: true })]);
  const folders = new Set([join(engine.root, "bin"), ...(languageHost ? [languageHost.folder] : [])]);
  return {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    // The emulated organization has no secrets; an engine without a passphrase would ask for one.
    PULUMI_CONFIG_PASSPHRASE: "emulated",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // The language host type-checks nothing then: three seconds instead of ten, and `npm run typecheck` does it better.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PATH: [...folders, env.PATH ?? ""].join(delimiter),
  };
}

function engineIn(root: string): string {
  return join(root, "bin", "pulumi");
}

/** One attempt at the official download; without network it is over in seconds and leaves nothing. */
async function download(machine: Machine, root: string, log: Log): Promise<boolean> {
  try {
    await machine.install(machine.sdkVersion, root);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    log(`Pulumi engine: no download: ${cause instanceof Error ? cause.message : String(cause)}`);
    return false;
  }
  const reason = await unusable(machine, engineIn(root));
  if (reason) log(`Pulumi engine: the download cannot be used: ${reason}`);
  return reason === undefined;
}

function noEngine(version: string): string {
  return (
    `no Pulumi engine ${version} or newer: there is none on PATH and none in the official installer's folder ` +
    "(~/.pulumi), the download of the npm package did not succeed, and there is no Go to build it from its module. " +
    "Install the Pulumi CLI (https://www.pulumi.com/docs/install/), or Go (https://go.dev/dl/), or connect this " +
    "machine to the Internet."
  );
}
