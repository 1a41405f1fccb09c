import { expect } from "chai";
import { emulatedAws, type EmulatedAws } from "./emulatedAws";

describe("the emulated clock", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  before(async () => {
    aws = await emulatedAws(5);
  });
  after(() => aws.remove());

  it("goes forward by as much as it is put forward, and stays there", async () => {
    const before = await aws.advance(0);
    expect((await aws.advance(3600)) - before).to.be.within(3600, 3660);
    expect((await aws.advance(0)) - before).to.be.within(3600, 3720);
  });

  for (const [why, body] of [
    ["backwards", '{"seconds": -1}'],
    ["by no number", '{"seconds": "an hour"}'],
    ["by nothing", "{}"],
    ["by what is no object", "[]"],
    ["by what is no JSON", "later"],
  ]) {
    it(`cannot be put ${why}`, async () => {
      const response = await fetch(new URL("/_emulated/advance", aws.emulator.endpoint), { method: "POST", body });
      expect(response.status).to.equal(400);
      expect(((await response.json()) as { error: string }).error).to.match(/Error: ./);
    });
  }

  it("has requests of its own, and answers no other", async () => {
    const response = await fetch(new URL("/_emulated/rewind", aws.emulator.endpoint), { method: "POST", body: "{}" });
    expect(response.status).to.equal(404);
    expect(await response.text()).to.contain("/_emulated/seed and /_emulated/advance");
  });
});
