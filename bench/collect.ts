import { target, type Bench } from "./options";
import { measure } from "./runs";

/** A whole run over ten thousand accounts in one process on one core, and over a tenth of them: what it takes, and what grows. */
export const collectBench: Bench = async ({ accounts = 10_000, users = 20, latencyMs = 20, ...more }, log) => {
  const organization = { users, latencyMs, seed: more.seed ?? 1 };
  const tenth = Math.ceil(accounts / 10);
  log(`collect: ${tenth} accounts`);
  const small = await measure({ ...organization, accounts: tenth }, more);
  log(`collect: ${tenth} accounts took ${small.seconds} s and ${small.peakMiB} MiB; now ${accounts}`);
  const large = await measure({ ...organization, accounts }, more);
  return {
    targets: [
      target(`seconds for ${accounts} accounts`, large.seconds, 120),
      target(`seconds for ${accounts} accounts, at best`, large.seconds, 60),
      target(`peak MiB for ${accounts} accounts`, large.peakMiB, 400),
      target("peak memory against that for a tenth", large.peakMiB / small.peakMiB, 1.25),
      target("accounts lost", accounts - large.collected, 0),
    ],
    large,
    small,
  };
};
