import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { OrganizationsClient, RegisterDelegatedAdministratorCommand } from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { CollectReport } from "../../rollout/commands/collect";
import type { DoctorAnswer } from "../../rollout/commands/doctor";
import type { RolloutReport } from "../../rollout/orchestration";
import { errorName } from "../emulation/emulatedAws";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";
import { copyProject, writeStackFiles } from "../support/projectCopy";

const [MANAGEMENT, DELEGATED, LOGARCHIVE, FAILING] = ["111122223333", "222233334444", "333344445555", "444400000003"];
const RoleName = "iam-credential-reports-member";

// The steps of one story: each goes on from the organization that the one before it left.
describe("member roles by a StackSet of a delegated administrator, whose account the collector is in", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const command = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") });

  /** Works in the organization between two commands. */
  async function meanwhile<T>(work: (emulation: Emulation) => Promise<T>): Promise<T> {
    const emulation = await startEmulation({ stateDir, accounts: 6, log: () => undefined });
    try {
      return await work(emulation);
    } finally {
      await emulation.stop();
    }
  }

  /** IAM of an account, as its root. */
  function iamOf({ emulator }: Emulation, accountId: string): IAMClient {
    const credentials = { accessKeyId: accountId, secretAccessKey: "test" };
    return new IAMClient({ endpoint: emulator.endpoint, region: "eu-central-1", credentials });
  }

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "stack-set-"));
    stateDir = path.join(folder, "state");
    const project = path.join(folder, "project");
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"]);
    const settings = {
      organizationId: "o-exampleorgid",
      managementAccountId: MANAGEMENT,
      collectorAccountId: DELEGATED,
      logArchiveAccountId: LOGARCHIVE,
      rolePath: "/security/audit/",
      permissionsBoundary: "boundaries/workloads",
      tags: { "cost-center": "4711" },
      // what has nothing to do with it takes most of the time
      analysis: false,
    };
    const stack = (accountId: string) => ({
      accountId,
      assumeRoles: [{ roleArn: `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole` }],
      settings,
    });
    writeStackFiles(project, {
      // key and bucket in one account
      security: stack(LOGARCHIVE),
      logarchive: stack(LOGARCHIVE),
      management: stack(DELEGATED),
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is not deployed before the account is registered, and up says how to register it", async () => {
    const ended = await command("up");
    expect(ended.code, ended.stderr).to.equal(1);
    expect(ended.stderr)
      .to.contain("Nothing was deployed")
      .and.contain(
        `register-delegated-administrator --account-id ${DELEGATED} --service-principal member.org.stacksets`,
      );
  });

  it("names the account that a role of that name keeps from getting its own, and deploys to all others", async () => {
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: FAILING } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await meanwhile(async (emulation) => {
      const { emulator, organization } = emulation;
      const settings = { endpoint: emulator.endpoint, region: organization.region, credentials: organization.deployer };
      const ServicePrincipal = "member.org.stacksets.cloudformation.amazonaws.com";
      const registering = new RegisterDelegatedAdministratorCommand({ AccountId: DELEGATED, ServicePrincipal });
      await new OrganizationsClient(settings).send(registering);
      await iamOf(emulation, FAILING).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      const everything = { Effect: "Allow", Action: "*", Resource: "*" };
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [everything] });
      for (const { id } of organization.accounts) {
        const boundary = { PolicyName: "workloads", Path: "/boundaries/", PolicyDocument };
        await iamOf(emulation, id).send(new CreatePolicyCommand(boundary));
      }
    });
    const ended = await command("up", "--no-doctor");
    const up = answerOf<RolloutReport>(ended, 1);
    const results = Object.entries(up.stacks).map(([stack, { result }]) => [stack, result]);
    expect(Object.fromEntries(results), "no StackSet reaches the management account").to.deep.equal({
      security: "created",
      logarchive: "created",
      management: "created",
      [`member-${MANAGEMENT}`]: "created",
    });
    expect(up.outputs["management"]).to.include({ stackSetName: "iam-credential-reports-member" });
    expect(up.memberRoles?.failures).to.have.length(1);
    expect(up.memberRoles?.failures[0]).to.deep.include({ accountId: FAILING, status: "FAILED" });
    expect(up.memberRoles?.failures[0]?.reason).to.contain("already exists");
    expect(ended.stderr).to.contain(`${FAILING} production-0003: FAILED: `);
  });

  it("tries that account again with the next up, and then every account is collected", async () => {
    await meanwhile((emulation) => iamOf(emulation, FAILING).send(new DeleteRoleCommand({ RoleName })));
    const up = answerOf<RolloutReport>(await command("up", "--no-doctor"));
    expect(new Set(Object.values(up.stacks).map(({ result }) => result))).to.deep.equal(new Set(["unchanged"]));
    expect(up.memberRoles).to.deep.include({ ok: true, retried: 1, failures: [] });
    const collect = answerOf<CollectReport>(await command("collect"));
    expect(collect).to.deep.include({ complete: true });
    expect(collect.accounts).to.deep.include({ listed: 6, collected: 5, outOfScope: 1 });
  });

  it("gave every role its path, boundary and tags, by the StackSet and by stacks", async () => {
    const names = { [FAILING]: RoleName, [MANAGEMENT]: RoleName, [DELEGATED]: "iam-credential-reports-collector" };
    await meanwhile(async (emulation) => {
      for (const [accountId, name] of Object.entries(names)) {
        const { Role: role } = await iamOf(emulation, accountId).send(new GetRoleCommand({ RoleName: name }));
        expect(role?.Arn).to.equal(`arn:aws:iam::${accountId}:role/security/audit/${name}`);
        const boundary = `arn:aws:iam::${accountId}:policy/boundaries/workloads`;
        expect(role?.PermissionsBoundary?.PermissionsBoundaryArn).to.equal(boundary);
        expect(role?.Tags).to.deep.include({ Key: "cost-center", Value: "4711" });
      }
    });
  });

  it("leaves doctor nothing to call wrong, with key and bucket in one account", async () => {
    const { checks } = answerOf<DoctorAnswer>(await command("doctor"));
    expect(checks.filter(({ state }) => state === "wrong")).to.deep.equal([]);
    expect(checks.find(({ id }) => id === "boundary")?.state).to.equal("ok");
  });

  it("takes the roles away with the stacks", async () => {
    const destroyed = answerOf<RolloutReport>(await command("destroy"));
    expect(destroyed.stacks["management"]?.result).to.equal("destroyed");
    expect(destroyed.stacks[`member-${MANAGEMENT}`]?.result).to.equal("destroyed");
    await meanwhile(async (emulation) => {
      for (const accountId of [MANAGEMENT, LOGARCHIVE]) {
        const asking = iamOf(emulation, accountId).send(new GetRoleCommand({ RoleName }));
        expect(await errorName(asking), accountId).to.equal("NoSuchEntityException");
      }
    });
  });
});
