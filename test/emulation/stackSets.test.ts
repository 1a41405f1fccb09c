import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  ListStackSetOperationsCommand,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
  type StackInstanceSummary,
} from "@aws-sdk/client-cloudformation";
import { CreateRoleCommand, DeleteRoleCommand, GetRoleCommand, GetRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateAccountCommand, MoveAccountCommand } from "@aws-sdk/client-organizations";
import { expect } from "chai";
import { memberRoleTemplate } from "../../components/memberRoleTemplate";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws } from "./emulatedAws";

const [MANAGEMENT, SECURITY, LOGARCHIVE, WORKLOAD, SUSPENDED, SANDBOX] = [
  "111122223333",
  "222233334444",
  "333344445555",
  "444400000003",
  "444400000004",
  "444400000005",
];
const NAME = "members";
const TEMPLATE = memberRoleTemplate({
  partition: "aws",
  roleName: "member",
  collectorAccountId: MANAGEMENT,
  collectorRoleName: "collector",
});
const ALL = { FailureTolerancePercentage: 100, MaxConcurrentPercentage: 100 };

// The steps of one story: each goes on from what the one before it left.
describe("emulated StackSets", function () {
  this.timeout(60_000);
  let aws: EmulatedAws;
  let cloudformation: CloudFormationClient;
  const root = (accountId: string): Credentials => ({ accessKeyId: accountId, secretAccessKey: "test" });
  const clientOf = (credentials: Credentials): CloudFormationClient =>
    new CloudFormationClient({
      endpoint: aws.emulator.endpoint,
      region: aws.plan.region,
      credentials,
      maxAttempts: 1,
    });
  const instances = async (): Promise<Record<string, StackInstanceSummary>> => {
    const { Summaries = [] } = await cloudformation.send(new ListStackInstancesCommand({ StackSetName: NAME }));
    return Object.fromEntries(Summaries.map((summary) => [summary.Account ?? "", summary]));
  };
  const detail = async (): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      Object.entries(await instances()).map(([account, { StackInstanceStatus }]) => [
        account,
        StackInstanceStatus?.DetailedStatus,
      ]),
    );
  const hasRole = async (accountId: string): Promise<boolean> =>
    (await errorName(aws.iam(root(accountId)).send(new GetRoleCommand({ RoleName: "member" })))) === "none";
  /** The newest operation of a set has ended. */
  const ended = async (): Promise<string | undefined> => {
    for (;;) {
      const { Summaries = [] } = await cloudformation.send(new ListStackSetOperationsCommand({ StackSetName: NAME }));
      if (Summaries.every(({ Status }) => Status !== "RUNNING" && Status !== "QUEUED")) return Summaries[0]?.Status;
    }
  };
  const settings = {
    StackSetName: NAME,
    TemplateBody: JSON.stringify(TEMPLATE),
    Capabilities: ["CAPABILITY_NAMED_IAM" as const],
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
  };
  const targets = { OrganizationalUnitIds: ["ou-exam-security", "ou-exam-workloads", "ou-exam-suspended"] };

  before(async () => {
    aws = await emulatedAws(6);
    cloudformation = clientOf(aws.deployer);
  });
  after(() => aws.remove());

  it("are for the management account, and for templates whose capabilities are acknowledged", async () => {
    const create = { ...settings, PermissionModel: "SERVICE_MANAGED" as const };
    const member = clientOf(await aws.administrator(SECURITY));
    expect(await errorName(member.send(new CreateStackSetCommand(create)))).to.equal("ValidationError");
    const unacknowledged = cloudformation.send(new CreateStackSetCommand({ ...create, Capabilities: [] }));
    expect(await errorName(unacknowledged)).to.equal("InsufficientCapabilitiesException");
    await cloudformation.send(new CreateStackSetCommand(create));
    expect(await errorName(cloudformation.send(new CreateStackSetCommand(create)))).to.equal(
      "NameAlreadyExistsException",
    );
  });

  it("make the role in the accounts of the units, name the account that fails, and pass over the suspended one", async () => {
    await aws.iam(root(LOGARCHIVE)).send(
      new CreateRoleCommand({
        RoleName: "member",
        AssumeRolePolicyDocument: policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: LOGARCHIVE } }),
      }),
    );
    const { OperationId } = await cloudformation.send(
      new CreateStackInstancesCommand({
        StackSetName: NAME,
        DeploymentTargets: targets,
        Regions: ["eu-central-1"],
        OperationPreferences: ALL,
      }),
    );
    expect(await ended()).to.equal("SUCCEEDED");
    const { StackSetOperation } = await cloudformation.send(
      new DescribeStackSetOperationCommand({ StackSetName: NAME, OperationId }),
    );
    expect(StackSetOperation?.StatusDetails?.FailedStackInstancesCount).to.equal(1);
    expect(await detail()).to.deep.equal({
      [SECURITY]: "SUCCEEDED",
      [LOGARCHIVE]: "FAILED",
      [WORKLOAD]: "SUCCEEDED",
      [SUSPENDED]: "SKIPPED_SUSPENDED_ACCOUNT",
    });
    expect((await instances())[LOGARCHIVE]?.StatusReason).to.match(
      /ResourceType:AWS::IAM::Role, ResourceStatusReason:.*'member' already exists/,
    );
    expect(await hasRole(SANDBOX)).to.equal(false);
    const { Role } = await aws.iam(root(WORKLOAD)).send(new GetRoleCommand({ RoleName: "member" }));
    expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""))).to.deep.equal(
      TEMPLATE.Resources.MemberRole.Properties.AssumeRolePolicyDocument,
    );
    const { PolicyDocument } = await aws
      .iam(root(WORKLOAD))
      .send(new GetRolePolicyCommand({ RoleName: "member", PolicyName: "credential-report" }));
    expect(JSON.parse(decodeURIComponent(PolicyDocument ?? ""))).to.deep.equal(
      TEMPLATE.Resources.MemberRole.Properties.Policies[0]?.PolicyDocument,
    );
  });

  it("try an account again when told to, and keep all of it across a restart", async () => {
    await aws.iam(root(LOGARCHIVE)).send(new DeleteRoleCommand({ RoleName: "member" }));
    await cloudformation.send(
      new UpdateStackInstancesCommand({
        StackSetName: NAME,
        DeploymentTargets: { ...targets, Accounts: [LOGARCHIVE], AccountFilterType: "INTERSECTION" },
        Regions: ["eu-central-1"],
      }),
    );
    expect(await ended()).to.equal("SUCCEEDED");
    expect(await hasRole(LOGARCHIVE)).to.equal(true);
    aws = await aws.restarted();
    cloudformation = clientOf(aws.deployer);
    expect((await detail())[LOGARCHIVE]).to.equal("SUCCEEDED");
  });

  it("stop when more accounts fail than may", async () => {
    const RoleName = "member";
    const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: SANDBOX } });
    await aws.iam(root(SANDBOX)).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const sandboxes = {
      StackSetName: NAME,
      DeploymentTargets: { OrganizationalUnitIds: ["ou-exam-sandboxes"] },
      Regions: ["eu-central-1"],
    };
    await cloudformation.send(new CreateStackInstancesCommand(sandboxes));
    expect(await ended()).to.equal("FAILED");
    await cloudformation.send(new DeleteStackInstancesCommand({ ...sandboxes, RetainStacks: false }));
    expect(await ended()).to.equal("SUCCEEDED");
    expect(await hasRole(SANDBOX), "a role that is not the set's").to.equal(true);
    await aws.iam(root(SANDBOX)).send(new DeleteRoleCommand({ RoleName }));
  });

  it("deploy to an account that joins a unit, and take back from one that leaves", async () => {
    const organizations = aws.organizations(aws.deployer);
    const move = (from: string, to: string): Promise<unknown> =>
      organizations.send(new MoveAccountCommand({ AccountId: SANDBOX, SourceParentId: from, DestinationParentId: to }));
    await move("ou-exam-sandboxes", "ou-exam-production");
    expect(await ended()).to.equal("SUCCEEDED");
    expect(await hasRole(SANDBOX)).to.equal(true);
    await move("ou-exam-production", "ou-exam-sandboxes");
    expect(await ended()).to.equal("SUCCEEDED");
    expect(await hasRole(SANDBOX)).to.equal(false);
    // one that is made outside the units gets nothing
    await organizations.send(new CreateAccountCommand({ Email: "new@example.com", AccountName: "new" }));
    expect(Object.keys(await detail())).to.have.length(4);
  });

  it("bring a changed template to every account", async () => {
    const changed = structuredClone(TEMPLATE);
    changed.Resources.MemberRole.Properties.Description = "another";
    await cloudformation.send(
      new UpdateStackSetCommand({ ...settings, TemplateBody: JSON.stringify(changed), OperationPreferences: ALL }),
    );
    expect(await ended()).to.equal("SUCCEEDED");
    const { Role } = await aws.iam(root(WORKLOAD)).send(new GetRoleCommand({ RoleName: "member" }));
    expect(Role?.Description).to.equal("another");
  });

  it("are deleted when their instances are gone, and the roles with those", async () => {
    const remove = new DeleteStackSetCommand({ StackSetName: NAME });
    expect(await errorName(cloudformation.send(remove))).to.equal("StackSetNotEmptyException");
    await cloudformation.send(
      new DeleteStackInstancesCommand({
        StackSetName: NAME,
        DeploymentTargets: targets,
        Regions: ["eu-central-1"],
        RetainStacks: false,
        OperationPreferences: ALL,
      }),
    );
    expect(await ended()).to.equal("SUCCEEDED");
    expect(await hasRole(WORKLOAD)).to.equal(false);
    await cloudformation.send(remove);
    expect(await errorName(cloudformation.send(new DescribeStackSetCommand({ StackSetName: NAME })))).to.equal(
      "StackSetNotFoundException",
    );
  });
});
