import fc from "fast-check";

import { TARGETS } from "./targets";

/** `FUZZ_SEED` tries again what a failure named; `FUZZ_RUNS` multiplies the inputs. `npm run fuzz` goes on for minutes. */
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const times = Number(process.env["FUZZ_RUNS"] ?? 1);

describe(`whatever the input is (FUZZ_SEED=${seed})`, function () {
  this.timeout(120_000 * times);
  for (const target of TARGETS) {
    it(`holds: ${target.name}`, async () => {
      const details = await target.try({ seed, numRuns: target.runs * times });

      if (details.failed)
        throw new Error(`FUZZ_SEED=${seed}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance });
    });
  }
});
