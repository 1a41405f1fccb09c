import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { destroy } from "../../../rollout/commands/destroy";
import { status } from "../../../rollout/commands/status";
import { deploymentTasks, up } from "../../../rollout/commands/up";
import { RolloutError } from "../../../rollout/errors";
import { memberAccess, rolesInto } from "../../../rollout/members/memberAccess";
import { listMembers } from "../../../rollout/members/members";
import { orchestration, rollOut, type Orchestration } from "../../../rollout/orchestration";
import type { Caller } from "../../../rollout/session";
import { callerIdentity, withCannedAws, type CannedAnswers } from "../../support/cannedAws";
import { FakeEngine } from "../../support/fakeEngine";
import { copyProject, writeStackFiles, type StackFileContent } from "../../support/projectCopy";

const [MANAGEMENT, DELEGATED, MEMBER] = ["111122223333", "222233334444", "444455556666"];
const DEPLOY = "OrganizationAccountAccessRole";
const role = (accountId: string, sessionName?: string) => ({
  roleArn: `arn:aws:iam::${accountId}:role/${DEPLOY}`,
  ...(sessionName && { sessionName }),
});
const step = (accountId: string) => role(accountId, "iam-credential-reports");
const caller = (accountId: string): Caller => ({
  accountId,
  partition: "aws",
  arn: `arn:aws:iam::${accountId}:user/x`,
});
const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value) });
const xml = (action: string, result: string) => ({
  status: 200,
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
});

const ORGANIZATION: CannedAnswers = {
  GetCallerIdentity: callerIdentity(DELEGATED),
  DescribeOrganization: json({ Organization: { Id: "o-exampleorgid", MasterAccountId: MANAGEMENT } }),
  ListAccounts: json({
    Accounts: [MANAGEMENT, DELEGATED, MEMBER].map((Id) => ({ Id, Name: `name-${Id}`, State: "ACTIVE" })),
  }),
  ListRoots: json({ Roots: [] }),
  ListStackSetOperations: xml("ListStackSetOperations", "<Summaries/>"),
  ListStackInstances: xml("ListStackInstances", "<Summaries/>"),
};

describe("a collector in the account of a delegated administrator", () => {
  let folder: string;
  let logged: string[];
  const contextOf = (engine: FakeEngine, management: Partial<StackFileContent> = {}): Orchestration => {
    const project = mkdtempSync(path.join(folder, "project-"));
    copyProject(project);
    const settings = {
      managementAccountId: MANAGEMENT,
      collectorAccountId: DELEGATED,
      logArchiveAccountId: "333344445555",
      organizationId: "o-exampleorgid",
      ...management.settings,
    };
    writeStackFiles(project, {
      security: { accountId: DELEGATED, settings },
      logarchive: { accountId: "333344445555", settings },
      management: { accountId: DELEGATED, ...management, settings },
    });
    return orchestration({
      projectDir: project,
      workRoot: path.join(folder, "work"),
      engine,
      parallel: 1,
      signal: new AbortController().signal,
      log: (line) => void logged.push(line),
      progress: { write: () => true },
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "delegated-"));
    logged = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("counts the management account among the members, and its own account not", async () => {
    const members = await withCannedAws(ORGANIZATION, () => listMembers(contextOf(new FakeEngine())));
    expect(members.accounts.map(({ accountId }) => accountId)).to.deep.equal([MANAGEMENT, MEMBER]);
  });

  it("gives the management account a stack of its own beside the StackSet, which never reaches it", async () => {
    const engine = new FakeEngine();
    const context = contextOf(engine);
    const report = await withCannedAws(ORGANIZATION, () => up(context));
    expect(report.ok).to.equal(true);
    expect(engine.order).to.deep.equal(["security", "logarchive", "management", `member-${MANAGEMENT}`]);
    expect(engine.asked[3]?.config).to.deep.include({
      "aws:allowedAccountIds": [MANAGEMENT],
      "iam-credential-reports:collectorAccountId": DELEGATED,
    });
    expect(logged[0]).to.contain("1 member account by one StackSet, the management account by a stack");

    const again = await withCannedAws(ORGANIZATION, () => up(context));
    expect(again.ok, "a member stack of its own is in nobody's way").to.equal(true);
    const { ok, stacks } = await withCannedAws(ORGANIZATION, () => status(context));
    expect(ok).to.equal(true);
    expect(Object.keys(stacks)).to.have.members(["security", "logarchive", "management", `member-${MANAGEMENT}`]);
    await withCannedAws(ORGANIZATION, () => destroy(context, { deleteEvidence: false }));
    expect([...engine.stacks.keys()]).to.have.members(["security", "logarchive"]);
  });

  it("gives a stack to every account but its own where members have stacks", async () => {
    const engine = new FakeEngine();
    const context = contextOf(engine, { settings: { memberRoles: "stacks" } });
    const members = await withCannedAws(ORGANIZATION, () => listMembers(context));
    await rollOut(context, "up", deploymentTasks(context, "up", members, []));
    expect(engine.order.slice(3)).to.deep.equal([`member-${MANAGEMENT}`, `member-${MEMBER}`]);
  });

  it("is refused where its stack would be deployed into another account, or the management account is another", async () => {
    const failure = async (answers: CannedAnswers): Promise<string> => {
      const error: unknown = await withCannedAws(answers, () => listMembers(contextOf(new FakeEngine()))).catch(
        (e: unknown) => e,
      );
      expect(error).to.be.instanceOf(RolloutError);
      return (error as Error).message;
    };
    expect(await failure({ ...ORGANIZATION, GetCallerIdentity: callerIdentity(MEMBER) })).to.contain(
      `Your credentials are of account ${MEMBER}`,
    );
    const DescribeOrganization = json({ Organization: { Id: "o-exampleorgid", MasterAccountId: MEMBER } });
    expect(await failure({ ...ORGANIZATION, DescribeOrganization })).to.contain(
      `The management account of the organization is ${MEMBER}, and managementAccountId is ${MANAGEMENT}`,
    );
  });

  describe("leads into the members", () => {
    const ways = async (own: string, assumeRoles: object[], stack = DELEGATED) => {
      const { config } = contextOf(new FakeEngine(), { assumeRoles });
      const answers = { GetCallerIdentity: callerIdentity(own) };
      const access = await withCannedAws(answers, () => memberAccess(config, caller(stack)));
      return [MANAGEMENT, MEMBER].map((accountId) => rolesInto(access, accountId, DEPLOY));
    };

    it("directly from credentials of the management account, which needs no role for itself", async () => {
      expect(await ways(MANAGEMENT, [role(DELEGATED)])).to.deep.equal([[], [step(MEMBER)]]);
    });

    it("by way of its own account from other credentials, by the deploy role into every account", async () => {
      const into = role(DELEGATED);
      expect(await ways(MEMBER, [into])).to.deep.equal([
        [into, step(MANAGEMENT)],
        [into, step(MEMBER)],
      ]);
      expect(await ways(DELEGATED, [])).to.deep.equal([[step(MANAGEMENT)], [step(MEMBER)]]);
    });
  });
});

describe("an account that is in no organization", () => {
  let folder: string;
  const ACCOUNT = "999988887777";
  const logged: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "standalone-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is rolled out and looked at without a single question to Organizations", async () => {
    const settings = { organizationId: "none", collectorAccountId: ACCOUNT, logArchiveAccountId: ACCOUNT };
    const central = { accountId: ACCOUNT, settings };
    const project = path.join(folder, "project");
    copyProject(project);
    writeStackFiles(project, { security: central, logarchive: central, management: central });
    const engine = new FakeEngine();
    const context = orchestration({
      projectDir: project,
      workRoot: path.join(folder, "work"),
      engine,
      parallel: 1,
      signal: new AbortController().signal,
      log: (line) => void logged.push(line),
      progress: { write: () => true },
    });
    // all else is refused
    const answers = { GetCallerIdentity: callerIdentity(ACCOUNT) };
    const report = await withCannedAws(answers, () => up(context));
    expect(report.ok).to.equal(true);
    expect(report).not.to.have.property("memberRoles");
    expect(engine.order).to.deep.equal(["security", "logarchive", "management"]);
    expect(logged[0]).to.contain("no member accounts: organizationId is none");
    const { ok } = await withCannedAws(answers, () => status(context));
    expect(ok).to.equal(true);
  });
});
