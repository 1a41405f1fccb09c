import { expect } from "chai";
import { timeToGo, treeLines, type RolloutView, type RunningStack } from "../../../rollout/progress/tree";
import { fitted, padded, widthOf } from "../../../rollout/progress/width";

const running = (name: string, resources = 0): RunningStack => ({
  name,
  began: 1000,
  inHand: Array.from({ length: resources }, (_, index) => ({ doing: `creating Role r${index + 1}`, began: 2000 })),
  done: 2,
  failed: 0,
});
const view = (stacks: readonly RunningStack[], more: Partial<RolloutView> = {}): RolloutView => ({
  operation: "up",
  began: 0,
  total: 13,
  ended: 3,
  failed: 0,
  running: stacks,
  ...more,
});
const ROOM = { columns: 80, rows: 20 };

describe("the living tree", () => {
  it("shows the whole with total and remaining, each running stack, and what it has in hand", () => {
    expect(treeLines(view([running("logarchive", 2), running("security")]), 9000, ROOM)).to.deep.equal([
      "up: 3 of 13 stacks done · 8 waiting · 9 s",
      "  logarchive  2 done · 8 s",
      "    creating Role r1 · 7 s",
      "    creating Role r2 · 7 s",
      "  security  2 done · 8 s",
    ]);
  });

  it("tells failures, and the time to go where it can be said", () => {
    const [head] = treeLines(view([{ ...running("a"), failed: 1 }], { failed: 2, toGo: 100_000 }), 5000, ROOM);
    expect(head).to.equal("up: 3 of 13 stacks done · 2 failed · 9 waiting · 5 s, about 1 min 40 s to go");
  });

  it("says of a stack that has done nothing yet that it starts", () => {
    const lines = treeLines(view([{ ...running("a"), done: 0 }]), 1000, ROOM);
    expect(lines[1]).to.equal("  a  starting · 0 s");
  });

  it("is never higher or wider than its room, whatever is running", () => {
    const many = Array.from({ length: 40 }, (_, index) => running(`member-${String(index).padStart(12, "0")}`, 9));
    for (const rows of [1, 2, 3, 10, 60, 500]) {
      for (const columns of [1, 7, 40, 200]) {
        const lines = treeLines(view(many), 5000, { columns, rows });
        expect(lines.length, `${rows} rows`).to.be.at.most(rows);
        expect(Math.max(...lines.map(widthOf)), `${columns} columns`).to.be.at.most(columns);
      }
    }
  });

  it("gives every stack a line before any gets its resources, and counts what finds no place", () => {
    expect(treeLines(view([running("a", 5), running("b", 5)]), 1000, { columns: 80, rows: 5 })).to.deep.equal([
      "up: 3 of 13 stacks done · 8 waiting · 1 s",
      "  a  2 done, 4 more in hand · 0 s",
      "    creating Role r1 · 0 s",
      "  b  2 done, 4 more in hand · 0 s",
      "    creating Role r1 · 0 s",
    ]);
    expect(
      treeLines(view([running("a"), running("b"), running("c")]), 1000, { columns: 80, rows: 3 }).slice(1),
    ).to.deep.equal(["  a  2 done · 0 s", "  and 2 stacks more"]);
  });
});

describe("timeToGo", () => {
  it("is what the stacks so far took, for those that remain, several at a time", () => {
    expect(timeToGo([2, 2, 2], 10, 4)).to.equal(6000);
  });

  it("is not said after too few stacks, or where none remains", () => {
    expect(timeToGo([2, 2], 10, 4)).to.equal(undefined);
    expect(timeToGo([2, 2, 2], 0, 4)).to.equal(undefined);
  });
});

describe("columns of a text", () => {
  it("counts wide characters twice and joining marks not at all", () => {
    expect(widthOf("日本")).to.equal(4);
    expect(widthOf("e\u0301")).to.equal(1);
    expect(widthOf("🇩🇪")).to.equal(2);
    expect(widthOf("a✓b")).to.equal(3);
  });

  it("shortens between characters, and makes one line of several", () => {
    expect(fitted("日本語", 5)).to.equal("日本…");
    expect(fitted("日本語", 4)).to.equal("日…");
    expect(fitted("a\nb\u001b[31m", 20)).to.equal("a b [31m");
    expect(padded("日本", 6)).to.equal("日本  ");
  });
});
