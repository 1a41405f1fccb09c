import { expect } from "chai";
import fc from "fast-check";
import { isScheduleExpression, scheduleProblem, timeZoneProblem } from "../../components/schedule";

describe("scheduleProblem", () => {
  for (const expression of [
    "rate(1 day)",
    "rate(12 hours)",
    "rate(5 minutes)",
    "cron(15 3 * * ? *)",
    "cron(0/15 8-18 ? * MON-FRI *)",
    "cron(0 0 L * ? 2026-2030)",
    "cron(0 9 ? * 2#1 *)",
    "cron(0 9 1,15 JAN,jul ? *)",
  ]) {
    it(`takes ${expression}`, () => {
      expect(scheduleProblem(expression)).to.equal(undefined);
    });
  }

  const refused: [string, RegExp][] = [
    ["", /must be rate/],
    ["every night", /must be rate/],
    ["rate(1 days)", /must say 1 day:/],
    ["rate(2 day)", /must say 2 days:/],
    ["rate(0 days)", /positive whole number/],
    ["rate(1 week)", /minute\(s\), hour\(s\) or day\(s\)/],
    ["cron(15 3 * * *)", /has 5 fields; EventBridge wants six/],
    ["cron(15 3 * * * *)", /exactly one of day of month and day of week must be \?/],
    ["cron(15 3 ? * ? *)", /exactly one/],
    ["cron(60 3 * * ? *)", /minutes cannot be 60/],
    ["cron(0 18-8 * * ? *)", /hours cannot be 18-8/],
    ["cron(0 0/0 * * ? *)", /hours cannot be 0\/0/],
    ["cron(0 0 ? * 8 *)", /day of week cannot be 8/],
  ];
  for (const [expression, problem] of refused) {
    it(`refuses ${expression || "an empty text"} and says why`, () => {
      expect(isScheduleExpression(expression)).to.equal(false);
      expect(scheduleProblem(expression)).to.match(problem);
    });
  }
});

describe("timeZoneProblem", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1", "Asia/Kolkata", "W-SU"]) {
    it(`takes ${zone}`, () => expect(timeZoneProblem(zone)).to.equal(undefined));
  }

  it("takes every time zone that Intl knows by its own name", () => {
    const refused = Intl.supportedValuesOf("timeZone").filter((zone) => timeZoneProblem(zone) !== undefined);
    expect(refused).to.deep.equal([]);
  });

  for (const zone of ["", "Mars/Olympus", "+01:00", "CEST", "berlin", " UTC", "Europe/Berlin\n", "A".repeat(51)]) {
    it(`refuses ${JSON.stringify(zone)}, and says what a time zone looks like`, () => {
      expect(timeZoneProblem(zone)).to.match(/is no time zone of the IANA database: give a name as in Europe\/Berlin/);
    });
  }

  it("corrects the case, which AWS does not forgive", () => {
    expect(timeZoneProblem("Europe/berlin")).to.equal('"Europe/berlin" must be written Europe/Berlin');
  });

  it("says of any text whether it is one, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Z][A-Za-z_+/-]{0,20}$/)), (zone) => {
        const problem = timeZoneProblem(zone);
        if (problem === undefined) new Intl.DateTimeFormat("en", { timeZone: zone });
      }),
    );
  });
});
