import { expect } from "chai";
import fc from "fast-check";

import { CallError } from "../../runtime/errors";
import { Gate } from "../../runtime/gate";
import { classify, fullJitter, withRetry } from "../../runtime/retry";
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

describe("Gate", () => {
  it("never lets more in than it has places, and lets all through", async () => {
    const gate = new Gate(3);
    const clock = gate.yieldingClock(fakeClock());
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
        await clock.sleep(10);
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
