import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateRoleCommand, DeleteRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { CollectReport } from "../../rollout/commands/collect";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const [FAILING, MEMBER] = ["444400000003", "222233334444"];
const RoleName = "iam-credential-reports-member";

// The steps of one story: each goes on from the organization that the one before it left.
describe("member roles by a StackSet", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const command = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") });

  /** Works in an account as its root, between two commands. */
  async function inAccount<T>(accountId: string, work: (iam: IAMClient) => Promise<T>): Promise<T> {
    const emulation = await startEmulation({ stateDir, accounts: 6, log: () => undefined });
    try {
      const credentials = { accessKeyId: accountId, secretAccessKey: "test" };
      return await work(new IAMClient({ endpoint: emulation.emulator.endpoint, region: "eu-central-1", credentials }));
    } finally {
      await emulation.stop();
    }
  }

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "stack-set-"));
    stateDir = path.join(folder, "state");
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "package-lock.json"], {
      management: ["memberRoles: stackset"],
      // what has nothing to do with it takes most of the time
      security: ["analysis: false"],
      logarchive: ["analysis: false"],
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("names the account that a role of that name keeps from getting its own, and deploys to all others", async () => {
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: FAILING } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await inAccount(FAILING, (iam) => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument })));
    const ended = await command("up", "--no-doctor");
    const up = answerOf<RolloutReport>(ended, 1);
    expect(Object.values(up.stacks).map(({ result }) => result)).to.deep.equal(["created", "created", "created"]);
    expect(up.outputs["management"]).to.include({ stackSetName: "iam-credential-reports-member" });
    expect(up.memberRoles?.failures).to.have.length(1);
    expect(up.memberRoles?.failures[0]).to.deep.include({ accountId: FAILING, status: "FAILED" });
    expect(up.memberRoles?.failures[0]?.reason).to.contain("already exists");
    expect(ended.stderr).to.contain(`${FAILING} production-0003: FAILED: `);
  });

  it("tries that account again with the next up, and then every account is collected", async () => {
    await inAccount(FAILING, (iam) => iam.send(new DeleteRoleCommand({ RoleName })));
    const up = answerOf<RolloutReport>(await command("up", "--no-doctor"));
    expect(Object.values(up.stacks).map(({ result }) => result)).to.deep.equal(["unchanged", "unchanged", "unchanged"]);
    expect(up.memberRoles).to.deep.include({ ok: true, retried: 1, failures: [] });
    const collect = answerOf<CollectReport>(await command("collect"));
    expect(collect).to.deep.include({ complete: true });
    expect(collect.accounts).to.deep.include({ listed: 6, collected: 5, outOfScope: 1 });
  });

  it("takes the roles away with the management stack", async () => {
    const destroyed = answerOf<RolloutReport>(await command("destroy"));
    expect(destroyed.stacks["management"]?.result).to.equal("destroyed");
    const error = await inAccount(MEMBER, (iam) => iam.send(new GetRoleCommand({ RoleName })).catch((e: Error) => e));
    expect((error as Error).name).to.equal("NoSuchEntityException");
  });
});
