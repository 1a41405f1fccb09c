import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The Python of a virtual environment with the packages of a requirements file, in the user's cache folder, made if it is not
 * there yet. It appears there by one rename, complete.
 *
 * @param name What the environment is for, as in `bench`: a part of the folder's name.
 * @param what What is installed, in words, for the log.
 * @throws if python3 with `venv` is missing or pip cannot install; the message is theirs.
 */
export async function pythonEnvironment(
  name: string,
  what: string,
  requirements: string,
  log: (line: string) => void,
): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "iam-credential-reports");
  const hash = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cache, `${name}-${hash}`);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return python;

  log(`installing ${what} into ${folder} (once)`);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, `${name}-draft-`));
  try {
    await run("python3", ["-m", "venv", draft]);
    // what is not the very file that was chosen, or would run code of its own to install itself, is refused
    const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--only-binary", ":all:"];
    await run(join(draft, "bin", "python"), [...pip, "-r", requirements]);
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return python;
}
