import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { StatusReport } from "../../rollout/commands/status";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate } from "../support/commandLine";

// The steps of one story, as in wholePath.test.ts.
describe("an interrupted rollout", function () {
  this.timeout(300_000);
  let stateDir: string;
  const command = async <T>(...args: string[]): Promise<T> =>
    answerOf<T>(await orchestrate(stateDir, [...args, "--emulated", "--json"]));

  before(() => {
    stateDir = mkdtempSync(path.join(tmpdir(), "interruption-"));
  });
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  it("finishes the resources in hand, names what it did not begin, and exits with 130", async () => {
    let interrupted = false;
    const ended = await orchestrate(stateDir, ["up", "--emulated", "--json", "--accounts", "6"], {
      onStderr: (stderr, kill) => {
        if (interrupted || !stderr.includes("] security")) return;
        interrupted = true;
        kill("SIGINT");
      },
    });
    const up = answerOf<RolloutReport>(ended, 130);
    expect(up.ok).to.equal(false);
    expect(up.stacks["security"]?.result).to.equal("created");
    expect(up.stacks["member-222233334444"]?.result).to.equal("skipped");
    expect(ended.stderr).to.contain("Interrupted");
  });

  it("goes on with the next up, without a lock or a half-made stack in its way", async () => {
    const up = await command<RolloutReport>("up");
    expect(up.ok).to.equal(true);
    expect(up.stacks["security"]?.result).to.equal("unchanged");
    expect(up.stacks["member-222233334444"]?.result).to.equal("created");
  });

  it("removes everything, evidence included, when told so", async () => {
    const destroyed = await command<RolloutReport>("destroy", "--delete-evidence", "--yes");
    expect(Object.keys(destroyed.stacks).slice(-3)).to.deep.equal(["management", "logarchive", "security"]);
    expect(new Set(Object.values(destroyed.stacks).map(({ result }) => result))).to.deep.equal(new Set(["destroyed"]));
    const status = answerOf<StatusReport>(await orchestrate(stateDir, ["status", "--emulated", "--json"]), 1);
    expect(new Set(Object.values(status.stacks).map(({ state }) => state))).to.deep.equal(new Set(["missing"]));
  });
});
