import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deflateRawSync } from "node:zlib";

import { bundleRuntime } from "../components/runtimeBundle";
import { rounded, target, type Bench } from "./options";
import { lastLine, onCores } from "./processes";

const TIMES = 10;
/** What a ZIP archive adds to the data of one file: local header, central entry and end of the directory. */
const ZIP_FRAME_BYTES = 30 + 46 + 22;

const LOAD = `
  const started = performance.now();
  require(process.argv[1]);
  const loaded = performance.now();
  console.log(JSON.stringify({ initMs: loaded - started, withNodeMs: loaded }));
`;

/** Size of what is uploaded to the Lambda, and how long a fresh process on one core takes to load it. */
export const bundleBench: Bench = async (_options, log) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const { file, bytes } = bundleRuntime(folder);
    const name = "handler.js";
    const zipBytes = deflateRawSync(readFileSync(file)).length + ZIP_FRAME_BYTES + 2 * name.length;
    log(`bundle: ${zipBytes} bytes as a ZIP archive; loading it ${TIMES} times`);
    const loads: { initMs: number; withNodeMs: number }[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const command = onCores("first", [process.execPath, "-e", LOAD, resolve(file)]);
      loads.push(JSON.parse(await lastLine(command, { PATH: process.env["PATH"] })) as (typeof loads)[number]);
    }
    const initMs = median(loads.map((load) => load.initMs));
    return {
      targets: [target("ZIP bytes", zipBytes, 600_000), target("init ms", initMs, 300)],
      bytes,
      zipBytes,
      initMs: rounded(initMs),
      // From the start of the process, Node.js itself included.
      withNodeMs: rounded(median(loads.map((load) => load.withNodeMs))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = sorted.slice(sorted.length % 2 ? middle : middle - 1, middle + 1);
  return sorted.length % 2 ? low : (low + high) / 2;
}
