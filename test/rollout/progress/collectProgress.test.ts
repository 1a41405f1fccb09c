import { expect } from "chai";
import { CollectProgress } from "../../../rollout/progress/collectProgress";

function progress(output: { isTTY?: boolean; columns?: number }): { shown: () => string; run: CollectProgress } {
  let shown = "";
  let seconds = 0;
  const run = new CollectProgress({
    output: { write: (text) => (shown += text), ...output },
    calls: () => 123,
    now: () => 1000 * seconds++,
  });
  return { shown: () => shown, run };
}

const EVENTS = [
  { level: "info", message: "account collected", runId: "r-1", accountId: "1" },
  { level: "info", message: "accounts listed", runId: "r-1", listed: 3 },
  { level: "warn", message: "account not collected", runId: "r-1", accountId: "2" },
] as const;

describe("CollectProgress", () => {
  it("writes plain lines with the counts elsewhere than on a terminal", () => {
    const { shown, run } = progress({});
    run.draw();
    for (const event of EVENTS) run.log(event);
    run.draw();
    run.close();
    expect(shown().split("\n")).to.deep.equal([
      "  listing accounts · 0 collected · 0 missing · 123 calls · 1 s",
      "Run r-1: 3 accounts listed",
      "  3 listed · 1 collected · 1 missing · 123 calls · 2 s",
      "",
    ]);
  });

  it("keeps one living line on a terminal, no wider than it, and takes it away at the end", () => {
    const { shown, run } = progress({ isTTY: true, columns: 30 });
    for (const event of EVENTS) run.log(event);
    run.draw();
    expect(shown().endsWith("\r\u001b[2K  3 listed · 1 collected · 1…")).to.equal(true);
    run.close();
    expect(shown().endsWith("\r\u001b[2K")).to.equal(true);
  });
});
