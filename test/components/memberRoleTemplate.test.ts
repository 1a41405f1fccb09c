import { expect } from "chai";
import { MemberRole } from "../../components/memberRole";
import { memberRoleTemplate } from "../../components/memberRoleTemplate";
import { mockPulumi, only, settled } from "../support/pulumiMocks";

const TRUST = { collectorAccountId: "111122223333", collectorRoleName: "collector" };
const TAGS = { "iam-credential-reports:stack": "management", owner: "audit" };

/** A role in the words of the IAM API; what nobody sets has the default of IAM. */
interface Role {
  name: unknown;
  path: unknown;
  description: unknown;
  trust: unknown;
  maxSessionDuration: unknown;
  permissionsBoundary: unknown;
  inlinePolicies: Record<string, unknown>;
  managedPolicies: unknown;
  tags: unknown;
}

async function roleOfComponent(partition: string, externalId?: string, securityHub = false): Promise<Role> {
  const registered = mockPulumi({ partition });
  new MemberRole("role", { roleName: "member", ...TRUST, ...(externalId && { externalId }), securityHub, tags: TAGS });
  await settled();
  const types = registered.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
  expect(types).to.have.members(["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"]);
  const role = only(registered, "aws:iam/role:Role");
  const policy = only(registered, "aws:iam/rolePolicy:RolePolicy");
  return {
    name: role["name"],
    path: role["path"] ?? "/",
    description: role["description"],
    trust: JSON.parse(String(role["assumeRolePolicy"])) as unknown,
    maxSessionDuration: role["maxSessionDuration"],
    permissionsBoundary: role["permissionsBoundary"],
    inlinePolicies: { [String(policy["name"])]: JSON.parse(String(policy["policy"])) as unknown },
    managedPolicies: role["managedPolicyArns"] ?? [],
    tags: role["tags"],
  };
}

function roleOfTemplate(partition: string, externalId?: string, securityHub = false): Role {
  const template = memberRoleTemplate({
    partition,
    roleName: "member",
    ...TRUST,
    ...(externalId && { externalId }),
    securityHub,
    tags: TAGS,
  });
  expect(Object.keys(template.Resources)).to.deep.equal(["MemberRole"]);
  const properties = JSON.parse(JSON.stringify(template.Resources.MemberRole.Properties)) as Record<string, unknown>;
  const list = <T>(key: string): T[] => (properties[key] ?? []) as T[];
  return {
    name: properties["RoleName"],
    path: properties["Path"] ?? "/",
    description: properties["Description"],
    trust: properties["AssumeRolePolicyDocument"],
    maxSessionDuration: properties["MaxSessionDuration"],
    permissionsBoundary: properties["PermissionsBoundary"],
    inlinePolicies: Object.fromEntries(
      list<{ PolicyName: string; PolicyDocument: unknown }>("Policies").map((policy) => [
        policy.PolicyName,
        policy.PolicyDocument,
      ]),
    ),
    managedPolicies: list("ManagedPolicyArns"),
    tags: Object.fromEntries(list<{ Key: string; Value: string }>("Tags").map(({ Key, Value }) => [Key, Value])),
  };
}

describe("memberRoleTemplate", () => {
  for (const partition of ["aws", "aws-us-gov", "aws-cn"]) {
    for (const externalId of [undefined, "audit-2026"]) {
      const which = `${partition}, ${externalId ? "with" : "without"} an external id`;
      it(`makes the role that MemberRole makes: ${which}`, async () => {
        expect(roleOfTemplate(partition, externalId)).to.deep.equal(await roleOfComponent(partition, externalId));
      });
    }
  }

  it("makes the same role for Security Hub", async () => {
    const role = roleOfTemplate("aws", undefined, true);
    expect(role).to.deep.equal(await roleOfComponent("aws", undefined, true));
    expect(JSON.stringify(role.inlinePolicies)).to.contain("product/${aws:PrincipalAccount}/default");
  });

  it("fits into the request, takes no parameters and leaves nothing to macros", () => {
    const template = memberRoleTemplate({ partition: "aws", roleName: "member", ...TRUST });
    expect(JSON.stringify(template).length).to.be.below(51_200);
    expect(template).to.have.all.keys("AWSTemplateFormatVersion", "Description", "Resources", "Outputs");
    expect(template.Resources.MemberRole.Properties).not.to.have.property("Tags");
  });
});
