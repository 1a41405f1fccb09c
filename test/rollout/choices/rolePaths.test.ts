import { expect } from "chai";
import type { PolicyDocument } from "../../../components/policyDocument";
import { readSettings } from "../../../rollout/configuration/settings";
import { deployedStack, deployedStacks, textsOf } from "../../support/deployedStacks";
import { archivedSettings } from "../../support/collectorArchive";
import { only, type Registered } from "../../support/pulumiMocks";

const COLLECTOR = "iam-credential-reports-collector";
const MEMBER = "iam-credential-reports-member";
const CONFIG = { rolePath: "/security/audit/", permissionsBoundary: "boundaries/workloads" };

/** ARNs of roles anywhere in what is registered. */
function roleArns(resources: readonly Registered[]): string[] {
  const texts = resources.flatMap(({ inputs }) => textsOf(inputs)).join("\n");
  return [...new Set(texts.match(/arn:[\w-]+:iam::(\d{12}|\*):role\/[\w+=,.@/-]+/g) ?? [])];
}

describe("a path for all roles", () => {
  it("is in every ARN of the project's roles, in whatever stack and policy, and on the roles themselves", async () => {
    for (const { stack, resources } of await deployedStacks({ config: CONFIG })) {
      const ours = roleArns(resources).filter((arn) => arn.includes(COLLECTOR) || arn.includes(MEMBER));
      expect(ours, stack).not.to.deep.equal([]);
      for (const arn of ours) expect(arn, stack).to.match(/:role\/security\/audit\/iam-credential-reports-/);
      for (const { inputs } of resources.filter(({ type }) => type === "aws:iam/role:Role")) {
        expect(inputs["path"], stack).to.equal("/security/audit/");
      }
    }
  });

  it("is in the collector's right to assume, and in what the collector knows", async () => {
    const resources = await deployedStack("management", { config: CONFIG });
    const policy = JSON.parse(
      String(only(resources, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"]),
    ) as PolicyDocument;
    const assume = policy.Statement.find(({ Action }) => Action === "sts:AssumeRole");
    expect(assume?.Resource).to.equal(`arn:aws:iam::*:role/security/audit/${MEMBER}`);
    expect(await archivedSettings(resources))
      .to.contain("memberRolePath")
      .and.to.contain('"/security/audit/"');
  });

  it("is on the role that the StackSet makes", async () => {
    const stackSet = only(await deployedStack("management", { config: CONFIG }), "aws-native:cloudformation:StackSet");
    const template = JSON.parse(String(stackSet["templateBody"])) as {
      Resources: { MemberRole: { Properties: Record<string, unknown> } };
    };
    expect(template.Resources.MemberRole.Properties).to.deep.include({
      Path: "/security/audit/",
      PermissionsBoundary: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundaries/workloads" },
    });
  });

  it("changes nothing where none is set", async () => {
    for (const { resources } of await deployedStacks()) {
      const ours = roleArns(resources).filter((arn) => arn.includes(COLLECTOR) || arn.includes(MEMBER));
      for (const arn of ours) expect(arn).to.match(/:role\/iam-credential-reports-/);
      for (const { inputs } of resources.filter(({ type }) => type === "aws:iam/role:Role")) {
        expect(inputs["path"] ?? "/").to.equal("/");
        expect(inputs).not.to.have.property("permissionsBoundary");
      }
    }
  });
});

describe("a permissions boundary for all roles", () => {
  const boundaries = async (permissionsBoundary: string, partition = "aws"): Promise<unknown[]> => {
    const region = partition === "aws" ? "eu-central-1" : "us-gov-west-1";
    const deployed = await deployedStacks({ place: { partition, region }, config: { permissionsBoundary } });
    return deployed
      .flatMap(({ resources }) => resources.filter(({ type }) => type === "aws:iam/role:Role"))
      .map(({ inputs }) => inputs["permissionsBoundary"]);
  };

  it("is the policy of that name in the role's own account and partition", async () => {
    expect(await boundaries("workloads", "aws-us-gov")).to.deep.equal([
      "arn:aws-us-gov:iam::111122223333:policy/workloads",
      "arn:aws-us-gov:iam::111122223333:policy/workloads",
      "arn:aws-us-gov:iam::111122223333:policy/workloads",
      "arn:aws-us-gov:iam::444455556666:policy/workloads",
    ]);
  });

  it("may be one of AWS's own, which is the same in every account", async () => {
    const arn = "arn:aws:iam::aws:policy/SecurityAudit";
    expect(await boundaries(arn)).to.deep.equal([arn, arn, arn, arn]);
  });
});

describe("path and boundary that are configured", () => {
  const problem = (raw: Record<string, string>): string => {
    try {
      readSettings("member-444455556666", "member", { managementAccountId: "111122223333", ...raw });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("may be what IAM takes", () => {
    for (const rolePath of ["/", "/security/", "/a/b-c/d.e/"]) expect(problem({ rolePath }), rolePath).to.equal("");
    for (const permissionsBoundary of ["workloads", "team/workloads", "arn:aws-cn:iam::aws:policy/job-function/X"]) {
      expect(problem({ permissionsBoundary }), permissionsBoundary).to.equal("");
    }
  });

  for (const rolePath of ["security", "/security", "security/", "//", "/a b/", `/${"a".repeat(512)}/`]) {
    it(`refuses the path ${rolePath.slice(0, 20)}`, () => {
      expect(problem({ rolePath })).to.contain("rolePath: ").and.to.contain("is not the path of a role");
    });
  }

  for (const permissionsBoundary of ["/workloads", "a b", "arn:aws:iam::111122223333:policy/workloads", "team/"]) {
    it(`refuses the boundary ${permissionsBoundary}`, () => {
      expect(problem({ permissionsBoundary })).to.contain("found by its name in each account");
    });
  }
});
