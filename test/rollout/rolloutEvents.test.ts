import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { deploymentTasks } from "../../rollout/commands/up";
import { orchestration, rollOut } from "../../rollout/orchestration";
import { openEvents, type RolloutEvent } from "../../rollout/rolloutEvents";
import { FakeEngine } from "../support/fakeEngine";
import { answerOf, PROJECT, run } from "../support/commandLine";

describe("events of a rollout", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "events-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("tell of each stack and resource, with total and remaining, and of each failure what and why", async () => {
    const events: RolloutEvent[] = [];
    const context = orchestration({
      projectDir: PROJECT,
      workRoot: folder,
      engine: new FakeEngine({}, { logarchive: "BucketAlreadyExists" }),
      parallel: 1,
      signal: new AbortController().signal,
      log: () => undefined,
      progress: { write: () => true },
      onEvent: (event) => events.push(event),
    });
    const nobody = { partition: "aws", way: [], from: "111122223333", accounts: [] };
    await rollOut(context, "up", deploymentTasks(context, "up", nobody, []));
    expect(events.map(({ event }) => event)).to.deep.equal([
      "rolloutStarted",
      "stackStarted",
      "resource",
      "stackEnded",
      "stackStarted",
      "stackEnded",
      "stackEnded",
      "rolloutEnded",
    ]);
    expect(events[0]).to.deep.include({ total: 3, stacks: ["security", "logarchive", "management"] });
    const ended = events.filter((event) => event.event === "stackEnded");
    expect(ended.map(({ stack, result, remaining }) => `${stack} ${result} ${remaining}`)).to.deep.equal([
      "security created 2",
      "logarchive failed 1",
      "management skipped 0",
    ]);
    expect(ended[1]?.failures?.[0]).to.deep.include({ message: "BucketAlreadyExists" });
    expect(events.at(-1)).to.deep.include({ event: "rolloutEnded", ok: false });
  });

  it("are JSON Lines with version and time", () => {
    const file = path.join(folder, "events.jsonl");
    const events = openEvents(file, () => new Date("2026-01-02T03:04:05Z"));
    events.emit({ event: "message", message: "one\ntwo" });
    events.emit({ event: "result", exitCode: 0, result: { ok: true } });
    events.close();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal([
      { v: 1, time: "2026-01-02T03:04:05.000Z", event: "message", message: "one\ntwo" },
      { v: 1, time: "2026-01-02T03:04:05.000Z", event: "result", exitCode: 0, result: { ok: true } },
    ]);
  });

  it("are all that standard output holds, the result last, also where the command fails", async () => {
    const orchestrate = (...args: string[]) => run(process.execPath, ["--import=tsx", "orchestrate.ts", ...args]);
    const ended = await orchestrate("report", "--from", path.join(folder, "nothing"), "--events", "-");
    const lines = ended.stdout.trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as RolloutEvent);
    expect(events.at(-1)).to.deep.include({ event: "result", exitCode: 1 });
    expect(ended.code).to.equal(1);

    const both = await orchestrate("report", "--from", folder, "--events", "-", "--json");
    expect(answerOf<{ error: string }>(both, 1).error).to.contain("--events - and --json");
  });

  it("name a file that cannot be written", () => {
    expect(() => openEvents(path.join(folder, "missing", "events.jsonl"))).to.throw("--events");
  });
});
