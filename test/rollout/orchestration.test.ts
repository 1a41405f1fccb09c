import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { destroyTasks, leftInSuspended } from "../../rollout/commands/destroy";
import { stackStates } from "../../rollout/commands/status";
import { deploymentTasks } from "../../rollout/commands/up";
import { orchestration, rollOut, type Orchestration } from "../../rollout/orchestration";
import { FakeEngine } from "../support/fakeEngine";
import { copyProject } from "../support/projectCopy";

const KEY_ARN = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const MEMBERS = {
  partition: "aws",
  way: [],
  from: "111122223333",
  accounts: ["444455556666", "555566667777"].map((accountId) => ({
    accountId,
    accountName: accountId,
    ouPath: "Root",
    organizationsState: "ACTIVE",
  })),
};

describe("the order of a rollout", () => {
  let folder: string;
  const contextOf = (engine: FakeEngine, signal = new AbortController().signal): Orchestration =>
    orchestration({
      projectDir: path.join(folder, "project"),
      workRoot: path.join(folder, "work"),
      engine,
      parallel: 4,
      signal,
      log: () => undefined,
      progress: { write: () => true },
    });
  const engineWithOutputs = (failing = {}): FakeEngine =>
    new FakeEngine({ security: { keyArn: KEY_ARN }, logarchive: { bucketName: "evidence" } }, failing);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "rollout-"));
    copyProject(path.join(folder, "project"), [], { management: ["memberRoles: stacks"] });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("deploys security, logarchive, management, then the members, and passes the outputs on", async () => {
    const engine = engineWithOutputs();
    const context = contextOf(engine);
    const { report } = await rollOut(context, "up", deploymentTasks(context, "up", MEMBERS, []));
    expect(engine.order).to.deep.equal([
      "security",
      "logarchive",
      "management",
      "member-444455556666",
      "member-555566667777",
    ]);
    expect(engine.asked[1]?.config["iam-credential-reports:keyArn"]).to.equal(KEY_ARN);
    expect(engine.asked[2]?.config).to.include({
      "iam-credential-reports:keyArn": KEY_ARN,
      "iam-credential-reports:bucketName": "evidence",
    });
    expect(report.ok).to.equal(true);
    expect(report.outputs).to.deep.equal({ security: { keyArn: KEY_ARN }, logarchive: { bucketName: "evidence" } });
  });

  it("leads into each member account by the deploy role, and holds the provider to that account", async () => {
    const engine = engineWithOutputs();
    const context = contextOf(engine);
    await rollOut(context, "up", deploymentTasks(context, "up", MEMBERS, []));
    expect(engine.asked[3]?.config).to.deep.include({
      "aws:allowedAccountIds": ["444455556666"],
      "iam-credential-reports:managementAccountId": "111122223333",
    });
    expect(engine.asked[3]?.config["aws:assumeRoles"]).to.deep.equal([
      {
        roleArn: "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole",
        sessionName: "iam-credential-reports",
      },
    ]);
  });

  it("leaves the committed files alone", async () => {
    const read = (): string[] =>
      ["security", "logarchive", "management"].map((name) =>
        readFileSync(path.join(folder, "project", `Pulumi.${name}.yaml`), "utf8"),
      );
    const before = read();
    const context = contextOf(engineWithOutputs());
    await rollOut(context, "up", deploymentTasks(context, "up", MEMBERS, []));
    expect(read()).to.deep.equal(before);
  });

  it("skips and names what depends on a stack that failed", async () => {
    const engine = engineWithOutputs({ logarchive: "creating Bucket: BucketAlreadyExists" });
    const context = contextOf(engine);
    const { report } = await rollOut(context, "up", deploymentTasks(context, "up", MEMBERS, []));
    expect(report.ok).to.equal(false);
    expect(engine.order).to.deep.equal(["security", "logarchive"]);
    expect(report.stacks["logarchive"]).to.include({
      result: "failed",
      cause: "creating Bucket: BucketAlreadyExists",
    });
    expect(report.stacks["management"]).to.include({ result: "skipped", cause: "it needs logarchive, which failed" });
    expect(report.stacks["member-444455556666"]?.result).to.equal("skipped");
  });

  it("lets one member's failure stop no other", async () => {
    const engine = engineWithOutputs({ "member-444455556666": "AccessDenied" });
    const context = contextOf(engine);
    const { report } = await rollOut(context, "up", deploymentTasks(context, "up", MEMBERS, []));
    expect(report.stacks["member-444455556666"]?.result).to.equal("failed");
    expect(report.stacks["member-555566667777"]?.result).to.equal("created");
  });

  it("destroys the rest where a member account cannot be entered", async () => {
    const engine = engineWithOutputs({ "member-444455556666": "AccessDenied" });
    const stacks = ["security", "logarchive", "management", "member-444455556666"].map((name) => ({ name }));
    const tasks = destroyTasks({ stacks, documentOf: () => ({}) }, true);
    const { report } = await rollOut(contextOf(engine), "destroy", tasks);
    expect(report.ok).to.equal(false);
    expect(engine.order).to.deep.equal(["member-444455556666", "management", "logarchive", "security"]);
    expect(report.stacks["management"]?.result).to.equal("destroyed");
  });

  it("previews with a placeholder for the key that does not exist yet", async () => {
    const engine = new FakeEngine();
    const context = contextOf(engine);
    await rollOut(context, "preview", deploymentTasks(context, "preview", MEMBERS, [{ name: "security" }]));
    expect(engine.asked[1]?.config["iam-credential-reports:keyArn"]).to.match(
      /^arn:aws:kms:eu-central-1:222233334444:key\/0{8}-/,
    );
  });

  it("asks the engine to cancel when interrupted", async () => {
    const abort = new AbortController();
    const engine = engineWithOutputs();
    const context = contextOf(engine, abort.signal);
    const tasks = deploymentTasks(context, "up", MEMBERS, []);
    const [first, ...rest] = tasks;
    const interrupting = {
      ...first!,
      document: (results: Parameters<NonNullable<typeof first>["document"]>[0]) => {
        abort.abort();
        return first!.document(results);
      },
    };
    const { report } = await rollOut(context, "up", [interrupting, ...rest]);
    expect(engine.cancelled).to.equal(true);
    expect(report.stacks["logarchive"]).to.include({ result: "skipped", cause: "interrupted" });
  });
});

describe("destroyTasks", () => {
  const existing = {
    stacks: ["security", "logarchive", "management", "member-444455556666"].map((name) => ({ name })),
    documentOf: () => ({}),
  };

  it("goes in reverse, and keeps key and bucket unless told otherwise", () => {
    expect(destroyTasks(existing, false).map(({ stack }) => stack)).to.deep.equal([
      "member-444455556666",
      "management",
    ]);
    expect(destroyTasks(existing, true).map(({ stack }) => stack)).to.deep.equal([
      "member-444455556666",
      "management",
      "logarchive",
      "security",
    ]);
  });

  it("takes nothing away while something that needs it is still there", () => {
    const security = destroyTasks(existing, true).find(({ stack }) => stack === "security");
    expect(security?.dependsOn).to.have.members(["logarchive", "management"]);
    expect(security?.after).to.deep.equal(["member-444455556666"]);
  });
});

describe("destroy and an account that is suspended", () => {
  it("leaves its stack, by name, with what to do", () => {
    const account = { accountId: "444455556666", accountName: "old", ouPath: "Root", organizationsState: "SUSPENDED" };
    const left = leftInSuspended([{ stack: { name: "member-444455556666" }, account }], "member-role");
    expect(left["member-444455556666"]?.result).to.equal("left");
    expect(left["member-444455556666"]?.cause)
      .to.contain("444455556666 old is SUSPENDED")
      .and.contain("the role member-role stays there")
      .and.contain("Run destroy again");
  });
});

describe("stackStates", () => {
  it("tells deployed, missing and left-over stacks apart", () => {
    const states = stackStates(
      ["security", "member-444455556666"],
      [
        { name: "security", resourceCount: 5 },
        { name: "member-999988887777", resourceCount: 4 },
      ],
    );
    expect(Object.entries(states).map(([name, { state }]) => [name, state])).to.deep.equal([
      ["security", "deployed"],
      ["member-444455556666", "missing"],
      ["member-999988887777", "left"],
    ]);
  });
});
