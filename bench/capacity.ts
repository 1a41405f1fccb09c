import { CALM } from "./organization";
import { rounded, target, type Bench } from "./options";
import { measure } from "./runs";

/** A service that makes few reports at once, and one that refuses at random: both cost time and no account. */
export const capacityBench: Bench = async ({ accounts = 60, users = 10, latencyMs = 20, ...more }, log) => {
  const mostGenerating = 5;
  const organization = {
    accounts,
    users,
    latencyMs,
    seed: more.seed ?? 1,
    ready: { kind: "uniform" as const, fromMs: 500, toMs: 1_500 },
  };
  log(`capacity: ${accounts} accounts, ${mostGenerating} reports at once`);
  const narrow = await measure({ ...organization, mostGenerating }, more);
  log(`capacity: ${narrow.seconds} s; now ${accounts * 10} accounts, one request in twenty refused`);
  const moody = await measure(
    { ...organization, accounts: accounts * 10, faults: { ...CALM.faults, limitExceeded: 0.05 } },
    more,
  );
  const floor = narrow.sumOfReportsSeconds / mostGenerating;
  return {
    targets: [
      target("accounts lost with five reports at once", accounts - narrow.collected, 0),
      target("accounts lost with one refusal in twenty", accounts * 10 - moody.collected, 0),
    ],
    narrow: { ...narrow, floorSeconds: rounded(floor), againstFloor: rounded(narrow.seconds / floor) },
    moody,
  };
};
