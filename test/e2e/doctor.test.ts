import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { AttachPolicyCommand, CreatePolicyCommand } from "@aws-sdk/client-organizations";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { AccountsAnswer } from "../../rollout/commands/accounts";
import type { DoctorAnswer } from "../../rollout/commands/doctor";
import { EmulatedAws, policy } from "../emulation/emulatedAws";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";

const SECURITY = "222233334444";
const LOGARCHIVE = "333344445555";
const MEMBER = "444400000003";
const BUCKET = `iam-credential-reports-${LOGARCHIVE}-eu-central-1`;

// The steps of one story: each goes on from the organization that the one before it left. Nothing is deployed in it.
describe("before the first deployment of an emulated organization", function () {
  this.timeout(300_000);
  let stateDir: string;

  const command = (...args: string[]): Promise<Ended> => orchestrate(stateDir, [...args, "--emulated", "--json"]);
  const states = (answer: DoctorAnswer, state: string): string[] =>
    answer.checks.filter((check) => check.state === state).map(({ id }) => id);
  const stacksLeft = (): string[] =>
    readdirSync(path.join(stateDir, "pulumi-state"), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/stacks\/.*(doctor|json)/.test(name),
    );

  before(() => {
    stateDir = mkdtempSync(path.join(tmpdir(), "doctor-"));
  });
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  it("doctor finds nothing wrong, and nothing unknown, and leaves nothing behind", async () => {
    const answer = answerOf<DoctorAnswer>(await command("doctor", "--accounts", "5"));
    expect(answer).to.deep.include({ command: "doctor", ok: true });
    expect(states(answer, "wrong")).to.deep.equal([]);
    expect(states(answer, "unknown")).to.deep.equal([]);
    expect(stacksLeft()).to.deep.equal([]);
  });

  it("accounts shows every account, whether it is in scope and why, and that there are no roles and no runs", async () => {
    const answer = answerOf<AccountsAnswer>(await command("accounts"));
    expect(answer.totals).to.include({ listed: 5, inScope: 4, outOfScope: 1, roleMissing: 3, withProblems: 3 });
    const of = (id: string) => answer.accounts.find(({ accountId }) => accountId === id);
    expect(of("444400000004")).to.deep.include({ inScope: false, reason: "account is SUSPENDED" });
    expect(of("111122223333")?.memberRole).to.deep.equal({ state: "notNeeded" });
    expect(of(MEMBER)).to.deep.include({
      ouPath: "Root/Workloads/Production",
      memberRole: { state: "missing" },
      memberStack: null,
      problems: ["roleMissing"],
    });
    expect(of(MEMBER)?.collection.state).to.equal("unknown");
    expect(answer.notes.join()).to.contain("run up, then collect");
  });

  it("doctor names what is broken, with what to do, and accounts an account that cannot be entered", async () => {
    const emulation = await startEmulation({ stateDir, log: () => undefined });
    try {
      const aws = new EmulatedAws(emulation.emulator, emulation.organization, stateDir);
      const organizations = aws.organizations(aws.deployer);
      const { Policy } = await organizations.send(
        new CreatePolicyCommand({
          Name: "no-keys",
          Description: "x",
          Type: "SERVICE_CONTROL_POLICY",
          Content: policy(
            { Effect: "Allow", Action: "*", Resource: "*" },
            { Effect: "Deny", Action: "kms:CreateKey", Resource: "*" },
          ),
        }),
      );
      await organizations.send(
        new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId: "ou-exam-security" }),
      );
      const { s3 } = aws;
      const LocationConstraint = "eu-central-1";
      const taken = new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint } });
      await s3(await aws.administrator(SECURITY)).send(taken);
      const iam = new IAMClient({
        endpoint: emulation.emulator.endpoint,
        region: LocationConstraint,
        credentials: { accessKeyId: MEMBER, secretAccessKey: "test" },
      });
      const RoleName = "OrganizationAccountAccessRole";
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "AdministratorAccess" }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    } finally {
      await emulation.stop();
    }

    const answer = answerOf<DoctorAnswer>(await command("doctor"), 1);
    expect(answer.ok).to.equal(false);
    expect(states(answer, "wrong")).to.deep.equal(["service-control-security", "name-bucket"]);
    for (const { state, why, remedy } of answer.checks.filter((check) => check.state === "wrong")) {
      expect([state, why, remedy].join(" ")).to.match(/no-keys|taken by another account/);
    }

    const accounts = answerOf<AccountsAnswer>(await command("accounts", "--ou", "Root/Workloads"));
    expect(accounts.accounts.map(({ accountId }) => accountId)).to.deep.equal([MEMBER]);
    expect(accounts.accounts[0]?.memberRole).to.have.property("why").that.contains("AccessDenied");
  });

  it("up deploys nothing into what is broken, and says what and what to do", async () => {
    const ended = await command("up");
    expect(ended.code, ended.stderr).to.equal(1);
    expect(ended.stderr)
      .to.contain("Nothing was deployed")
      .and.contain(`${BUCKET} is taken by another account`)
      .and.contain("no-keys")
      .and.contain("--no-doctor");
    expect(stacksLeft()).to.deep.equal([]);
  });
});
