import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  DescribeStackSetCommand,
  ListStackInstancesCommand,
  ListStackSetOperationsCommand,
  UpdateStackInstancesCommand,
  type CloudFormationClient,
  type ListStackInstancesCommandOutput,
  type StackInstanceDetailedStatus,
  type StackInstanceSummary,
  type StackSetOperationSummary,
  type UpdateStackInstancesCommandInput,
} from "@aws-sdk/client-cloudformation";
import { expect } from "chai";
import { destroy } from "../../rollout/commands/destroy";
import { status } from "../../rollout/commands/status";
import { up } from "../../rollout/commands/up";
import { RolloutError } from "../../rollout/errors";
import { orchestration, type Orchestration } from "../../rollout/orchestration";
import { followToEnd, tryAgain, type InstanceFailure } from "../../rollout/stackSet/follow";
import { remedyOf } from "../../rollout/stackSet/remedies";
import { withCannedAws, type CannedAnswers } from "../support/cannedAws";
import { cannedOrganization, PRODUCTION } from "../support/cannedOrganization";
import { FakeEngine } from "../support/fakeEngine";
import { copyProject } from "../support/projectCopy";

const REASON =
  "ResourceLogicalId:MemberRole, ResourceType:AWS::IAM::Role, ResourceStatusReason:Resource of type 'AWS::IAM::Role' with identifier 'x' already exists.";

const instance = (
  Account: string,
  DetailedStatus: StackInstanceDetailedStatus,
  StatusReason?: string,
): StackInstanceSummary => ({
  Account,
  Region: "eu-central-1",
  StackInstanceStatus: { DetailedStatus },
  ...(StatusReason !== undefined && { StatusReason }),
});

/** A StackSet whose operations are as listed at each look, the last for ever. */
class FakeStackSet {
  readonly slept: number[] = [];
  readonly updated: UpdateStackInstancesCommandInput[] = [];
  looks = 0;

  constructor(
    private readonly operations: StackSetOperationSummary[][],
    private readonly pages: Partial<Record<string, StackInstanceSummary[][]>> = {},
  ) {}

  readonly clock = {
    now: () => 0,
    random: () => 0,
    sleep: (ms: number): Promise<void> => {
      this.slept.push(ms);
      return Promise.resolve();
    },
  };

  get set() {
    const client = { send: (command: unknown) => Promise.resolve(this.answer(command)) };
    return { client: client as unknown as CloudFormationClient, stackSetName: "members", callAs: "SELF" as const };
  }

  private answer(command: unknown): object {
    if (command instanceof ListStackSetOperationsCommand) {
      const Summaries = this.operations[Math.min(this.looks, this.operations.length - 1)];
      this.looks += 1;
      return { Summaries };
    }
    if (command instanceof ListStackInstancesCommand) {
      const pages = this.pages[command.input.Filters?.[0]?.Values ?? ""] ?? [[]];
      const number = Number(command.input.NextToken ?? "0");
      const NextToken = number + 1 < pages.length ? String(number + 1) : undefined;
      return { Summaries: pages[number], NextToken } satisfies Partial<ListStackInstancesCommandOutput>;
    }
    if (command instanceof DescribeStackSetCommand) return { StackSet: { OrganizationalUnitIds: ["r-exam"] } };
    if (command instanceof UpdateStackInstancesCommand) {
      this.updated.push(command.input);
      return {};
    }
    throw new Error("not faked");
  }
}

const signal = new AbortController().signal;

describe("following a StackSet", () => {
  it("waits until nothing is under way, and says how far it is", async () => {
    const running = { Action: "CREATE" as const, Status: "RUNNING" as const };
    const fake = new FakeStackSet([
      [running],
      [{ ...running, StatusDetails: { FailedStackInstancesCount: 2 } }],
      [{ ...running, Status: "SUCCEEDED" }],
    ]);
    const said: string[] = [];
    const onProgress = (text: string): void => void said.push(text);
    expect(await followToEnd(fake.set, { clock: fake.clock, signal, poll: 7, onProgress })).to.deep.equal([]);
    expect(fake.slept).to.deep.equal([7, 7]);
    expect(said).to.deep.equal([
      "StackSet members: create running",
      "StackSet members: create running, 2 accounts failed so far",
    ]);
  });

  it("names each account that failed, in order, with the reason and a remedy, through all pages", async () => {
    const fake = new FakeStackSet([[]], {
      FAILED: [[instance("444455556666", "FAILED", REASON)], [], [instance("333344445555", "FAILED", REASON)]],
      CANCELLED: [[instance("555566667777", "CANCELLED", "Cancelled since failure tolerance has exceeded")]],
      INOPERABLE: [[instance("222233334444", "INOPERABLE")]],
    });
    const failures = await followToEnd(fake.set, { clock: fake.clock, signal });
    expect(failures.map(({ accountId, status: was }) => `${accountId} ${was}`)).to.deep.equal([
      "222233334444 INOPERABLE",
      "333344445555 FAILED",
      "444455556666 FAILED",
      "555566667777 CANCELLED",
    ]);
    expect(failures[1]).to.deep.include({ region: "eu-central-1", reason: REASON });
    expect(failures[1]?.remedy).to.match(/^Remove the role of that name there/);
    expect(failures[0]?.reason).to.equal("CloudFormation gives no reason");
  });

  it("takes no instance for failed that is as it should be, where an endpoint does not filter", async () => {
    const all = [[instance("333344445555", "SUCCEEDED"), instance("444455556666", "SKIPPED_SUSPENDED_ACCOUNT")]];
    const fake = new FakeStackSet([[]], { FAILED: all, INOPERABLE: all, CANCELLED: all });
    expect(await followToEnd(fake.set, { clock: fake.clock, signal })).to.deep.equal([]);
  });

  it("stops waiting when interrupted", async () => {
    const abort = new AbortController();
    abort.abort();
    const fake = new FakeStackSet([[{ Status: "RUNNING" }]]);
    const followed = followToEnd(fake.set, { clock: fake.clock, signal: abort.signal });
    expect(await followed.catch((error: Error) => error.name)).to.equal("AbortError");
  });

  it("tries the accounts again that failed, those only, a hundred in a call", async () => {
    const failures = Array.from({ length: 101 }, (_, n): InstanceFailure => ({
      accountId: String(444_400_000_000 + n),
      region: "eu-central-1",
      status: "FAILED",
      reason: "",
      remedy: "",
    }));
    const fake = new FakeStackSet([[]]);
    await tryAgain(fake.set, failures, fake.clock);
    expect(fake.updated.map(({ DeploymentTargets }) => DeploymentTargets?.Accounts?.length)).to.deep.equal([100, 1]);
    expect(fake.updated[1]).to.deep.include({
      StackSetName: "members",
      CallAs: "SELF",
      Regions: ["eu-central-1"],
      DeploymentTargets: {
        OrganizationalUnitIds: ["r-exam"],
        Accounts: ["444400000100"],
        AccountFilterType: "INTERSECTION",
      },
    });
  });

  for (const [what, text, remedy] of [
    ["a role that is there already", REASON, /^Remove the role/],
    ["a service control policy", "… is not authorized to perform: iam:CreateRole with an explicit deny", /^A service/],
    ["missing rights", "User: … is not authorized to perform: iam:CreateRole", /^Let the roles of StackSets/],
    ["no trusted access", "Account 1 should have 'AWSCloudFormationStackSetExecutionRole' role", /^Activate trusted/],
    ["a full quota", "Cannot exceed quota for RolesPerAccount: 1000", /^Raise the quota/],
    ["throttling", "Rate exceeded", /^Run up again/],
    ["something else", "Internal Failure", /^Look at the events/],
  ] as const) {
    it(`knows what to do about ${what}`, () => {
      expect(remedyOf("FAILED", text)).to.match(remedy);
      expect(remedyOf("CANCELLED", text)).to.match(/^It was not tried/);
    });
  }
});

const xml = (action: string, inner: string) => ({
  status: 200,
  body: `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${inner}</${action}Result></${action}Response>`,
});
const ORGANIZATION: CannedAnswers = {
  ...cannedOrganization(PRODUCTION),
  ListStackSetOperations: xml("ListStackSetOperations", "<Summaries></Summaries>"),
  ListStackInstances: xml("ListStackInstances", "<Summaries></Summaries>"),
};
const FAILING = xml(
  "ListStackInstances",
  "<Summaries><member><Account>444455556666</Account><Region>eu-central-1</Region><StatusReason>it already exists</StatusReason>" +
    "<StackInstanceStatus><DetailedStatus>FAILED</DetailedStatus></StackInstanceStatus></member></Summaries>",
);

describe("a rollout with memberRoles stackset", () => {
  let folder: string;
  let logged: string[];
  const contextOf = (engine: FakeEngine): Orchestration => {
    copyProject(path.join(folder, "project"));
    return orchestration({
      projectDir: path.join(folder, "project"),
      workRoot: path.join(folder, "work"),
      engine,
      parallel: 4,
      signal,
      log: (line) => void logged.push(line),
      progress: { write: () => true },
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "stack-set-"));
    logged = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("makes no member stacks, and follows the StackSet of the management stack", async () => {
    const engine = new FakeEngine();
    const report = await withCannedAws(ORGANIZATION, () => up(contextOf(engine)));
    expect(engine.order).to.deep.equal(["security", "logarchive", "management"]);
    expect(report).to.deep.include({ ok: true });
    expect(report.memberRoles).to.deep.equal({
      stackSetName: "iam-credential-reports-member",
      ok: true,
      retried: 0,
      failures: [],
    });
  });

  it("fails and names the account where an instance failed, by name, reason and remedy", async () => {
    const answers = { ...ORGANIZATION, ListStackInstances: FAILING };
    const report = await withCannedAws(answers, () => up(contextOf(new FakeEngine())));
    expect(report.ok).to.equal(false);
    expect(report.stacks["management"]?.result).to.equal("created");
    expect(report.memberRoles?.failures[0]).to.deep.include({ accountId: "444455556666", reason: "it already exists" });
    expect(logged.join("\n")).to.contain("444455556666 Production: FAILED: it already exists\n    Remove the role");
  });

  it("names them too where the management stack failed because of them", async () => {
    const answers = { ...ORGANIZATION, ListStackInstances: FAILING };
    const engine = new FakeEngine({}, { management: "the operation on the StackSet ended as FAILED" });
    const report = await withCannedAws(answers, () => up(contextOf(engine)));
    expect(report.stacks["management"]?.result).to.equal("failed");
    expect(report.memberRoles?.failures).to.have.length(1);
  });

  it("says so where the StackSet cannot be looked at, and does not call that well", async () => {
    const refused = {
      status: 403,
      body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>",
    };
    const report = await withCannedAws({ ...ORGANIZATION, ListStackSetOperations: refused }, () =>
      up(contextOf(new FakeEngine())),
    );
    expect(report.ok).to.equal(false);
    expect(report.memberRoles?.cause).to.equal(
      "The StackSet iam-credential-reports-member cannot be looked at: not yours",
    );
  });

  it("refuses to make roles beside those of member stacks, before anything is deployed", async () => {
    const engine = new FakeEngine();
    engine.stacks.set("member-444455556666", { name: "member-444455556666", resourceCount: 3 });
    const error = await withCannedAws(ORGANIZATION, () => up(contextOf(engine)).catch((e: unknown) => e));
    expect(error).to.be.instanceOf(RolloutError);
    expect((error as Error).message).to.match(
      /default, and a member stack still holds.*set memberRoles: stacks in.*destroy --members.*Nothing was deployed/s,
    );
    expect(engine.order).to.deep.equal([]);
  });

  it("can be come to from stacks: destroy --members takes those away, and nothing else", async () => {
    const engine = new FakeEngine();
    for (const name of ["security", "logarchive", "management", "member-444455556666"]) {
      engine.stacks.set(name, { name, resourceCount: 3 });
    }
    await withCannedAws(ORGANIZATION, () => destroy(contextOf(engine), { deleteEvidence: false, membersOnly: true }));
    expect(engine.order).to.deep.equal(["member-444455556666"]);
  });

  it("has status tell of accounts that failed, and of member stacks that are left", async () => {
    const engine = new FakeEngine();
    for (const name of ["security", "logarchive", "management"]) engine.stacks.set(name, { name, resourceCount: 3 });
    const context = contextOf(engine);
    const well = await withCannedAws(ORGANIZATION, () => status(context));
    expect(well.ok).to.equal(true);
    const failing = await withCannedAws({ ...ORGANIZATION, ListStackInstances: FAILING }, () => status(context));
    expect(failing).to.deep.include({ ok: false });
    expect(failing.memberRoles?.failures).to.have.length(1);
    engine.stacks.set("member-444455556666", { name: "member-444455556666", resourceCount: 3 });
    const left = await withCannedAws(ORGANIZATION, () => status(context));
    expect(left.stacks["member-444455556666"]?.state).to.equal("left");
  });
});
