import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** What one command of the orchestrator took. */
export interface CommandFigures {
  /** From the moment that the emulated organization serves to the end of the work. */
  seconds: number;
  /** Of them, those after the last central stack. */
  memberSeconds: number;
  /** The most resident memory of orchestrator, workers, engines and plug-ins together; pages that they share count for each. */
  peakMiB: number;
  /** The most processes of them at once. */
  processes: number;
  /** Resident memory of the emulator at its most; it stands in for AWS. */
  emulatorMiB: number;
}

const PAGE = 4096;
const MIB = 2 ** 20;

/**
 * Runs a command with `--emulated --json` in a folder of the project, and looks at the memory of its processes as it runs; Linux only.
 *
 * @throws Error with the command's messages if it did not end with 0
 */
export async function runCommand(project: string, stateDir: string, args: readonly string[]): Promise<CommandFigures> {
  const child = spawn(process.execPath, ["--import=tsx", "orchestrate.ts", ...args, "--emulated", "--json"], {
    cwd: project,
    env: { ...process.env, EMULATION_DIR: stateDir },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  const figures = { peakMiB: 0, processes: 0, emulatorMiB: 0 };
  const look = setInterval(() => {
    const seen = memoryBelow(child.pid ?? 0);
    figures.peakMiB = Math.max(figures.peakMiB, seen.ours / MIB);
    figures.processes = Math.max(figures.processes, seen.processes);
    figures.emulatorMiB = Math.max(figures.emulatorMiB, seen.emulator / MIB);
  }, 50);
  const lines: string[] = [];
  let serving = performance.now();
  let central = serving;
  let last = serving;
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    last = performance.now();
    if (line.startsWith("emulated organization")) serving = central = last;
    if (/\] management +(created|updated|unchanged|changes)/.test(line)) central = last;
  });
  const [code] = (await ended) as [number | null];
  clearInterval(look);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with code ${code}:\n${lines.slice(-15).join("\n")}`);
  return { seconds: (last - serving) / 1000, memberSeconds: (last - central) / 1000, ...figures };
}

/** Resident memory of a process and all below it, the emulator apart. */
function memoryBelow(root: number): { ours: number; processes: number; emulator: number } {
  let [ours, processes, emulator] = [0, 0, 0];
  const visit = (pid: number, inEmulator: boolean): void => {
    try {
      const isEmulator = inEmulator || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("emulator.py");
      const bytes = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE;
      if (isEmulator) emulator += bytes;
      else {
        ours += bytes;
        processes += 1;
      }
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
        if (children !== "") children.split(" ").forEach((each) => visit(Number(each), isEmulator));
      }
    } catch {
      // it ended meanwhile
    }
  };
  visit(root, false);
  return { ours, processes, emulator };
}
