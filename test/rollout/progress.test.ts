import { expect } from "chai";
import { Progress, resultOf } from "../../rollout/progress";
import type { Outcome } from "../../rollout/tasks";
import type { StackResult } from "../../rollout/stackEngine";

const done = (changes: Record<string, number>): Outcome<StackResult> => ({
  state: "done",
  value: { changes, outputs: {} },
  seconds: 1.25,
});

describe("Progress", () => {
  it("writes a plain line for each stack elsewhere than on a terminal", () => {
    const lines: string[] = [];
    const progress = new Progress(2, "up", { write: (text) => lines.push(text) });
    progress.start("security");
    progress.event({ stack: "security", phase: "begin", op: "create", type: "aws:kms/key:Key", name: "key" });
    progress.end("security", done({ create: 4 }));
    progress.end("logarchive", { state: "failed", error: new Error("first line\nsecond"), seconds: 2 });
    progress.close();
    expect(lines).to.deep.equal([
      "[1/2] security             created    4 create  1.3 s\n",
      "[2/2] logarchive           failed       2.0 s\n",
      "        first line\n",
      "        second\n",
    ]);
  });

  it("keeps one living line on a terminal, no wider than it, and takes it away at the end", () => {
    let written = "";
    const progress = new Progress(2, "up", { write: (text) => (written += text), isTTY: true, columns: 40 });
    progress.start("security");
    progress.event({ stack: "security", phase: "begin", op: "create", type: "aws:kms/key:Key", name: "key" });
    progress.line("note");
    progress.close();
    const living = written.split("\r\u001b[2K").filter((part) => part.startsWith("0/2"));
    expect(living[0]).to.match(/^0\/2 · 0 s · security: creating Key/);
    expect(living.every((line) => line.length < 40)).to.equal(true);
    expect(written.endsWith("\r\u001b[2K")).to.equal(true);
  });
});

describe("resultOf", () => {
  it("tells created, updated and unchanged apart", () => {
    expect(resultOf("up", done({ create: 3 }))).to.equal("created");
    expect(resultOf("up", done({ create: 1, same: 3 }))).to.equal("updated");
    expect(resultOf("up", done({ update: 1, same: 3 }))).to.equal("updated");
    expect(resultOf("up", done({ same: 3 }))).to.equal("unchanged");
    expect(resultOf("preview", done({ create: 3 }))).to.equal("changes");
    expect(resultOf("destroy", done({ delete: 3 }))).to.equal("destroyed");
  });
});
