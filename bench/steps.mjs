/**
 * A run of the bundled collector step by step, with a driver in the place of the state machine: list, so many batches at the same time
 * in rounds with the waits between them, finish. All steps are in this process, on its core. Run with plain Node.js:
 *
 *   SETTINGS='{…}' node bench/steps.mjs BUNDLE
 *
 * Events go to standard output; the last line is JSON of `InvocationFigures` and `StepFigures`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";

const LAMBDA_MS = 900_000;
const EXECUTION = "arn:aws:states:eu-central-1:200000000000:execution:collector:bench";

/** @param {string} bundle Path of the bundled handler. */
async function main(bundle) {
  const started = performance.now();
  const { handle } = createRequire(resolve("/"))(resolve(bundle));
  const loaded = performance.now();
  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const settings = JSON.parse(process.env["SETTINGS"] ?? "{}");
  const invocations = {};
  const seconds = {};
  let transitions = 0;

  /** One invocation of the function, and what it took. */
  async function invoke(event) {
    const began = performance.now();
    const context = {
      awsRequestId: "bench",
      functionName: "bench",
      functionVersion: "$LATEST",
      invokedFunctionArn: "arn:aws:lambda:eu-central-1:200000000000:function:bench",
      memoryLimitInMB: "1024",
      getRemainingTimeInMillis: () => LAMBDA_MS - (performance.now() - began),
    };
    const answer = await handle(settings, event, context);
    invocations[event.step] = (invocations[event.step] ?? 0) + 1;
    seconds[event.step] = (seconds[event.step] ?? 0) + (performance.now() - began) / 1000;
    return answer;
  }

  /** The rounds of one batch, with the states that the state machine goes through. */
  async function collect(runId, batch, batches) {
    for (;;) {
      const { pending, waitSeconds } = await invoke({ step: "collect", runId, batch, batches });
      transitions += 2; // Collect, Pending?
      if (pending === 0) break;
      transitions += 2; // Wait, Next round
      await setTimeout(waitSeconds * 1000);
    }
    transitions += 1; // Collected
  }

  async function run() {
    const { runId, batches } = await invoke({ step: "list", execution: EXECUTION });
    const waiting = [...batches];
    const worker = async () => {
      for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
        await collect(runId, batch, batches.length);
      }
    };
    await Promise.all(Array.from({ length: settings.batchConcurrency }, worker));
    transitions += 4; // List, Refused?, Batches, Finish
    return invoke({ step: "finish", runId, execution: EXECUTION });
  }

  const outcome = await run().then(
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
    steps: { invocations, seconds, transitions },
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
