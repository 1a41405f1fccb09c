import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const REQUIREMENTS = join(__dirname, "ministack", "requirements.txt");
const OLDEST_PYTHON = [3, 11];

/** Where the packages of the emulator are kept between runs. */
function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "iam-credential-reports");
}

/** The last lines of what a command said. */
function tail(error: unknown): string {
  const { stdout = "", stderr = "", message = "" } = error as { stdout?: string; stderr?: string; message?: string };
  const text = `${stdout}\n${stderr}`.trim() || message;
  return text.split("\n").slice(-8).join("\n");
}

async function checkPython(): Promise<void> {
  const install = "Install Python 3.11 or newer (Debian and Ubuntu: apt install python3 python3-venv).";
  const script = "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:2])))";
  let version: string;
  try {
    version = (await run("python3", ["-c", script])).stdout.trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = missing ? "python3 is not on PATH" : `python3 cannot make virtual environments: ${tail(error)}`;
    throw new Error(`${what}. The emulated organization needs it. ${install}`, { cause: error });
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 3, oldestMinor = 11] = OLDEST_PYTHON;
  if (major !== oldestMajor || minor < oldestMinor) {
    throw new Error(`python3 is version ${version}, too old for the emulated organization. ${install}`);
  }
}

async function build(folder: string): Promise<void> {
  await run("python3", ["-m", "venv", folder]);
  // what is not the very file that was chosen, or would run code of its own to install itself, is refused
  const trusted = ["--require-hashes", "--only-binary", ":all:"];
  const install = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-compile",
    ...trusted,
  ];
  try {
    await run(join(folder, "bin", "python"), [...install, "-r", REQUIREMENTS], { maxBuffer: 1 << 24 });
  } catch (error) {
    throw new Error(
      `the packages of the emulator could not be installed with pip:\n${tail(error)}\n` +
        "Check that this machine reaches a Python package index (pip's own settings, such as PIP_INDEX_URL, count).",
      { cause: error },
    );
  }
}

const DRAFT = "emulator-draft-";
const HOUR = 3_600_000;

/** Removes what installations that were interrupted long ago left, and `folder`, which has lost its Python. */
async function clear(folder: string): Promise<void> {
  const draft = join(cacheFolder(), `${DRAFT}lost-${process.pid}`);
  // By a rename, so that a process that installs at the same time never sees half of it.
  if (existsSync(folder)) await rename(folder, draft).catch(() => undefined);
  for (const name of await readdir(cacheFolder())) {
    const path = join(cacheFolder(), name);
    if (!name.startsWith(DRAFT)) continue;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (path === draft || Date.now() - mtimeMs > HOUR) await rm(path, { recursive: true, force: true });
  }
}

/**
 * The Python of a virtual environment that holds the emulator's pinned packages, made if it is not there yet.
 *
 * It lies in the user's cache folder under a name that follows from the packages, and appears there by one rename when
 * it is complete: processes that make it at the same time do not disturb each other, and one that is interrupted leaves
 * nothing half made.
 *
 * @returns the path of the Python executable
 * @throws Error when python3 is missing, too old or without `venv`, or when pip fails; it says what to do.
 */
export async function ensureVirtualEnvironment(log: (line: string) => void): Promise<string> {
  const requirements = await readFile(REQUIREMENTS);
  const platform = `${process.platform}-${process.arch}`;
  const hash = createHash("sha256").update(requirements).update(platform).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(), `emulator-${hash}`);
  const python = join(folder, "bin", "python");
  // A dangling link, left when the system's Python was removed, does not count as existing.
  if (existsSync(python)) return python;

  await checkPython();
  log(`installing the AWS emulator into ${folder} (once)`);
  await mkdir(cacheFolder(), { recursive: true });
  await clear(folder);
  const draft = await mkdtemp(join(cacheFolder(), DRAFT));
  try {
    await build(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been quicker.
    if (!existsSync(python)) throw error;
  }
  return python;
}
