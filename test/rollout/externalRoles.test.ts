import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { destroy } from "../../rollout/commands/destroy";
import { status } from "../../rollout/commands/status";
import { up } from "../../rollout/commands/up";
import { RolloutError } from "../../rollout/errors";
import type { Orchestration } from "../../rollout/orchestration";
import { withCannedAws, type CannedAnswers } from "../support/cannedAws";
import { cannedOrganization, SUSPENDED, json, PRODUCTION } from "../support/cannedOrganization";
import { FakeEngine } from "../support/fakeEngine";
import { copyProject } from "../support/projectCopy";
import { quietOrchestration } from "../support/quietOrchestration";

const ORGANIZATION: CannedAnswers = {
  ...cannedOrganization(PRODUCTION, SUSPENDED),
  ListRoots: json({ Roots: [{ Id: "r-exam", Name: "Root" }] }),
  ListAccountsForParent: json({ Accounts: [] }),
  ListOrganizationalUnitsForParent: json({ OrganizationalUnits: [] }),
};

describe("a rollout with memberRoles external", () => {
  let folder: string;
  let logged: string[];
  const contextOf = (engine: FakeEngine): Orchestration => {
    copyProject(path.join(folder, "project"), [], { management: ["memberRoles: external"] });
    return quietOrchestration(folder, engine, logged);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "external-roles-"));
    logged = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("makes no member stacks, follows no StackSet, and says so", async () => {
    const engine = new FakeEngine();
    const report = await withCannedAws(ORGANIZATION, () => up(contextOf(engine)));
    expect(engine.order).to.deep.equal(["security", "logarchive", "management"]);
    expect(report).to.deep.include({ ok: true }).and.not.to.have.property("memberRoles");
    expect(logged.join("\n")).to.contain("1 member account whose role something else carries");
    expect(logged.join("\n")).to.contain("no role for 555566667777 Closing, which is SUSPENDED");
  });

  it("refuses while member stacks hold the role, before anything is deployed", async () => {
    const engine = new FakeEngine();
    engine.stacks.set("member-444455556666", { name: "member-444455556666", resourceCount: 3 });
    const error = await withCannedAws(ORGANIZATION, () => up(contextOf(engine)).catch((e: unknown) => e));
    expect(error).to.be.instanceOf(RolloutError);
    expect((error as Error).message).to.match(
      /memberRoles is external.*still holds.*nothing else can make one.*destroy --members/s,
    );
    expect(engine.order).to.deep.equal([]);
  });

  it("is all deployed without member stacks", async () => {
    const engine = new FakeEngine();
    for (const name of ["security", "logarchive", "management"]) engine.stacks.set(name, { name, resourceCount: 3 });
    const report = await withCannedAws(ORGANIZATION, () => status(contextOf(engine)));
    expect(report.ok).to.equal(true);
    expect(Object.keys(report.stacks)).to.deep.equal(["security", "logarchive", "management"]);
  });

  it("leaves the stack of the pipeline alone, which is not rolled out but rolls out", async () => {
    const engine = new FakeEngine();
    const names = ["security", "logarchive", "management", "pipeline"];
    for (const name of names) engine.stacks.set(name, { name, resourceCount: 3 });
    const context = contextOf(engine);
    const report = await withCannedAws(ORGANIZATION, () => status(context));
    expect(report.stacks).not.to.have.property("pipeline");
    await withCannedAws(ORGANIZATION, () => destroy(context, { deleteEvidence: true }));
    expect(engine.stacks.has("pipeline")).to.equal(true);
    expect(engine.stacks.size).to.equal(1);
  });
});
