import { target, type Bench } from "./options";
import { measure } from "./runs";

/** A bad night: throttling, server errors, resets and broken answers all over, and some reports that never come. */
export const faultsBench: Bench = async ({ accounts = 500, users = 10, latencyMs = 20, ...more }, log) => {
  log(`faults: ${accounts} accounts`);
  const run = await measure(
    {
      accounts,
      users,
      latencyMs,
      seed: more.seed ?? 1,
      faults: { throttled: 0.05, serverError: 0.02, reset: 0.01, truncated: 0.01, limitExceeded: 0 },
    },
    more,
  );
  return {
    targets: [
      target("accounts lost", accounts - run.collected, 0),
      target("accounts collected twice", run.rawObjects - run.rawAccounts, 0),
    ],
    run,
  };
};
