import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { RolloutReport } from "../../rollout/orchestration";
import type { StackState } from "../../rollout/engine/stackState";
import { answerOf, orchestrate, PROJECT, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

// Nothing smaller proves it: the engine has to start the pack, hand it what it knows of real stacks, before they are made and after, and be
// stopped by what the pack says. The steps of one story: each goes on from what the one before it left.
describe("a rollout that is held to policy packs", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const run = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") });
  const settings = (name: string, content: object): string => {
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  /** A pack of somebody else, in a folder of its own. */
  const otherPack = (): string => {
    const pack = path.join(folder, "other-pack");
    mkdirSync(pack);
    writeFileSync(path.join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    writeFileSync(path.join(pack, "package.json"), JSON.stringify({ name: "other", version: "1.0.0" }));
    writeFileSync(
      path.join(pack, "index.js"),
      `const { PolicyPack } = require("@pulumi/policy");
       new PolicyPack("other", { policies: [{ name: "no-aliases", description: "Keys have no aliases.", enforcementLevel: "mandatory",
         validateResource: ({ type }, report) => type === "aws:kms/alias:Alias" && report("This one has.") }] });`,
    );
    symlinkSync(path.join(PROJECT, "node_modules"), path.join(pack, "node_modules"));
    return pack;
  };

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "policy-"));
    stateDir = path.join(folder, "state");
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "policy", "package-lock.json"], {
      management: ["logRetentionDays: 30"],
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("refuses a stack that breaks a mandatory rule before any of it is made, and names resource, rule and remedy", async () => {
    const ended = await run("up", "--accounts", "5", "--policy");
    const { stacks } = answerOf<RolloutReport>(ended, 1);
    expect(stacks["security"]).to.include({ result: "created" }).and.not.have.property("warnings");
    expect(stacks["logarchive"]).to.include({ result: "created" }).and.not.have.property("warnings");
    expect(stacks["management"]?.failures).to.deep.equal([
      {
        resource: "LogGroup collector",
        rule: "logs-retention",
        message:
          "Log groups keep their lines for a time that is long enough (Security Hub CloudWatch.16): " +
          "retentionInDays is 30, and at least 365 are asked for",
        remedy: "Set retentionInDays to 365 or more, or the rule's minimumDays to what is asked for in your company",
      },
    ]);
    expect(ended.stderr).to.match(/LogGroup collector: logs-retention: .*\n\s+Set retentionInDays to 365 or more/);

    const file = path.join(stateDir, "pulumi-state/.pulumi/stacks/iam-credential-reports/management.json");
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest?: StackState["deployment"] };
    };
    expect(checkpoint.latest?.resources ?? []).to.deep.equal([]);
  });

  it("finds nothing else in any stack, and shows what is only advised as a warning, also where nothing changes", async () => {
    const advisory = settings("advisory.json", { "logs-retention": "advisory" });
    for (const result of ["created", "unchanged"]) {
      const ended = await run("up", "--policy", "--policy-config", advisory);
      const { security, logarchive, management } = answerOf<RolloutReport>(ended).stacks;
      expect(management?.warnings?.map(({ rule }) => rule)).to.deep.equal(["logs-retention"]);
      expect(ended.stderr).to.contain("warning: LogGroup collector: logs-retention: ");
      for (const stack of [security, logarchive]) {
        expect(stack).to.include({ result: "unchanged" }).and.not.have.property("warnings");
      }
      expect(management).to.include({ result });
    }
  });

  it("runs several packs, each with settings of its own, on what would be deployed", async () => {
    const month = settings("month.json", { "logs-retention": { minimumDays: 30 } });
    const nothing = settings("nothing.json", {});
    const packs = ["--policy", "--policy-config", month, "--policy", otherPack(), "--policy-config", nothing];
    const { stacks } = answerOf<RolloutReport>(await run("preview", ...packs), 1);
    expect(stacks["security"]?.failures?.map(({ resource, rule }) => `${resource} ${rule}`)).to.deep.equal([
      "Alias report-key no-aliases",
    ]);
  });

  it("says what is wrong with settings that a rule does not take", async () => {
    const wrong = settings("wrong.json", { "logs-retention": { minimumDays: "a year" } });
    const ended = await run("preview", "--policy", "--policy-config", wrong);
    const [failure] = answerOf<RolloutReport>(ended, 1).stacks["security"]?.failures ?? [];
    expect(failure?.message).to.contain("logs-retention").and.contain("minimumDays");
    expect(failure?.remedy).to.contain("docs/policy.md");
  });
});
