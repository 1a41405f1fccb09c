import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { LambdaClient, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { AccountsAnswer } from "../../rollout/commands/accounts";
import type { CollectReport } from "../../rollout/commands/collect";
import type { DemoAnswer } from "../../rollout/commands/demo";
import type { ReportAnswer } from "../../rollout/commands/report";
import type { StatusReport } from "../../rollout/commands/status";
import type { RolloutReport } from "../../rollout/orchestration";
import { openSession } from "../../rollout/session";
import { answerOf, orchestrate, type Ended, type RunOptions } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const LOGARCHIVE = "333344445555";
const MANAGEMENT = "111122223333";
const MEMBER_ROLE = "iam-credential-reports-member";

/** The results of all stacks, each named once. */
const resultsOf = ({ stacks }: RolloutReport): string[] => [
  ...new Set(Object.values(stacks).map(({ result }) => result)),
];

// The steps of one story: each goes on from the organization that the one before it left.
describe("the whole path on an emulated organization, with a stack for each member", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  let out: string;
  let demo: DemoAnswer;

  /** Works in the emulated organization, between two commands. */
  async function inOrganization<T>(
    work: (
      clients: (accountId: string) => Promise<{ iam: IAMClient; lambda: LambdaClient; s3: S3Client }>,
    ) => Promise<T>,
  ): Promise<T> {
    let emulation: Emulation | undefined;
    const before = { ...process.env };
    try {
      emulation = await startEmulation({ stateDir, log: () => undefined });
      const { endpoint } = emulation.emulator;
      Object.assign(process.env, emulation.environment);
      return await work(async (accountId) => {
        const roleArn = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
        const session = await openSession("eu-central-1", accountId === MANAGEMENT ? [] : [{ roleArn }], "the test");
        // the account's own root: the role that leads into the account is among what the tests take away
        const root = {
          endpoint,
          region: "eu-central-1",
          credentials: { accessKeyId: accountId, secretAccessKey: "test" },
        };
        return {
          iam: new IAMClient(root),
          lambda: new LambdaClient(root),
          s3: new S3Client({ ...session, endpoint, forcePathStyle: true }),
        };
      });
    } finally {
      process.env = before;
      await emulation?.stop();
    }
  }
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    orchestrate(stateDir, args, { ...options, cwd: path.join(folder, "project") });
  const command = async <T>(...args: string[]): Promise<T> => answerOf<T>(await run([...args, "--emulated", "--json"]));
  const memberStacks = (): string[] => Object.keys(demo.stacks).filter((name) => name.startsWith("member-"));
  const firstMember = (): string => (memberStacks().at(-1) ?? "").slice("member-".length);

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "whole-path-"));
    stateDir = path.join(folder, "state");
    // the other way of the member roles is in stackSet.test.ts
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "package-lock.json"], {
      management: ["memberRoles: stacks"],
    });
    out = path.join(stateDir, "reports");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("previews before anything exists, and leaves nothing behind", async () => {
    const preview = await command<RolloutReport>("preview", "--accounts", "6");
    expect(preview.ok).to.equal(true);
    expect(resultsOf(preview)).to.deep.equal(["changes"]);
    expect(Object.keys(preview.stacks).slice(0, 3)).to.deep.equal(["security", "logarchive", "management"]);
    const ended = await run(["status", "--emulated", "--json"]);
    const states = Object.values(answerOf<StatusReport>(ended, 1).stacks).map(({ state }) => state);
    expect(new Set(states)).to.deep.equal(new Set(["missing"]));
  });

  it("deploys, collects and reports with one command that prints one JSON object", async () => {
    const ended = await run(["demo", "--json", "--accounts", "12", "--out", out]);
    demo = answerOf<DemoAnswer>(ended);
    expect(demo).to.have.all.keys("runId", "accounts", "rows", "bucket", "report", "stacks", "seconds");
    expect(demo.accounts).to.deep.equal({ listed: 12, inScope: 11, collected: 11, notCollected: 0, outOfScope: 1 });
    expect(Object.values(demo.stacks).map(({ result }) => result)).to.deep.equal(Array(13).fill("created"));
    expect(readFileSync(demo.report, "utf8")).to.contain("o-exampleorgid");
    expect(ended.stderr).to.contain(`Report:  ${demo.report}`);
  });

  it("leaves evidence in the log-archive account, encrypted with the key of the security account", async () => {
    await inOrganization(async (clients) => {
      const { s3 } = await clients(LOGARCHIVE);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: demo.bucket }));
      const keys = Contents.map(({ Key }) => Key ?? "");
      expect(keys.filter((key) => key.startsWith(`runs/${demo.runId}/raw/`))).to.have.length(11);
      expect(keys).to.include.members([`runs/${demo.runId}/manifest.json`, "latest.json"]);
      for (const Key of keys) {
        const head = await s3.send(new HeadObjectCommand({ Bucket: demo.bucket, Key }));
        expect(head.ServerSideEncryption, Key).to.equal("aws:kms");
        expect(head.SSEKMSKeyId, Key).to.match(/^arn:aws:kms:eu-central-1:222233334444:key\//);
      }
      const csv = keys.find((key) => key.endsWith("/credentials.csv"));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: demo.bucket, Key: csv }));
      const text = (await Body?.transformToString()) ?? "";
      expect(text.split("\n")[0]).to.match(/^account_id,account_name,ou_path,report_generated_time,run_id,user,arn,/);
      expect(text.trim().split("\n")).to.have.length(demo.rows + 1);
      // the management account is there too, read with the collector's own role
      expect(text).to.contain("\n111122223333,");
    });
  });

  it("changes nothing on a second up, as a preview says beforehand", async () => {
    expect(resultsOf(await command<RolloutReport>("preview"))).to.deep.equal(["unchanged"]);
    const up = await command<RolloutReport>("up");
    expect(up.ok).to.equal(true);
    expect(resultsOf(up)).to.deep.equal(["unchanged"]);
    const status = await command<StatusReport>("status");
    expect(Object.values(status.stacks).every(({ state }) => state === "deployed")).to.equal(true);
    const { codeSha256, bundleSha256 } = up.outputs["management"] ?? {};
    expect(status.code).to.deep.equal({
      state: "asDeployed",
      codeSha256,
      runs: codeSha256,
      bundleSha256,
      sameAsClone: true,
    });
  });

  it("names an account whose role is missing, collects all others, and exits with 2", async () => {
    await inOrganization(async (clients) => {
      const { iam } = await clients(firstMember());
      await deleteRole(iam, MEMBER_ROLE);
    });
    const collect = answerOf<CollectReport>(await run(["collect", "--emulated", "--json"]), 2);
    expect(collect.complete).to.equal(false);
    expect(collect.accounts).to.include({ collected: 10, notCollected: 1 });
    expect(collect.missing).to.have.length(1);
    expect(collect.missing[0]).to.deep.include({ accountId: firstMember(), step: "assumeRole", code: "AccessDenied" });
    expect(collect.missing[0]?.remedy).to.not.equal("");

    const report = await command<ReportAnswer>("report", "--out", out);
    expect(report).to.deep.include({ runId: collect.runId, complete: false });
    expect(readFileSync(report.report ?? "", "utf8")).to.contain(firstMember());

    const { accounts } = await command<AccountsAnswer>("accounts", "--problems");
    expect(accounts.map(({ accountId }) => accountId)).to.deep.equal([firstMember()]);
    expect(accounts[0]).to.deep.include({
      memberRole: { state: "missing" },
      memberStack: "deployed",
      problems: ["roleMissing", "notInNewestRun"],
    });
    expect(accounts[0]?.collection).to.include({ state: "earlier", runId: demo.runId });
  });

  it("names the missing role and changed code as drift, sees them on refresh, and puts them back with the next up", async () => {
    await inOrganization(async (clients) => {
      const { lambda } = await clients(MANAGEMENT);
      const ZipFile = zipSync({ "__index.js": strToU8("exports.handler = () => ({ complete: true });") });
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "iam-credential-reports-collector", ZipFile }));
    });
    const status = answerOf<StatusReport>(await run(["status", "--drift", "--emulated", "--json"]), 1);
    const drifted = Object.entries(status.stacks).filter(([, { drift }]) => drift?.state !== "none");
    expect(drifted.map(([name]) => name)).to.have.members(["management", `member-${firstMember()}`]);
    const [changed] = status.stacks["management"]?.drift?.resources ?? [];
    const { codeSha256, runs } = status.code ?? {};
    expect(changed).to.deep.include({ type: "aws:lambda/function:Function", change: "changed" });
    expect(changed?.properties).to.deep.equal([{ path: "codeSha256", from: codeSha256, to: runs }]);
    expect(status.code).to.include({ state: "changed" });
    const member = drifted.find(([name]) => name !== "management");
    expect(member?.[1].drift?.resources.map(({ type, change }) => `${type} ${change}`)).to.have.members([
      "aws:iam/role:Role deleted",
      "aws:iam/rolePolicy:RolePolicy deleted",
    ]);
    const refresh = await command<RolloutReport>("refresh");
    expect(refresh.stacks[`member-${firstMember()}`]?.changes).to.include({ delete: 2 });
    const up = await command<RolloutReport>("up");
    expect(up.stacks[`member-${firstMember()}`]?.result).to.equal("updated");
    expect((await command<StatusReport>("status")).code).to.include({ state: "asDeployed" });
    expect((await command<CollectReport>("collect")).complete).to.equal(true);
  });

  it("fails one stack among several, names it, and finishes its neighbours", async () => {
    await inOrganization(async (clients) => {
      const { iam } = await clients(firstMember());
      await deleteRole(iam, "OrganizationAccountAccessRole");
    });
    const up = answerOf<RolloutReport>(await run(["up", "--emulated", "--json"]), 1);
    const failed = Object.entries(up.stacks).filter(([, { result }]) => result !== "unchanged");
    expect(failed.map(([name, { result }]) => [name, result])).to.deep.equal([[`member-${firstMember()}`, "failed"]]);
    expect(failed[0]?.[1].cause).to.contain("OrganizationAccountAccessRole");
  });

  it("destroys in reverse and keeps key and bucket, with the evidence still readable", async () => {
    const ended = await run(["destroy", "--emulated", "--json"]);
    // the account that cannot be entered any more is named; everything else goes
    const destroyed = answerOf<RolloutReport>(ended, 1);
    expect(destroyed.stacks[`member-${firstMember()}`]?.result).to.equal("failed");
    expect(destroyed.stacks["management"]).to.include({ result: "destroyed" });
    expect(ended.stderr).to.contain(`Left behind: the role ${MEMBER_ROLE} in ${firstMember()}`);
    expect(destroyed.stacks["security"]).to.include({ result: "kept" });
    expect((await command<ReportAnswer>("report", "--run", demo.runId, "--out", out)).runId).to.equal(demo.runId);
  });

  it("leaves no process behind", () => {
    const mentions = (pid: string, file: string): boolean => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(stateDir);
      } catch {
        return false; // it ended meanwhile, or is not ours to look at
      }
    };
    const processes = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
    const left = processes.filter((pid) => mentions(pid, "cmdline") || mentions(pid, "environ"));
    expect(left).to.deep.equal([]);
  });
});

/** Deletes a role with all its policies. */
async function deleteRole(iam: IAMClient, RoleName: string): Promise<void> {
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of attached.AttachedPolicies ?? []) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  const inline = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of inline.PolicyNames ?? []) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
}
