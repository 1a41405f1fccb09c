import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAccountCommand,
  OrganizationsClient,
  RemoveAccountFromOrganizationCommand,
} from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { StatusReport } from "../../rollout/commands/status";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate, type Ended, type RunOptions } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const [OPEN, SHUT] = ["444400000003", "444400000005"];

// The steps of one story, as in wholePath.test.ts.
describe("an interrupted rollout", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    orchestrate(stateDir, args, { ...options, cwd: path.join(folder, "project") });
  let victim = "";

  /** Kills the engine of the first member stack that is locked, once. */
  function killed(): void {
    const [lock] = globSync(path.join(stateDir, "pulumi-state/.pulumi/locks/organization/*/member-*/*.json"));
    if (victim !== "" || lock === undefined || !existsSync(lock)) return;
    const { pid } = JSON.parse(readFileSync(lock, "utf8")) as { pid: number };
    victim = path.basename(path.dirname(lock));
    process.kill(pid, "SIGKILL");
  }

  /** Works in the organization between two commands: as its administrator, and as root of an account. */
  async function inOrganization<T>(
    work: (organizations: OrganizationsClient, iam: (accountId: string) => IAMClient) => Promise<T>,
  ): Promise<T> {
    const emulation = await startEmulation({ stateDir, log: () => undefined });
    try {
      const client = { endpoint: emulation.emulator.endpoint, region: "eu-central-1" };
      const root = (accountId: string) => ({ accessKeyId: accountId, secretAccessKey: "test" });
      const organizations = new OrganizationsClient({ ...client, credentials: emulation.organization.deployer });
      return await work(organizations, (accountId) => new IAMClient({ ...client, credentials: root(accountId) }));
    } finally {
      await emulation.stop();
    }
  }

  const command = async <T>(...args: string[]): Promise<T> => answerOf<T>(await run([...args, "--emulated", "--json"]));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "interruption-"));
    stateDir = path.join(folder, "state");
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "package-lock.json"], {
      management: ["memberRoles: stacks"],
      // what has nothing to do with it takes most of the time
      security: ["analysis: false"],
      logarchive: ["analysis: false"],
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

  it("names the stack whose engine was killed, and finishes its neighbours", async () => {
    let watching: NodeJS.Timeout | undefined;
    const ended = await run(["up", "--emulated", "--json"], {
      onStderr: (stderr) => {
        if (!watching && stderr.includes("] management")) watching = setInterval(killed, 10);
      },
    });
    clearInterval(watching);
    const up = answerOf<RolloutReport>(ended, 1);
    const results = Object.entries(up.stacks).filter(([, { result }]) => result !== "unchanged");
    expect(results.map(([name, { result }]) => [name, result])).to.deep.equal([[victim, "failed"]]);
  });

  it("takes its lock away with the next up, and follows the organization: accounts that joined and that left", async () => {
    const joined = await inOrganization(async (organizations, iam) => {
      const RoleName = "OrganizationAccountAccessRole";
      const request = new CreateAccountCommand({ Email: "joined@example.com", AccountName: "joined" });
      const accountId = (await organizations.send(request)).CreateAccountStatus?.AccountId ?? "";
      const policy = (statement: object): string =>
        JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });
      const trust = policy({ Action: "sts:AssumeRole", Principal: { AWS: "arn:aws:iam::111122223333:root" } });
      await iam(accountId).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      const all = { RoleName, PolicyName: "all", PolicyDocument: policy({ Action: "*", Resource: "*" }) };
      await iam(accountId).send(new PutRolePolicyCommand(all));
      // the one lets the deployer in still, the other does not
      await iam(SHUT).send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "AdministratorAccess" }));
      await iam(SHUT).send(new DeleteRoleCommand({ RoleName }));
      for (const AccountId of [OPEN, SHUT]) {
        await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId }));
      }
      return accountId;
    });
    const ended = await run(["up", "--emulated", "--json", "--no-doctor"]);
    const up = answerOf<RolloutReport>(ended);
    expect(up.ok).to.equal(true);
    expect(ended.stderr).to.contain(`${victim}: took away the lock that a killed engine had left`);
    expect(up.stacks[`member-${joined}`]?.result).to.equal("created");
    expect(up.stacks[`member-${OPEN}`]?.result).to.equal("destroyed");
    expect(up.stacks[`member-${SHUT}`]).to.deep.include({ result: "forgotten" });
    const roles = await inOrganization(async (_, iam) => (await iam(OPEN).send(new ListRolesCommand({}))).Roles ?? []);
    expect(roles.map(({ RoleName }) => RoleName)).not.to.include("iam-credential-reports-member");
  });

  it("removes everything, evidence included, when told so", async () => {
    const destroyed = await command<RolloutReport>("destroy", "--delete-evidence", "--yes");
    expect(Object.keys(destroyed.stacks).slice(-3)).to.deep.equal(["management", "logarchive", "security"]);
    expect(new Set(Object.values(destroyed.stacks).map(({ result }) => result))).to.deep.equal(new Set(["destroyed"]));
    const status = answerOf<StatusReport>(await run(["status", "--emulated", "--json"]), 1);
    expect(new Set(Object.values(status.stacks).map(({ state }) => state))).to.deep.equal(new Set(["missing"]));
  });
});
