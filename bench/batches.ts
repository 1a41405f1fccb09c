import { target, type Bench, type BenchOptions } from "./options";
import { measure, type Run } from "./runs";

/** A hundredth, a tenth and the whole of an organization, as one function collects it and as batches do. */
interface Pair {
  lambda: Run;
  stepfunctions: Run;
}

/**
 * The two engines over the same organizations: what each takes, and how many calls of each service it makes. In the place of the state
 * machine is a driver in the process of the steps, so all batches at the same time share one core: their seconds are upper bounds, and the
 * peak memory is that of all of them together.
 */
export const batchesBench: Bench = async ({ accounts = 10_000, users = 20, latencyMs = 20, ...more }, log) => {
  const organization = { users, latencyMs, seed: more.seed ?? 1, keepsRaw: true };
  const sizes = [...new Set([Math.min(10, accounts), Math.ceil(accounts / 10), accounts])];
  const runs: Record<number, Pair> = {};
  for (const size of sizes) runs[size] = await both({ ...organization, accounts: size }, more, log);
  const lost = ({ lambda, stepfunctions }: Pair): number => lambda.notCollected + stepfunctions.notCollected;
  return {
    targets: [
      target(
        "accounts lost",
        Object.values(runs).reduce((sum, pair) => sum + lost(pair), 0),
        0,
      ),
    ],
    runs,
  };
};

async function both(
  organization: Parameters<typeof measure>[0] & { accounts: number },
  options: BenchOptions,
  log: (line: string) => void,
): Promise<Pair> {
  log(`batches: ${organization.accounts} accounts by one function`);
  const lambda = await measure(organization, options);
  log(`batches: took ${lambda.seconds} s; now in batches`);
  const stepfunctions = await measure(organization, options, { engine: "stepfunctions" });
  log(`batches: took ${stepfunctions.seconds} s`);
  return { lambda, stepfunctions };
}
