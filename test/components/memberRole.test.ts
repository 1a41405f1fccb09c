import { expect } from "chai";
import { MemberRole } from "../../components/memberRole";
import { memberRolePolicy, memberRoleTrustPolicy } from "../../components/memberRolePolicy";
import { mockPulumi, only, settled, valueOf } from "../support/pulumiMocks";

const ARGS = { roleName: "member", collectorAccountId: "111122223333", collectorRoleName: "collector" };
const TRUST = { partition: "aws", collectorAccountId: "111122223333", collectorRoleName: "collector" };

describe("MemberRole", () => {
  it("makes one role with the one policy, and attaches nothing else", async () => {
    const registered = mockPulumi({ accountId: "444455556666" });
    const role = new MemberRole("role", ARGS);
    expect(await valueOf(role.roleArn)).to.equal("arn:aws:iam::444455556666:role/member");
    await settled();
    const types = registered.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
    expect(types).to.have.members(["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"]);
    expect(JSON.parse(String(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"]))).to.deep.equal(
      memberRolePolicy({ partition: "aws" }),
    );
  });

  it("trusts the collector in the provider's partition", async () => {
    const registered = mockPulumi({ accountId: "444455556666", partition: "aws-us-gov" });
    await valueOf(new MemberRole("role", ARGS).roleArn);
    expect(String(only(registered, "aws:iam/role:Role")["assumeRolePolicy"])).to.contain(
      "arn:aws-us-gov:iam::111122223333:role/collector",
    );
  });
});

describe("memberRolePolicy", () => {
  it("allows to generate and to get the credential report, and nothing else", () => {
    expect(memberRolePolicy({ partition: "aws" }).Statement.flatMap(({ Action }) => Action)).to.deep.equal([
      "iam:GenerateCredentialReport",
      "iam:GetCredentialReport",
    ]);
  });
});

describe("memberRolePolicy with Security Hub", () => {
  it("allows to import findings of the default product of its own account as well", async () => {
    const [, added, ...more] = memberRolePolicy({ partition: "aws-cn", securityHub: true }).Statement;
    expect(more).to.deep.equal([]);
    expect(added).to.deep.equal({
      Sid: "ImportFindings",
      Effect: "Allow",
      Action: "securityhub:BatchImportFindings",
      Resource: "arn:aws-cn:securityhub:*:*:product/${aws:PrincipalAccount}/default",
    });
    const registered = mockPulumi({ accountId: "444455556666" });
    new MemberRole("role", { ...ARGS, securityHub: true });
    await settled();
    expect(String(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"])).to.contain("BatchImportFindings");
  });
});

describe("memberRoleTrustPolicy", () => {
  it("trusts one role of one account, by a condition, so that the role need not exist yet", () => {
    const { Statement } = memberRoleTrustPolicy(TRUST);
    expect(Statement).to.have.length(1);
    expect(Statement[0]).to.deep.include({
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "sts:AssumeRole",
      Condition: { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/collector" } },
    });
  });

  it("asks for the external id where one is set", () => {
    const [statement] = memberRoleTrustPolicy({ ...TRUST, externalId: "audit-2026" }).Statement;
    expect(statement?.Condition?.["StringEquals"]).to.deep.equal({ "sts:ExternalId": "audit-2026" });
  });
});
