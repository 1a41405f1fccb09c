import { expect } from "chai";
import fc from "fast-check";

import { batchesOf, shareOf } from "../../../runtime/engine/batches";
import { waitSeconds } from "../../../runtime/engine/rounds";
import type { PendingAccount } from "../../../runtime/engine/workObjects";

describe("batchesOf", () => {
  it("puts every account into exactly one batch, in order, and fills all batches but the last", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (accounts, size) => {
        const batches = batchesOf(accounts, size);
        expect(batches.flat()).to.deep.equal(accounts);
        expect(batches.slice(0, -1).every((batch) => batch.length === size)).to.equal(true);
        expect(batches.every((batch) => batch.length > 0 && batch.length <= size)).to.equal(true);
      }),
    );
  });
});

describe("shareOf", () => {
  it("never lets the batches that are asked together have more than the run", () => {
    const rates = fc.record({
      stsPerSecond: fc.integer({ min: 1, max: 600 }),
      generating: fc.integer({ min: 1, max: 5000 }),
      batchConcurrency: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5000 }), (settings, batches) => {
        const { atOnce, stsPerSecond, generating } = shareOf(settings, batches);
        expect(atOnce).to.equal(Math.min(settings.batchConcurrency, batches));
        expect(stsPerSecond * atOnce).to.be.closeTo(settings.stsPerSecond, 1e-6);
        // one report at a time is the least that gets anywhere
        expect(generating === 1 || generating * atOnce <= settings.generating).to.equal(true);
      }),
    );
  });
});

describe("waitSeconds", () => {
  const waiting = (said: string): PendingAccount => ({
    accountId: "1",
    waiting: { endsAt: 0, polls: 1, refusals: 0, said, step: "generate" },
  });

  it("grows from round to round up to a bound, and is longer where AWS has no room", () => {
    const waits = (said: string): number[] => [1, 2, 3, 4, 5].map((round) => waitSeconds([waiting(said)], round, 0.5));
    expect(waits("INPROGRESS")).to.deep.equal([10, 20, 40, 60, 60]);
    expect(waits("LimitExceededException")).to.deep.equal([30, 60, 90, 90, 90]);
    expect(waitSeconds([waiting("INPROGRESS"), waiting("LimitExceededException")], 1, 0.5)).to.equal(30);
  });

  it("has jitter, so that batches that were refused together do not come back together", () => {
    const waits = [0, 0.25, 0.5, 0.75].map((random) => waitSeconds([waiting("LimitExceededException")], 2, random));
    expect(new Set(waits).size).to.equal(4);
    expect(waits.every((wait) => wait >= 45 && wait <= 75)).to.equal(true);
  });

  it("does not wait for accounts that only had not had their turn, nor where none is pending", () => {
    expect(waitSeconds([{ accountId: "1" }], 7, 0.5)).to.equal(1);
    expect(waitSeconds([], 7, 0.5)).to.equal(0);
  });
});
