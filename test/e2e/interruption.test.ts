import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { StatusReport } from "../../rollout/commands/status";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate, type Ended, type RunOptions } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

// The steps of one story, as in wholePath.test.ts.
describe("an interrupted rollout", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    orchestrate(stateDir, args, { ...options, cwd: path.join(folder, "project") });
  const command = async <T>(...args: string[]): Promise<T> => answerOf<T>(await run([...args, "--emulated", "--json"]));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "interruption-"));
    stateDir = path.join(folder, "state");
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "package-lock.json"], {
      management: ["memberRoles: stacks"],
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finishes the resources in hand, names what it did not begin, and exits with 130", async () => {
    let interrupted = false;
    const ended = await run(["up", "--emulated", "--json", "--accounts", "6"], {
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
    const status = answerOf<StatusReport>(await run(["status", "--emulated", "--json"]), 1);
    expect(new Set(Object.values(status.stacks).map(({ state }) => state))).to.deep.equal(new Set(["missing"]));
  });
});
