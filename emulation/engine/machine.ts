import { execFile } from "node:child_process";
import { access, constants, mkdir, symlink } from "node:fs/promises";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { installOfficial } from "./officialInstaller";

/** What the search for an engine asks of the machine that it runs on; tests give one of their own. */
export interface Machine {
  /** `PATH` and `XDG_CACHE_HOME` are read; all of it goes to the processes that are started. */
  env: NodeJS.ProcessEnv;
  /** The user's home folder. */
  home: string;
  /** Version of the installed `@pulumi/pulumi`, which the engine has to match. */
  sdkVersion: string;
  /** Puts the official build of a version at `<root>/bin`; throws where that cannot be done. */
  install(version: string, root: string): Promise<void>;
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    home: homedir(),
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package's own manifest, wherever it is installed
    sdkVersion: (require("@pulumi/pulumi/package.json") as { version: string }).version,
    install: installOfficial,
  };
}

/** The project's folder in the user's cache; it outlives the project's folder. */
export function cacheFolder({ env, home }: Machine): string {
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "iam-credential-reports");
}

/** Every executable of that name in the folders of PATH, in order. */
export async function onPath({ env }: Machine, name: string): Promise<string[]> {
  const candidates = (env.PATH ?? "").split(delimiter).flatMap((folder) => (folder ? [join(folder, name)] : []));
  const found = await Promise.all(candidates.map(isExecutable));
  return candidates.filter((_, index) => found[index]);
}

/** Whether a file is there and may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Why an engine cannot be used, or undefined when it can: same major version, and not older than the SDK. */
export async function unusable({ env, sdkVersion }: Machine, binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ["version"], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: VERSION_MILLISECONDS,
    });
    const [found, wanted] = [versionNumbers(stdout), versionNumbers(sdkVersion)];
    if (!found || !wanted) return `it names its version "${stdout.trim()}"`;
    if (found[0] !== wanted[0] || compare(found, wanted) < 0) {
      return `its version is ${found.join(".")}, and @pulumi/pulumi ${sdkVersion} wants that or a newer ${wanted[0]}.x`;
    }
    return undefined;
  } catch (error) {
    return `"${binary} version" failed: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}

/** The folder that has `bin/<name>`; where the program is not in a folder of that name, a link to it in the cache. */
export async function rootOf(machine: Machine, binary: string): Promise<string> {
  const folder = dirname(binary);
  if (basename(folder) === "bin") return dirname(folder);
  const root = join(cacheFolder(machine), `linked-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`);
  await mkdir(root, { recursive: true });
  await symlink(folder, join(root, "bin")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return root;
}

/** Asking an engine for its version takes a fraction of a second; one that first downloads itself gets this long. */
const VERSION_MILLISECONDS = 30_000;

type VersionNumbers = [major: number, minor: number, patch: number];

function versionNumbers(text: string): VersionNumbers | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text.trim());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function compare(one: VersionNumbers, other: VersionNumbers): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
