import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = resolve(__dirname, "../../node_modules/@sparticuz/chromium");

/** A browser that can be started. */
export interface Chromium {
  executable: string;
  /** What its process needs beside the variables of this one. */
  env: Record<string, string>;
}

/**
 * The Chromium that the tests use: the one that `CHROMIUM_PATH` names, or the one that the package `@sparticuz/chromium`
 * carries, unpacked into the user's cache folder. That package holds the browser, the libraries that a plain Debian lacks and
 * a font, so that neither root nor a download beside npm's is needed, and pages look the same everywhere.
 *
 * The folder appears by one rename when it is complete: processes that unpack at the same time do not disturb each other.
 *
 * @throws Error where the package has no browser for this machine, or `CHROMIUM_PATH` names none; it says what to do.
 */
export async function ensureChromium(log: (line: string) => void): Promise<Chromium> {
  const named = process.env["CHROMIUM_PATH"];
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which does not exist. Correct or unset it.`);
    return { executable: named, env: {} };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      `The browser of the tests is for Linux on x64; this is ${process.platform} on ${process.arch}. ` +
        "Set CHROMIUM_PATH to the executable of an installed Chromium or Chrome.",
    );
  }
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  const hash = createHash("sha256").update(version).update(fontSettings("")).digest("hex").slice(0, 12);
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "iam-credential-reports");
  const folder = join(cache, `chromium-${hash}`);
  if (!existsSync(folder)) {
    log(`unpacking Chromium ${version} into ${folder} (once)`);
    await unpack(folder);
  }
  return {
    executable: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: join(folder, "al2023", "lib"), FONTCONFIG_PATH: join(folder, "fonts") },
  };
}

const DRAFT = "chromium-draft-";
const HOUR = 3_600_000;

async function unpack(folder: string): Promise<void> {
  const cache = dirname(folder);
  await mkdir(cache, { recursive: true });
  // What was interrupted long ago is large.
  for (const name of (await readdir(cache)).filter((name) => name.startsWith(DRAFT))) {
    const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > HOUR) await rm(join(cache, name), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(cache, DRAFT));
  try {
    // The package unpacks into the folder for temporary files, and its libraries only where it takes itself to be in a Lambda.
    const script = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';
    await run(process.execPath, ["--input-type=module", "-e", script], {
      cwd: dirname(PACKAGE),
      env: { PATH: process.env["PATH"], TMPDIR: draft, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
    });
    await writeFile(join(draft, "fonts", "fonts.conf"), fontSettings(folder));
    await rename(draft, folder);
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The font of the package for all text; those of the machine only for characters that it lacks. */
function fontSettings(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts/cache</cachedir>
  <match target="pattern"><edit name="family" mode="assign" binding="strong"><string>Open Sans</string></edit></match>
</fontconfig>
`;
}
