/**
 * One invocation of the bundled collector, as the Lambda runs it, and what it took. Run with plain Node.js, so that nothing but the
 * bundle is in memory:
 *
 *   SETTINGS='{…}' node bench/invocation.mjs BUNDLE
 *
 * Events go to standard output; the last line is JSON of `InvocationFigures`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";

const LAMBDA_MS = 900_000;

/** @param {string} bundle Path of the bundled handler. */
async function main(bundle) {
  const started = performance.now();
  const { handle } = createRequire(resolve("/"))(resolve(bundle));
  const loaded = performance.now();
  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const context = {
    awsRequestId: "bench",
    functionName: "bench",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:200000000000:function:bench",
    memoryLimitInMB: "1024",
    getRemainingTimeInMillis: () => LAMBDA_MS - (performance.now() - loaded),
  };
  const outcome = await handle(JSON.parse(process.env["SETTINGS"] ?? "{}"), {}, context).then(
    (summary) => ({ summary }),
    (error) => ({ failed: String(error) }),
  );
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = {
    ...outcome,
    initMs: loaded - started,
    wallSeconds: (performance.now() - loaded) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    waitedSeconds: waitedSeconds(),
    idleMiB,
    peakMiB: maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** Time in which this thread could have run but something else had the core; undefined where the system does not tell. */
function waitedSeconds() {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e9;
  } catch {
    return undefined;
  }
}

await main(process.argv[2] ?? "");
