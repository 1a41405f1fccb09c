import { expect } from "chai";
import fc from "fast-check";

import { CallError } from "../../runtime/errors";
import { Gate } from "../../runtime/gate";
import { RateLimit } from "../../runtime/rateLimit";
import { capacityDelay, classify, fullJitter, RetryBudget, withRetry } from "../../runtime/retry";
import { rejection } from "../support/collectorRun";
import { fakeClock } from "../support/fakeClock";

function awsError(name: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(`${name} happened`), { name, $metadata: { httpStatusCode } });
}

describe("classify", () => {
  const cases: [string, Error, string][] = [
    ["a refusal for want of capacity", awsError("LimitExceededException", 409), "capacity"],
    ["throttling", awsError("Throttling", 400), "throttled"],
    ["any 429", awsError("Surprise", 429), "throttled"],
    ["a server error", awsError("ServiceFailureException", 500), "transient"],
    ["a reset connection", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), "transient"],
    ["a timeout", awsError("TimeoutError"), "transient"],
    ["a success whose body broke off", awsError("SyntaxError", 200), "transient"],
    ["a denial", awsError("AccessDenied", 403), "final"],
    ["a defect of the program", new TypeError("x is undefined"), "final"],
  ];
  for (const [name, error, fault] of cases) {
    it(`takes ${name} for ${fault}`, () => expect(classify(error)).to.equal(fault));
  }
});

describe("fullJitter", () => {
  it("stays between nothing and a bound that doubles up to its cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempt, random) => {
          const delay = fullJitter(attempt, 200, 20_000, random);
          expect(delay).to.be.at.least(0);
          expect(delay).to.be.at.most(Math.min(20_000, 200 * 2 ** (attempt - 1)));
        },
      ),
    );
  });
});

describe("withRetry", () => {
  it("tells each try its number and returns the first success", async () => {
    const seen: number[] = [];
    const call = (attempt: number) => {
      seen.push(attempt);
      return attempt < 3 ? Promise.reject(awsError("Throttling", 400)) : Promise.resolve("done");
    };
    expect(await withRetry(call, { clock: fakeClock() })).to.equal("done");
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it("begins no try after the end, and keeps the last error as the cause", async () => {
    const clock = fakeClock();
    const last = awsError("LimitExceededException", 409);
    const endsAt = clock.now() + 60_000;

    const error = await rejection(withRetry(() => Promise.reject(last), { clock, endsAt }));

    expect(error).to.be.instanceOf(CallError).and.include({ code: "LimitExceededException", cause: last });
    expect(clock.now()).to.be.lessThan(endsAt);
  });
});

describe("a budget of further tries", () => {
  it("ends tries when it is spent, and says whose it was", async () => {
    const budgets = [new RetryBudget("the run", 3)];
    let calls = 0;
    const call = () => Promise.reject(awsError(`Throttling`, (calls += 1) && 400));

    const error = await rejection(withRetry(call, { clock: fakeClock(), budgets }));

    expect(calls).to.equal(4);
    expect(error).to.include({ code: "Throttling", attempts: 4 });
    expect(error.message).to.equal("Throttling happened; no further try is left to the run");
  });

  it("is earned back by calls that succeed, up to what it began with", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 }), (tries, successes) => {
        const budget = new RetryBudget("x", tries, 0.5);
        while (budget.take());
        for (let n = 0; n < successes; n += 1) budget.earn();
        let left = 0;
        while (budget.take()) left += 1;
        expect(left).to.equal(Math.min(tries, Math.floor(successes / 2)));
      }),
    );
  });

  it("is not touched by refusals for want of capacity that the caller waits out", async () => {
    const budget = new RetryBudget("x", 1);
    const refused = () => Promise.reject(awsError("LimitExceededException", 409));

    const error = await rejection(withRetry(refused, { clock: fakeClock(), budgets: [budget], refusable: true }));

    expect(error).to.include({ code: "LimitExceededException", attempts: 1 });
    expect(budget.take()).to.equal(true);
  });
});

describe("waits for capacity", () => {
  it("are longer than those for throttling, and bounded by a minute", () => {
    expect([1, 2, 3, 4, 5, 50].map((refusals) => capacityDelay(refusals, 0.5))).to.deep.equal([
      2_500, 5_000, 10_000, 20_000, 30_000, 30_000,
    ]);
  });
});

describe("RateLimit", () => {
  it("never lets more through in any time than a second's burst and the rate", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 300 }), async (rate, turns) => {
        const clock = fakeClock();
        const limit = new RateLimit(rate, clock);
        const began = clock.now();
        const at: number[] = [];
        for (let n = 0; n < turns; n += 1) {
          await limit.take();
          at.push(clock.now() - began);
        }
        for (const [n, time] of at.entries()) expect(n + 1).to.be.at.most(rate + (time / 1000) * rate + 1);
        expect(at.at(-1), "and holds nobody longer than that").to.be.at.most((turns / rate) * 1000);
      }),
      { numRuns: 50 },
    );
  });
});

describe("Gate", () => {
  it("never lets more in than it has places, and lets all through", async () => {
    const gate = new Gate(3);
    let inside = 0;
    let most = 0;
    const visit = () => {
      inside += 1;
      most = Math.max(most, inside);
    };
    const work = (n: number) =>
      gate.run(async () => {
        visit();
        await Promise.resolve();
        inside -= 1;
        return n;
      });
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    expect(await Promise.all(numbers.map(work))).to.deep.equal(numbers);
    expect(most).to.equal(3);
  });

  it("gives the place back when the work fails", async () => {
    const gate = new Gate(1);
    await rejection(gate.run(() => Promise.reject(new Error("no"))));
    expect(await gate.run(() => Promise.resolve("next"))).to.equal("next");
  });
});
