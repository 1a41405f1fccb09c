import type { Bench } from "./options";
import { costOf, type RunCost, type Usage } from "./prices";
import { measure, type Run } from "./runs";

/** Calls of S3 that are priced as writes: all that is neither a GET nor free. */
const S3_WRITES = /^s3\.(Put|List|Copy|CreateMultipart|UploadPart|CompleteMultipart)/;
const S3_READS = /^s3\.(Get|Head)/;

/** Memory of the function by default, in GiB. */
const MEMORY_GIB = 1;

/** What a run of each engine uses and costs at ten, a thousand and ten thousand accounts: measured usage times list prices. */
export const costBench: Bench = async ({ accounts, users = 20, latencyMs = 20, ...more }, log) => {
  const runs: Record<number, Record<string, { usage: Usage; cost: RunCost }>> = {};
  for (const size of accounts === undefined ? [10, 1_000, 10_000] : [accounts]) {
    const organization = { users, latencyMs, seed: more.seed ?? 1, keepsRaw: true, accounts: size };
    for (const engine of ["lambda", "stepfunctions"] as const) {
      log(`cost: ${size} accounts, engine ${engine}`);
      const usage = usageOf(await measure(organization, more, { engine }));
      (runs[size] ??= {})[engine] = { usage, cost: costOf(usage) };
    }
  }
  return { targets: [], runs };
};

function usageOf({ calls, seconds, steps, logBytes, storedBytes }: Run): Usage {
  const sum = (figures: Record<string, number>): number => Object.values(figures).reduce((all, one) => all + one, 0);
  const counted = (names: RegExp): number =>
    sum(Object.fromEntries(Object.entries(calls).filter(([name]) => names.test(name))));
  return {
    invocations: steps ? sum(steps.invocations) : 1,
    functionSeconds: steps ? sum(steps.seconds) : seconds,
    memoryGiB: MEMORY_GIB,
    transitions: steps?.transitions ?? 0,
    s3Writes: counted(S3_WRITES),
    s3Reads: counted(S3_READS),
    logBytes,
    storedBytes,
  };
}
