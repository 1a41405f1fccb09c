import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateAccountAliasCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { AccountsAnswer } from "../../rollout/commands/accounts";
import type { CollectReport } from "../../rollout/commands/collect";
import type { ReportAnswer } from "../../rollout/commands/report";
import type { RolloutReport } from "../../rollout/orchestration";
import { policy } from "../emulation/emulatedAws";
import { answerOf, orchestrate } from "../support/commandLine";
import { copyProject, writeStackFiles } from "../support/projectCopy";

/** Not of the emulated organization: Organizations is not in use there, and whoever asks it fails. */
const ACCOUNT = "999988887777";
const ROLE = "OrganizationAccountAccessRole";

// The steps of one story: each goes on from what the one before it left.
describe("one account that is in no organization, with key, bucket and collector", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  const command = async <T>(...args: string[]): Promise<T> =>
    answerOf<T>(await orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") }));

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "standalone-"));
    stateDir = path.join(folder, "state");
    const project = path.join(folder, "project");
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"]);
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/${ROLE}`;
    const settings = {
      organizationId: "none",
      collectorAccountId: ACCOUNT,
      logArchiveAccountId: ACCOUNT,
      readerRoleArns: [roleArn],
      signManifests: true,
      analysis: false,
    };
    const central = { accountId: ACCOUNT, assumeRoles: [{ roleArn }], settings };
    writeStackFiles(project, { security: central, logarchive: central, management: central });

    const emulation = await startEmulation({ stateDir, accounts: 5, log: () => undefined });
    try {
      const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "test" };
      const iam = new IAMClient({ endpoint: emulation.emulator.endpoint, region: "eu-central-1", credentials });
      const Principal = { AWS: `arn:aws:iam::${emulation.organization.managementAccountId}:root` };
      const AssumeRolePolicyDocument = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal });
      await iam.send(new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument }));
      const PolicyDocument = policy({ Effect: "Allow", Action: "*", Resource: "*" });
      await iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: "all", PolicyDocument }));
      await iam.send(new CreateAccountAliasCommand({ AccountAlias: "acme-prod" }));
    } finally {
      await emulation.stop();
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is deployed as three stacks, and collects itself", async () => {
    const up = await command<RolloutReport>("up");
    expect(Object.keys(up.stacks)).to.deep.equal(["security", "logarchive", "management"]);
    expect(up).not.to.have.property("memberRoles");
    const collect = await command<CollectReport>("collect");
    expect(collect).to.deep.include({ complete: true });
    expect(collect.accounts).to.deep.include({ listed: 1, collected: 1, notCollected: 0, outOfScope: 0 });
  });

  it("is named by its alias, stands in no unit, and needs no member role", async () => {
    const answer = await command<AccountsAnswer>("accounts");
    expect(answer).to.deep.include({ organizationId: null, managementAccountId: null, notes: [] });
    expect(answer.accounts).to.have.length(1);
    expect(answer.accounts[0]).to.deep.include({
      accountId: ACCOUNT,
      accountName: "acme-prod",
      ouPath: "",
      memberRole: { state: "notNeeded" },
      memberStack: null,
      problems: [],
    });
  });

  it("has a page that speaks of the account, and evidence and signature that hold", async () => {
    const out = path.join(folder, "reports");
    const { report } = await command<ReportAnswer>("report", "--out", out);
    const html = readFileSync(report ?? "", "utf8");
    expect(html).to.contain(`<h1>Account ${ACCOUNT}</h1>`).and.contain("acme-prod");
    expect(html).not.to.match(/Organization o-|>null</);
    const verified = await command<{ ok: boolean }>("verify");
    expect(verified).to.include({ ok: true });
  });
});
