/**
 * Measures the collector, and the rollout into emulated organizations. Prints one JSON object a bench on standard output, progress on standard error.
 *
 *   npm run -s bench [-- [BENCH …] [--accounts N] [--users N] [--latency MS] [--seed N] [--concurrency N]
 *                        [--generating N] [--profile DIR] [--check]]
 *
 * Exits 1 if a target is missed and `--check` is given, or if a bench breaks off.
 */
import { parseArgs } from "node:util";

import { batchesBench } from "./batches";
import { bundleBench } from "./bundle";
import { capacityBench } from "./capacity";
import { collectBench } from "./collect";
import { costBench } from "./cost";
import { consolidateBench } from "./consolidate";
import { differenceBench } from "./difference";
import { faultsBench } from "./faults";
import { floorBench } from "./floor";
import type { Bench, BenchOptions } from "./options";
import { pageBench } from "./page";
import { machine } from "./processes";
import { rolloutBench } from "./rollout";

const BENCHES: Record<string, Bench> = {
  bundle: bundleBench,
  capacity: capacityBench,
  floor: floorBench,
  faults: faultsBench,
  consolidate: consolidateBench,
  difference: differenceBench,
  page: pageBench,
  collect: collectBench,
  cost: costBench,
  batches: batchesBench,
  rollout: rolloutBench,
};

const FLAGS = {
  accounts: { type: "string" },
  users: { type: "string" },
  latency: { type: "string" },
  seed: { type: "string" },
  concurrency: { type: "string" },
  generating: { type: "string" },
  profile: { type: "string" },
  check: { type: "boolean", default: false },
} as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: FLAGS, allowPositionals: true });
  const options: BenchOptions = {
    ...sizes({
      accounts: values.accounts,
      users: values.users,
      latencyMs: values.latency,
      seed: values.seed,
      concurrency: values.concurrency,
      generating: values.generating,
    }),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
  };
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  let missed = 0;
  for (const name of names) {
    const bench = BENCHES[name];
    if (!bench) throw new Error(`there is no bench ${name}; there are ${Object.keys(BENCHES).join(", ")}`);
    const before = machine();
    const result = await bench(options, log);
    missed += result.targets.filter(({ met }) => !met).length;
    process.stdout.write(`${JSON.stringify({ bench: name, machine: before, ...result })}\n`);
  }
  return values.check && missed > 0 ? 1 : 0;
}

function sizes(given: Record<string, string | undefined>): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, text] of Object.entries(given)) {
    if (text === undefined) continue;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0) throw new Error(`${name} takes a whole number, not ${text}`);
    numbers[name] = value;
  }
  return numbers;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    log(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
