import { expect } from "chai";
import fc from "fast-check";
import { runTasks, type Task } from "../../rollout/tasks";

const task = (name: string, dependsOn: string[] = [], run: () => Promise<string> = () => Promise.resolve(name)) =>
  ({ name, dependsOn, run }) satisfies Task<string>;

describe("runTasks", () => {
  it("begins a task only when what it depends on is done", async () => {
    const order: string[] = [];
    const noted = (name: string, dependsOn: string[]) =>
      task(name, dependsOn, () => {
        order.push(name);
        return Promise.resolve(name);
      });
    await runTasks([noted("c", ["b"]), noted("b", ["a"]), noted("a", [])], { parallel: 4 });
    expect(order).to.deep.equal(["a", "b", "c"]);
  });

  it("skips and names what depends on a failed task, and finishes all else", async () => {
    const outcomes = await runTasks(
      [
        task("security"),
        task("logarchive", ["security"], () => Promise.reject(new Error("bucket exists"))),
        task("management", ["logarchive"]),
        task("member", ["management"]),
        task("other", ["security"]),
      ],
      { parallel: 2 },
    );
    expect([...outcomes].map(([name, { state }]) => [name, state])).to.deep.equal([
      ["security", "done"],
      ["logarchive", "failed"],
      ["management", "skipped"],
      ["member", "skipped"],
      ["other", "done"],
    ]);
    expect(outcomes.get("management")).to.include({ because: "it needs logarchive, which failed" });
    expect(outcomes.get("member")).to.include({ because: "it needs management, which was skipped" });
  });

  it("begins nothing new once interrupted, and lets what runs end", async () => {
    const abort = new AbortController();
    const outcomes = await runTasks(
      [
        task("first", [], () => {
          abort.abort();
          return Promise.resolve("first");
        }),
        task("second"),
      ],
      { parallel: 1, signal: abort.signal },
    );
    expect(outcomes.get("first")?.state).to.equal("done");
    expect(outcomes.get("second")).to.include({ state: "skipped", because: "interrupted" });
  });

  it("refuses tasks that wait for each other", async () => {
    const error = await runTasks([task("a", ["b"]), task("b", ["a"])], { parallel: 1 }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error);
    expect(String(error)).to.contain("a, b");
  });

  it("ends every task exactly once, never more than the limit at a time, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fails: fc.boolean(), needs: fc.array(fc.nat(20), { maxLength: 3 }) }), { maxLength: 25 }),
        fc.integer({ min: 1, max: 5 }),
        async (shape, parallel) => {
          let running = 0;
          let most = 0;
          const ended: string[] = [];
          const tasks = shape.map(({ fails, needs }, index) =>
            task(
              `t${index}`,
              needs.filter((need) => need < index).map((need) => `t${need}`),
              async () => {
                most = Math.max(most, ++running);
                await Promise.resolve();
                running--;
                if (fails) throw new Error("failed");
                return "";
              },
            ),
          );
          const outcomes = await runTasks(tasks, { parallel, onEnd: (name) => ended.push(name) });
          expect(outcomes.size).to.equal(shape.length);
          expect(ended).to.have.length(shape.length);
          expect(new Set(ended).size).to.equal(shape.length);
          expect(most).to.be.at.most(parallel);
        },
      ),
    );
  });
});
