import { expect } from "chai";
import fc from "fast-check";

import { GeneratingCap, type Place } from "../../runtime/generatingCap";

/** A service that makes `room` reports at once, and refuses others; each round one of those in generation gets done. */
async function serve(cap: GeneratingCap, accounts: number, room: number): Promise<{ refusals: number; done: number }> {
  const making: Place[] = [];
  let waiting = accounts;
  let refusals = 0;
  let done = 0;
  const ask = async (): Promise<void> => {
    const place = await cap.enter();
    if (making.length < room) {
      place.accepted();
      making.push(place);
      return;
    }
    refusals += 1;
    waiting += 1;
    place.refused();
  };
  while (done < accounts) {
    const asked: Promise<void>[] = [];
    for (; waiting > 0 && asked.length < cap.limit - making.length; waiting -= 1) asked.push(ask());
    await Promise.all(asked);
    const ready = making.shift();
    if (!ready) continue;
    ready.leave();
    done += 1;
  }
  return { refusals, done };
}

describe("the cap of reports in generation", () => {
  it("lets in as many as it may, and others as places are given up, in order", async () => {
    const cap = new GeneratingCap(2);
    const [first] = await Promise.all([cap.enter(), cap.enter()]);
    const order: number[] = [];
    const later = [3, 4].map((n) => cap.enter().then((place) => (order.push(n), place)));

    first?.leave();
    first?.leave();
    (await later[0])?.leave();
    await later[1];

    expect(order).to.deep.equal([3, 4]);
  });

  it("falls to what the service takes when most are refused, and grows when they are accepted again", async () => {
    const cap = new GeneratingCap(1000);
    const places = await Promise.all(Array.from({ length: 40 }, () => cap.enter()));
    for (const [n, place] of places.slice(0, 20).entries()) {
      if (n < 5) place.accepted();
      else place.refused();
    }
    expect(cap.limit).to.equal(5);
    expect(cap.inGeneration).to.equal(5);

    for (const place of places.slice(20)) place.accepted();
    expect(cap.limit).to.equal(8);
  });

  it("is not moved by one refusal in twenty", async () => {
    const cap = new GeneratingCap(100);
    for (let n = 0; n < 2000; n += 1) {
      const place = await cap.enter();
      if (n % 20 === 7) place.refused();
      else place.accepted();
      place.leave();
    }
    expect(cap.limit).to.equal(100);
  });

  it("gets every account through a service that takes few at once, with a bounded number of refusals", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 500 }),
        async (accounts, room, most) => {
          const { refusals, done } = await serve(new GeneratingCap(most), accounts, room);
          expect(done).to.equal(accounts);
          expect(refusals).to.be.at.most(most + 25 * (accounts + 20));
        },
      ),
      { numRuns: 40 },
    );
  });
});
