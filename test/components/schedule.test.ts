import { expect } from "chai";
import { isScheduleExpression, scheduleProblem } from "../../components/schedule";

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
