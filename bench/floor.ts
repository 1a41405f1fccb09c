import { rounded, target, type Bench, type Target } from "./options";
import { measure, type Run } from "./runs";

/** With it the slowest of the first five hundred reports takes 9.2 s. */
const SEED = 39;

/** How close a run comes to the least time that it can take: that of the slowest report. */
export const floorBench: Bench = async ({ accounts, users = 10, latencyMs = 20, ...more }, log) => {
  const targets: Target[] = [];
  const runs: (Run & { againstFloor: number })[] = [];
  for (const size of accounts === undefined ? [500, 1_000] : [accounts]) {
    log(`floor: ${size} accounts`);
    const ready = { kind: "lognormal" as const, medianMs: 3_000, sigma: 0.35 };
    const run = await measure({ accounts: size, users, latencyMs, seed: more.seed ?? SEED, ready }, more);
    const againstFloor = rounded(run.seconds / run.slowestReportSeconds);
    runs.push({ ...run, againstFloor });
    targets.push(
      target(`seconds for ${size} accounts against the slowest report`, againstFloor, 1.5),
      target(`accounts lost of ${size}`, size - run.collected, 0),
    );
  }
  return { targets, runs };
};
