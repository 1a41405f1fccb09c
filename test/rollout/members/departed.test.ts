import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { status } from "../../../rollout/commands/status";
import { preview, up } from "../../../rollout/commands/up";
import type { Orchestration, RolloutReport } from "../../../rollout/orchestration";
import { withCannedAws, type CannedAnswer, type CannedAnswers } from "../../support/cannedAws";
import { cannedOrganization, SUSPENDED, PRODUCTION } from "../../support/cannedOrganization";
import { FakeEngine } from "../../support/fakeEngine";
import { copyProject } from "../../support/projectCopy";
import { quietOrchestration } from "../../support/quietOrchestration";

const ORGANIZATION: CannedAnswers = {
  ...cannedOrganization(PRODUCTION, SUSPENDED),
  AssumeRole: {
    status: 200,
    body:
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>` +
      `<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  },
};
const refusal = (code: string): CannedAnswer => ({
  status: 403,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>not for you</Message></Error></ErrorResponse>`,
});
const GONE = "member-999900001111";
const KEPT = "member-555566667777";

describe("member stacks of accounts that are no members any more", () => {
  let folder: string;
  let engine: FakeEngine;
  let logged: string[];
  const contextOf = (memberRoles: string): Orchestration => {
    rmSync(path.join(folder, "project"), { recursive: true, force: true });
    copyProject(path.join(folder, "project"), [], { management: [`memberRoles: ${memberRoles}`] });
    return quietOrchestration(folder, engine, logged);
  };
  const upWith = (answers: CannedAnswers, memberRoles = "stacks"): Promise<RolloutReport> =>
    withCannedAws({ ...ORGANIZATION, ...answers }, () => up(contextOf(memberRoles)));
  const holding = (...names: string[]): void =>
    names.forEach((name) => engine.stacks.set(name, { name, resourceCount: 4 }));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "departed-"));
    engine = new FakeEngine();
    logged = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are destroyed, with the role, where the account still lets the deployer in", async () => {
    holding(GONE);
    const report = await upWith({});
    expect(report.stacks[GONE]).to.deep.include({ result: "destroyed" });
    expect(engine.asked.at(-1)).to.deep.include({ stack: GONE, operation: "destroy", removeStack: true });
    expect(engine.forgotten).to.deep.equal([]);
    expect(report.ok).to.equal(true);
  });

  it("are forgotten where it does not, and whoever has the account is told of the role and of whom it trusts", async () => {
    holding(GONE);
    const report = await upWith({ AssumeRole: refusal("AccessDenied") });
    expect(engine.forgotten).to.deep.equal([GONE]);
    expect(engine.order).not.to.include(GONE);
    expect(report.ok).to.equal(true);
    expect(report.stacks[GONE]?.result).to.equal("forgotten");
    expect(logged.join("\n")).to.contain("delete the role iam-credential-reports-member");
    expect(logged.join("\n")).to.contain("trusts arn:aws:iam::111122223333:role/iam-credential-reports-collector");
  });

  it("stay, and are called failed, where it cannot be said whether the account lets the deployer in", async () => {
    holding(GONE);
    const report = await upWith({ AssumeRole: refusal("ExpiredToken") });
    expect(engine.forgotten).to.deep.equal([]);
    expect(report.ok).to.equal(false);
    expect(report.stacks[GONE]).to.deep.include({ result: "failed" });
    expect(report.stacks[GONE]?.cause).to.contain("not for you");
  });

  it("are forgotten without a question where they hold nothing", async () => {
    engine.stacks.set(GONE, { name: GONE, resourceCount: 0 });
    const report = await upWith({ AssumeRole: refusal("ExpiredToken") });
    expect(engine.forgotten).to.deep.equal([GONE]);
    expect(report.ok).to.equal(true);
  });

  it("are kept while the account is in the organization, since it may come back", async () => {
    holding(KEPT);
    const report = await upWith({ AssumeRole: refusal("AccessDenied") });
    expect(engine.stacks.has(KEPT)).to.equal(true);
    expect(report.stacks).not.to.have.property(KEPT);
    expect(logged.join("\n")).to.contain(
      "the stack of 555566667777 Closing, which is SUSPENDED and cannot be entered, is kept",
    );
  });

  it("are called left by status where the account is gone, and kept where it may come back, which is in order", async () => {
    holding("security", "logarchive", "management", "member-444455556666", KEPT);
    const look = () => withCannedAws(ORGANIZATION, () => status(contextOf("stacks"), { drift: "none" }));
    const kept = await look();
    expect(kept.stacks[KEPT]).to.deep.include({ state: "kept" });
    expect(kept.ok).to.equal(true);
    holding(GONE);
    const left = await look();
    expect(left.stacks[GONE]).to.deep.include({ state: "left" });
    expect(left.ok).to.equal(false);
  });

  it("are only named by preview", async () => {
    holding(GONE);
    const report = await withCannedAws(ORGANIZATION, () => preview(contextOf("stacks")));
    expect(report.stacks[GONE]).to.deep.include({ result: "left" });
    expect(engine.order).not.to.include(GONE);
    expect(logged.join("\n")).to.contain(`${GONE}: its account is no member any more: up removes the stack`);
  });

  it("do not stand in the way of a StackSet, unlike those of members", async () => {
    holding(GONE, KEPT);
    const report = await upWith({ AssumeRole: refusal("AccessDenied") }, "stackset");
    expect(report.stacks["management"]?.result).to.equal("created");
    expect(engine.forgotten).to.deep.equal([GONE]);
  });

  it("leave the stacks of accounts that joined to be made", async () => {
    holding("security", "logarchive", "management");
    const report = await upWith({});
    expect(report.stacks["member-444455556666"]?.result).to.equal("created");
    expect(engine.asked.at(-1)).to.deep.include({ stack: "member-444455556666", isNew: true });
  });

  it("are left alone where there is no organization to be a member of", async () => {
    holding(GONE);
    const context = contextOf("stacks");
    context.config.management.settings.organizationId = "none";
    await withCannedAws(ORGANIZATION, () => up(context));
    expect(engine.stacks.has(GONE)).to.equal(true);
  });
});
