import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isExecutable, type Machine } from "./machine";

/** A program to build from a Go module. */
export interface GoProgram {
  /** For people, as in `Pulumi engine 3.259.0`. */
  title: string;
  /** Folder of the `go.mod` that requires the module, with its `go.sum`. */
  moduleFolder: string;
  /** Import path of the main package. */
  package: string;
  /** Version that the program says of itself, as in `3.259.0`. */
  version: string;
  /** Where the program goes. */
  output: string;
}

/** Between two lines that say how far the build is. */
const PROGRESS_MILLISECONDS = 20_000;
const WAIT_MILLISECONDS = 500;

/**
 * Builds a program, unless it is there: under another name first, then moved into place. Of several processes one
 * builds and the others wait for it. Throws with the last lines of the compiler when the build fails.
 */
export async function goBuild(machine: Machine, program: GoProgram, log: (line: string) => void): Promise<void> {
  if (await isExecutable(program.output)) return;
  await mkdir(dirname(program.output), { recursive: true });
  const release = await lock(`${program.output}.lock`, () => {
    log(`${program.title}: another process builds it, waiting for that`);
  });
  const temporary = `${program.output}.${randomUUID()}.tmp`;
  try {
    if (await isExecutable(program.output)) return;
    await compile(machine, program, temporary, log);
    await rename(temporary, program.output);
  } finally {
    await rm(temporary, { force: true });
    await release();
  }
}

async function compile(
  machine: Machine,
  program: GoProgram,
  output: string,
  log: (line: string) => void,
): Promise<void> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  log(`${program.title}: building it from its Go module; some minutes the first time`);
  const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  const flags = ["-mod=readonly", "-buildvcs=false", "-v", "-ldflags", `-s -w -X ${variable}=v${program.version}`];
  const child = spawn("go", ["build", ...flags, "-o", output, program.package], {
    cwd: program.moduleFolder,
    env: { ...machine.env, GOWORK: "off" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let lines: string[] = [];
  let packages = 0;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const added = text.split("\n").filter((line) => line.trim() !== "");
    packages += added.filter((line) => !/\s/.test(line)).length;
    lines = [...lines, ...added].slice(-12);
  });
  const progress = setInterval(() => {
    log(`${program.title}: ${seconds()} s, ${packages} packages compiled`);
  }, PROGRESS_MILLISECONDS);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`${program.title}: "go build" failed:\n  ${lines.join("\n  ")}`);
    log(`${program.title}: built in ${seconds()} s`);
  } finally {
    clearInterval(progress);
  }
}

/**
 * Takes a lock file that holds the id of its process, and answers how to give it back. A lock whose process is gone is
 * taken over; should two take it over at the same moment, both build, which costs time and breaks nothing.
 */
async function lock(path: string, onWait: () => void): Promise<() => Promise<void>> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    for (let waited = false; ;) {
      try {
        // A link appears with its content, so that nobody reads a lock without its process id.
        await link(own, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = Number(await readFile(path, "utf8").catch(() => ""));
      if (holder > 0 && !isAlive(holder)) {
        await rm(path, { force: true });
        continue;
      }
      if (!waited) onWait();
      waited = true;
      await pause(WAIT_MILLISECONDS);
    }
  } finally {
    await rm(own, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
