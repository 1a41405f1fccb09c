import { expect } from "chai";
import { Progress, resultOf } from "../../../rollout/progress/progress";
import type { Outcome } from "../../../rollout/tasks";
import { StackError, type StackResult } from "../../../rollout/engine/stackEngine";
import { FakeTerminal } from "../../support/fakeTerminal";

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
    expect(lines.join("")).to.equal(
      [
        "[1/2] security             created    4 create  1.3 s\n",
        "[2/2] logarchive           failed       2.0 s\n",
        "        first line\n",
        "        second\n",
      ].join(""),
    );
  });

  describe("on a terminal", () => {
    const { CI, TERM } = process.env;
    beforeEach(() => {
      delete process.env["CI"];
      process.env["TERM"] = "xterm";
    });
    afterEach(() => Object.assign(process.env, { ...(CI !== undefined && { CI }), TERM: TERM ?? "" }));

    it("keeps a tree below the lines, and leaves those alone at the end", () => {
      const terminal = new FakeTerminal(60, 12);
      const progress = new Progress(3, "up", terminal, 2);
      progress.start("security");
      progress.start("logarchive");
      progress.event({ stack: "security", phase: "begin", op: "create", type: "aws:kms/key:Key", name: "report-key" });
      progress.event({ stack: "logarchive", phase: "begin", op: "create", type: "aws:s3/bucket:Bucket", name: "b" });
      progress.event({ stack: "logarchive", phase: "failed", op: "create", type: "aws:s3/bucket:Bucket", name: "b" });
      progress.line("a note");
      expect(terminal.text.split("\n")).to.deep.equal([
        "a note",
        "up: 0 of 3 stacks done · 1 waiting · 0 s",
        "  security  0 done · 0 s",
        "    creating Key report-key · 0 s",
        "  logarchive  0 done, 1 failed · 0 s",
      ]);
      const failures = [{ resource: "Bucket b", code: "BucketAlreadyExists", message: "", remedy: "Choose another" }];
      progress.end("logarchive", { state: "failed", error: new StackError("logarchive", "up", failures), seconds: 2 });
      progress.end("security", done({ create: 4 }));
      progress.end("management", { state: "skipped", because: "it needs logarchive, which failed", seconds: 0 });
      progress.close();
      expect(terminal.text.split("\n")).to.deep.equal([
        "a note",
        "[1/3] logarchive           failed       2.0 s",
        "        Bucket b: BucketAlreadyExists",
        "          Choose another",
        "[2/3] security             created    4 create  1.3 s",
        "[3/3] management           skipped: it needs logarchive, whi",
        "ch failed",
      ]);
      expect(terminal.cursorShown).to.equal(true);
    });
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
