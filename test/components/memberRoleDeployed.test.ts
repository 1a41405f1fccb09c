import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { MemberRole } from "../../components/memberRole";
import { MemberRoleStackSet } from "../../components/memberRoleStackSet";
import type { Aws } from "../../emulation/provider/clients";
import { stackSet } from "../../emulation/provider/stackSets";
import { failuresOf } from "../../rollout/stackSet/follow";
import { systemClock } from "../../runtime/clock";
import { mockPulumi, only, settled } from "../support/pulumiMocks";
import { MOTO_ACCOUNT, startMoto, type MotoServer } from "../support/motoServer";

const ROLE = {
  roleName: "iam-credential-reports-member",
  collectorAccountId: MOTO_ACCOUNT,
  collectorRoleName: "iam-credential-reports-collector",
  externalId: "audit-2026",
  tags: { "iam-credential-reports:stack": "management" },
};
type StackSetInputs = Parameters<typeof stackSet.create>[1];

/** The member role in the words of IAM, wherever it comes from. */
interface Role {
  description: unknown;
  trust: unknown;
  maxSessionDuration: unknown;
  policies: Record<string, unknown>;
  tags: Record<string, unknown>;
}

/** What the component that a member stack is made of registers. */
async function roleOfComponent(): Promise<Role> {
  const registered = mockPulumi();
  new MemberRole("member-role", ROLE);
  await settled();
  const role = only(registered, "aws:iam/role:Role");
  const policy = only(registered, "aws:iam/rolePolicy:RolePolicy");
  return {
    description: role["description"],
    trust: JSON.parse(String(role["assumeRolePolicy"])),
    maxSessionDuration: role["maxSessionDuration"],
    policies: { [String(policy["name"])]: JSON.parse(String(policy["policy"])) as unknown },
    tags: role["tags"] as Record<string, unknown>,
  };
}

/** The StackSet as the component of the management stack registers it. */
async function stackSetOfComponent(targets: string[]): Promise<StackSetInputs> {
  const registered = mockPulumi({ accountId: MOTO_ACCOUNT });
  new MemberRoleStackSet("member-roles", {
    ...ROLE,
    stackSetName: "members",
    targets,
    callAs: "SELF",
    failureTolerancePercentage: 100,
    maxConcurrentPercentage: 100,
  });
  await settled();
  return only(registered, "aws-native:cloudformation:StackSet") as StackSetInputs;
}

// The steps of one story, at an emulator that is not this project's own.
describe("the StackSet of the member role, deployed", function () {
  this.timeout(60_000);
  let moto: MotoServer;
  let cloudformation: CloudFormationClient;
  let aws: Aws;
  let inputs: StackSetInputs;
  const accounts: Record<"first" | "below" | "outside", string> = { first: "", below: "", outside: "" };
  const client = () => ({
    endpoint: moto.endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
  });

  /** A client of IAM in a member account. */
  async function iamOf(accountId: string): Promise<IAMClient> {
    const RoleArn = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
    const { Credentials } = await new STSClient(client()).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return new IAMClient({ ...client(), credentials });
  }

  async function roleNames(accountId: string): Promise<string[]> {
    const { Roles = [] } = await (await iamOf(accountId)).send(new ListRolesCommand({}));
    return Roles.map(({ RoleName }) => RoleName ?? "");
  }

  /** The member role as it is in an account. */
  async function roleIn(accountId: string): Promise<Role> {
    const iam = await iamOf(accountId);
    const RoleName = ROLE.roleName;
    const { Role: found } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies).to.deep.equal([]);
    const policies = PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return [PolicyName, parsed(PolicyDocument)] as const;
    });
    return {
      description: found?.Description,
      trust: parsed(found?.AssumeRolePolicyDocument ?? ""),
      maxSessionDuration: found?.MaxSessionDuration,
      policies: Object.fromEntries(await Promise.all(policies)),
      tags: Object.fromEntries((found?.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value])),
    };
  }

  before(async () => {
    moto = await startMoto();
    cloudformation = new CloudFormationClient(client());
    aws = { cloudformation } as Aws;
    const organizations = new OrganizationsClient(client());
    await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
    const { Roots = [] } = await organizations.send(new ListRootsCommand({}));
    const root = Roots[0]?.Id ?? "";
    const made = async (Name: string, ParentId = root): Promise<string> => {
      const { OrganizationalUnit } = await organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name }));
      return OrganizationalUnit?.Id ?? "";
    };
    const unit = await made("Workloads");
    const parents = { first: unit, below: await made("Production", unit), outside: await made("Sandbox") };
    for (const name of ["first", "below", "outside"] as const) {
      const request = new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` });
      accounts[name] = (await organizations.send(request)).CreateAccountStatus?.AccountId ?? "";
      const move = { AccountId: accounts[name], SourceParentId: root, DestinationParentId: parents[name] };
      await organizations.send(new MoveAccountCommand(move));
    }
    inputs = await stackSetOfComponent([unit]);
  });
  after(() => moto?.stop());

  it("makes in each account of the unit, and of the units below, the very role that MemberRole makes", async () => {
    const id = await stackSet.create(aws, inputs);
    await stackSet.configure?.(aws, id, inputs, undefined);
    const role = await roleOfComponent();
    expect(await roleIn(accounts.first)).to.deep.equal(role);
    expect(await roleIn(accounts.below)).to.deep.equal(role);
  });

  it("makes none in accounts of other units, nor in its own", async () => {
    expect(await roleNames(accounts.outside)).not.to.include(ROLE.roleName);
    expect(await roleNames(MOTO_ACCOUNT)).not.to.include(ROLE.roleName);
  });

  it("names no account as failed", async () => {
    const set = { client: cloudformation, stackSetName: "members", callAs: "SELF" as const };
    expect(await failuresOf(set, systemClock)).to.deep.equal([]);
  });
});

/** A policy as IAM gives it back, encoded for a URL; moto gives inline ones of a template as Python writes them. */
function parsed(document: string): unknown {
  return JSON.parse(decodeURIComponent(document).replaceAll("'", '"'));
}
