import { expect } from "chai";
import {
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import {
  DescribeAccountCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
} from "@aws-sdk/client-organizations";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws, type Statement } from "./emulatedAws";

describe("who may assume a role", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let management: IAMClient;
  let member: IAMClient;
  let memberId: string;
  const arn = (account: string, path: string) => `arn:aws:iam::${account}:role/${path}`;

  /** A role of the management account that may assume anything, and a session of it. */
  async function caller(name: string, path = "/"): Promise<Credentials> {
    const trust = policy({
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { AWS: aws.plan.managementAccountId },
    });
    await management.send(new CreateRoleCommand({ RoleName: name, Path: path, AssumeRolePolicyDocument: trust }));
    await allow(management, name, { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });
    return aws.assume(aws.deployer, arn(aws.plan.managementAccountId, `${path.slice(1)}${name}`));
  }

  function allow(iam: IAMClient, role: string, ...statements: Statement[]) {
    return iam.send(
      new PutRolePolicyCommand({ RoleName: role, PolicyName: "policy", PolicyDocument: policy(...statements) }),
    );
  }

  /** A role of the member account that trusts the management account under a condition. */
  async function trusting(name: string, condition: Statement): Promise<string> {
    const root = `arn:aws:iam::${aws.plan.managementAccountId}:root`;
    const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: root }, Condition: condition };
    await member.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policy(statement) }));
    return arn(memberId, name);
  }

  before(async () => {
    aws = await emulatedAws(5);
    memberId = aws.plan.accounts[3]?.id ?? "";
    management = aws.iam(aws.deployer);
    member = aws.iam(await aws.administrator(memberId));
  });
  after(() => aws.remove());

  it("lets in the role that aws:PrincipalArn names, and no other", async () => {
    const right = await caller("collector");
    const wrong = await caller("somebody");
    const collector = arn(aws.plan.managementAccountId, "collector");
    const role = await trusting("by-principal", { ArnEquals: { "aws:PrincipalArn": collector } });
    const { Arn } = await aws.sts(await aws.assume(right, role)).send(new GetCallerIdentityCommand({}));
    expect(Arn).to.equal(`arn:aws:sts::${memberId}:assumed-role/by-principal/session`);
    expect(await errorName(aws.assume(wrong, role))).to.equal("AccessDenied");
    expect(await errorName(aws.assume(aws.deployer, role))).to.equal("AccessDenied");
  });

  it("knows the path of a role in aws:PrincipalArn", async () => {
    const session = await caller("with-path", "/reports/");
    const full = arn(aws.plan.managementAccountId, "reports/with-path");
    const bare = arn(aws.plan.managementAccountId, "with-path");
    const right = await trusting("by-path", { StringEquals: { "aws:PrincipalArn": full } });
    const wrong = await trusting("by-bare-name", { StringEquals: { "aws:PrincipalArn": bare } });
    expect(await errorName(aws.assume(session, right))).to.equal("none");
    expect(await errorName(aws.assume(session, wrong))).to.equal("AccessDenied");
  });

  it("asks for the external id", async () => {
    const role = await trusting("by-external-id", { StringEquals: { "sts:ExternalId": "collection" } });
    expect(await errorName(aws.assume(aws.deployer, role, "collection"))).to.equal("none");
    expect(await errorName(aws.assume(aws.deployer, role, "another"))).to.equal("AccessDenied");
    expect(await errorName(aws.assume(aws.deployer, role))).to.equal("AccessDenied");
  });

  it("knows the organization of the caller", async () => {
    const inside = await trusting("by-organization", { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } });
    const outside = await trusting("by-other", { StringEquals: { "aws:PrincipalOrgID": "o-anotherone1" } });
    expect(await errorName(aws.assume(aws.deployer, inside))).to.equal("none");
    expect(await errorName(aws.assume(aws.deployer, outside))).to.equal("AccessDenied");
  });

  it("keeps a caller inside its own organization by aws:ResourceOrgID", async () => {
    const session = await caller("inside-only");
    const role = await trusting("open", {});
    const statement = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };
    const within = (id: string) => ({ ...statement, Condition: { StringEquals: { "aws:ResourceOrgID": id } } });
    await allow(management, "inside-only", within("o-exampleorgid"));
    expect(await errorName(aws.assume(session, role))).to.equal("none");
    await allow(management, "inside-only", within("o-anotherone1"));
    expect(await errorName(aws.assume(session, role))).to.equal("AccessDenied");
  });

  it("refuses a trust policy that names a role which does not exist", async () => {
    const missing = { AWS: arn(aws.plan.managementAccountId, "not-yet") };
    const document = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: missing });
    const create = new CreateRoleCommand({ RoleName: "too-early", AssumeRolePolicyDocument: document });
    const update = new UpdateAssumeRolePolicyCommand({ RoleName: "open", PolicyDocument: document });
    expect(await errorName(member.send(create))).to.equal("MalformedPolicyDocumentException");
    expect(await errorName(member.send(update))).to.equal("MalformedPolicyDocumentException");
  });

  it("lets nobody into a suspended account", async () => {
    const suspended = aws.plan.accounts.find((account) => account.state === "SUSPENDED")?.id ?? "";
    expect(await errorName(aws.administrator(suspended))).to.equal("AccessDenied");
  });

  it("gives a role nothing that its policies do not say", async () => {
    const session = await caller("no-organization");
    const call = aws.organizations(session).send(new ListAccountsCommand({}));
    expect(await errorName(call)).to.equal("AccessDeniedException");
  });

  it("judges what is asked of Organizations by the account or unit that it is about", async () => {
    const organizations = aws.organizations(await caller("reads-one-account"));
    const base = `arn:aws:organizations::${aws.plan.managementAccountId}:`;
    await allow(management, "reads-one-account", {
      Effect: "Allow",
      Action: ["organizations:DescribeAccount", "organizations:ListAccounts", "organizations:ListAccountsForParent"],
      Resource: [`${base}account/o-exampleorgid/${memberId}`, `${base}root/o-exampleorgid/*`],
    });
    const describe = (AccountId: string) => errorName(organizations.send(new DescribeAccountCommand({ AccountId })));
    expect(await describe(memberId)).to.equal("none");
    expect(await describe(aws.plan.managementAccountId)).to.equal("AccessDeniedException");
    const within = (ParentId: string) => errorName(organizations.send(new ListAccountsForParentCommand({ ParentId })));
    expect(await within(aws.plan.rootId)).to.equal("none");
    expect(await within(aws.plan.organizationalUnits[0]?.id ?? "")).to.equal("AccessDeniedException");
    expect(await errorName(organizations.send(new ListAccountsCommand({}))), "knows no resource").to.equal(
      "AccessDeniedException",
    );
  });
});
