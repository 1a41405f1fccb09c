import { expect } from "chai";
import { runTasks, type Task } from "../../../rollout/tasks";
import { readTolerance, toleranceFor } from "../../../rollout/members/tolerance";

describe("--tolerate", () => {
  it("is a number of stacks or a percentage of them, and nothing else", () => {
    expect(readTolerance("0")).to.deep.equal({ count: 0 });
    expect(readTolerance(" 12 ")).to.deep.equal({ count: 12 });
    expect(readTolerance("10%")).to.deep.equal({ percent: 10 });
    for (const text of ["", "%", "-1", "1.5", "101%", "ten", "1 %", "1e3"])
      expect(readTolerance(text), text).to.equal(undefined);
  });

  it("rounds a percentage down, so that no more may fail than it says", () => {
    const stacks = Array.from({ length: 19 }, (_, n) => `member-${n}`);
    expect(toleranceFor({ percent: 10 }, stacks).failures).to.equal(1);
    expect(toleranceFor({ percent: 100 }, stacks).failures).to.equal(19);
  });
});

describe("runTasks with a tolerance", () => {
  const begun: string[] = [];
  const tasks = (failing: readonly string[]): Task<string>[] =>
    ["central", "m1", "m2", "m3", "m4", "other"].map((name) => ({
      name,
      dependsOn: name.startsWith("m") ? ["central"] : [],
      run: () => {
        begun.push(name);
        return failing.includes(name) ? Promise.reject(new Error("no")) : Promise.resolve(name);
      },
    }));
  const run = async (failing: readonly string[], failures: number, parallel = 1): Promise<string[]> => {
    begun.length = 0;
    const tolerance = { of: new Set(["m1", "m2", "m3", "m4"]), failures, because: "too many failed" };
    const outcomes = await runTasks(tasks(failing), { parallel, tolerance });
    return [...outcomes].map(([name, outcome]) => `${name} ${outcome.state}`);
  };

  it("finishes all others while no more fail than may", async () => {
    expect(await run(["m1"], 1)).to.deep.equal([
      "central done",
      "m1 failed",
      "m2 done",
      "m3 done",
      "m4 done",
      "other done",
    ]);
  });

  it("begins none of them any more once one more has failed, and still does what has nothing to do with them", async () => {
    const states = await run(["m1", "m2"], 1);
    expect(states).to.include.members(["m1 failed", "m2 failed", "m3 skipped", "m4 skipped", "other done"]);
    expect(begun).not.to.include.members(["m3", "m4"]);
  });

  it("does not count the failures of others", async () => {
    expect(await run(["other"], 0)).to.include.members(["m1 done", "m4 done", "other failed"]);
  });

  it("finishes those that run when the limit is passed", async () => {
    expect(await run(["m1"], 0, 2)).to.include.members(["m1 failed", "m2 done"]);
  });
});
