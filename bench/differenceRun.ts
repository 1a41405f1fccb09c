/**
 * The command `diff` on a folder and what it took, in a process of its own:
 *
 *   node BUNDLE_OF_THIS_FILE FOLDER
 *
 * Prints JSON of `DifferenceFigures`.
 */
import { diff } from "../rollout/commands/diff";

/** What a comparison took. */
export interface DifferenceFigures {
  changes: number;
  /** From the folder to the answer, hashes checked. */
  seconds: number;
  /** Of the processor: what else runs on this machine does not count. */
  cpuSeconds: number;
  /** The answer as JSON. */
  jsonBytes: number;
  /** Resident memory before. */
  idleMiB: number;
  peakMiB: number;
}

async function main(folder: string): Promise<DifferenceFigures> {
  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const started = performance.now();
  const cpu = process.cpuUsage();
  const answer = await diff({ log: () => undefined, progress: { write: () => true } }, { from: folder });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const jsonBytes = Buffer.byteLength(JSON.stringify(answer));
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  return { changes: answer.changes.length, seconds, cpuSeconds: (user + system) / 1e6, jsonBytes, idleMiB, peakMiB };
}

main(process.argv[2] ?? "").then(
  (figures) => process.stdout.write(`${JSON.stringify(figures)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
