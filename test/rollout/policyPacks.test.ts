import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PolicyEvent } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { REMEDY } from "../../policy/rule";
import { deploymentTasks } from "../../rollout/commands/up";
import { remedyOf } from "../../rollout/engine/failureRemedies";
import { failuresOf } from "../../rollout/engine/failures";
import { violationOf, type ViolationsFound } from "../../rollout/engine/policyViolations";
import { StackError } from "../../rollout/engine/stackEngine";
import { rollOut, type StackTask } from "../../rollout/orchestration";
import { OWN_PACK, policyPacks } from "../../rollout/policyPacks";
import { Progress } from "../../rollout/progress/progress";
import { PROJECT } from "../support/commandLine";
import { FakeEngine } from "../support/fakeEngine";
import { copyProject } from "../support/projectCopy";
import { quietOrchestration } from "../support/quietOrchestration";

describe("--policy", () => {
  let folder: string;
  const refusal = (...args: Parameters<typeof policyPacks>): Promise<string> =>
    policyPacks(...args).then(
      () => "not refused",
      (error: Error) => error.message,
    );
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "packs-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is the pack of the project without a folder, and others by their folders, in order", async () => {
    writeFileSync(path.join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    const config = path.join(folder, "settings.json");
    writeFileSync(config, "{}");
    const packs = await policyPacks({ policy: [OWN_PACK, folder], policyConfig: [config, config] }, PROJECT);
    expect(packs).to.deep.equal([
      { path: path.join(PROJECT, "policy"), config },
      { path: folder, config },
    ]);
    expect(await policyPacks({}, PROJECT)).to.deep.equal([]);
  });

  it("is handed to the engine as what that can start", async () => {
    const [pack] = await policyPacks({ policy: [OWN_PACK] }, PROJECT, (dir) => Promise.resolve(`${dir}/launcher`));
    expect(pack?.path).to.equal(path.join(PROJECT, "policy/launcher"));
  });

  it("refuses folders that are not there or hold no pack, before anything is done", async () => {
    expect(await refusal({ policy: [path.join(folder, "none")] }, PROJECT)).to.match(/There is no policy pack .*none/);
    mkdirSync(path.join(folder, "empty"));
    expect(await refusal({ policy: [path.join(folder, "empty")] }, PROJECT)).to.match(/it has no PulumiPolicy\.yaml/);
  });

  it("refuses settings that are no JSON, are not there, or whose pack is not said", async () => {
    const config = path.join(folder, "settings.json");
    expect(await refusal({ policy: [OWN_PACK], policyConfig: [config] }, PROJECT)).to.match(/cannot be read: ENOENT/);
    writeFileSync(config, "minimumDays: 30");
    expect(await refusal({ policy: [OWN_PACK], policyConfig: [config] }, PROJECT)).to.match(/cannot be read: .*JSON/);
    expect(await refusal({ policyConfig: [config] }, PROJECT)).to.match(/give one file for each pack/);
  });

  it("goes to every stack that is deployed or previewed, members too, and to none that is refreshed", async () => {
    copyProject(path.join(folder, "project"), [], { management: ["memberRoles: stacks"] });
    const member = { accountId: "444455556666", accountName: "m", ouPath: "Root", organizationsState: "ACTIVE" };
    const members = { partition: "aws", way: [], from: "111122223333", accounts: [member] };
    const packs = [{ path: "/packs/one", config: "/packs/one.json" }];
    for (const operation of ["up", "preview", "refresh"] as const) {
      const engine = new FakeEngine();
      const context = { ...quietOrchestration(folder, engine, []), policyPacks: packs };
      const tasks = deploymentTasks(context, "up", members, []).map((task): StackTask => ({ ...task, operation }));
      await rollOut(context, operation, tasks);
      expect(engine.order).to.include("member-444455556666");
      const expected = operation === "refresh" ? undefined : packs;
      for (const { policyPacks: asked } of engine.asked) expect(asked, operation).to.deep.equal(expected);
    }
  });
});

describe("violations of policy packs", () => {
  /** What the engine says; the declarations of the SDK have another word. */
  const ADVISORY = "advisory" as "warning";
  const event: PolicyEvent = {
    resourceUrn: "urn:pulumi:s::p::c:index:C$aws:s3/bucket:Bucket::evidence",
    message: `<{%fg 1%}>Buckets keep versions (S3.14)\nversioning is not set\n${REMEDY}Add a BucketVersioning\n<{%reset%}>`,
    color: "never",
    policyName: "s3-versioning",
    policyPackName: "pack",
    policyPackVersion: "1.0.0",
    policyPackVersionTag: "1.0.0",
    enforcementLevel: "mandatory",
  };
  const found = (...events: PolicyEvent[]): ViolationsFound => {
    const all: ViolationsFound = { mandatory: new Map(), advisory: new Map() };
    for (const each of events) violationOf(each, all);
    return all;
  };
  const versioning = {
    resource: "Bucket evidence",
    rule: "s3-versioning",
    message: "Buckets keep versions (S3.14): versioning is not set",
    remedy: "Add a BucketVersioning",
  };

  it("name resource, rule, message and remedy, each once", () => {
    expect([...found(event, event).mandatory.values()]).to.deep.equal([versioning]);
  });

  it("of packs that know no remedy, and of the stack as a whole, say what they say", () => {
    const other = { ...event, resourceUrn: "", message: "Stacks are tagged.\nThis one is not.\n", policyName: "tags" };
    expect([...found(other).mandatory.values()]).to.deep.equal([
      { rule: "tags", message: "Stacks are tagged: This one is not." },
    ]);
  });

  it("fail a stack by their own words where they are mandatory, and else are warnings", () => {
    const { mandatory, advisory } = found(event, { ...event, enforcementLevel: ADVISORY, policyName: "advice" });
    const failures = failuresOf(new Error("code: -2 stderr: preview failed"), [], [...mandatory.values()]);
    expect(failures).to.deep.equal([versioning]);

    const lines: string[] = [];
    const progress = new Progress(2, "up", { write: (text) => lines.push(text) });
    const warnings = [...advisory.values()];
    const error = new StackError("logarchive", "up", failures, {}, warnings);
    progress.end("logarchive", { state: "failed", error, seconds: 1 });
    progress.end("management", { state: "done", value: { changes: {}, outputs: {}, warnings }, seconds: 1 });
    const said = lines
      .join("")
      .split("\n")
      .map((line) => line.trim());
    expect(said).to.include("Bucket evidence: s3-versioning: Buckets keep versions (S3.14): versioning is not set");
    const warning = "warning: Bucket evidence: advice: Buckets keep versions (S3.14): versioning is not set";
    expect(said.filter((line) => line === warning)).to.have.length(2);
    expect(said.filter((line) => line === "Add a BucketVersioning")).to.have.length(3);
  });
});

describe("an engine that cannot run a policy pack", () => {
  it("is named with what to do", () => {
    const old = 'error: policy pack "/p/policy" failed to start: could not read plugin [/p/policy]: not supported';
    expect(remedyOf(old)).to.match(/no language host that runs policy packs: install the Pulumi CLI/);
    expect(remedyOf("error: no analyzer plugin 'policy-nodejs' found")).to.match(/install the Pulumi CLI/);
    const packages = "it looks like the policy pack's dependencies are not installed; try running npm install";
    expect(remedyOf(packages)).to.match(/npm ci/);
    const broken = 'policy pack "/p" failed to start: could not read plugin [/p]: EOF';
    expect(remedyOf(broken)).to.match(/pulumi preview --policy-pack DIR/);
    expect(remedyOf('validating policy config for "p": logs-retention: minimumDays: Invalid type')).to.match(
      /docs\/policy\.md/,
    );
  });
});
