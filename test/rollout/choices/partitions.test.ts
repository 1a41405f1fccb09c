import { expect } from "chai";
import { readSettings, type RawConfig } from "../../../rollout/configuration/settings";
import type { StackKind } from "../../../rollout/configuration/configSchema";
import { deployedStacks, textsOf } from "../../support/deployedStacks";

const PLACES = [
  { partition: "aws-us-gov", region: "us-gov-east-1", dnsSuffix: "amazonaws.com" },
  { partition: "aws-cn", region: "cn-northwest-1", dnsSuffix: "amazonaws.com.cn" },
];
/** Principals have the same name in every partition. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services */
const PRINCIPALS = /\b(cloudwatch|events|lambda|scheduler|states)\.amazonaws\.com\b(?!\.)/g;

describe("stacks of other partitions", () => {
  for (const place of PLACES) {
    it(`name nothing of the commercial one: ${place.partition}`, async () => {
      for (const { stack, resources } of await deployedStacks({ place, config: { rolePath: "/audit/" } })) {
        for (const { type, inputs } of resources) {
          const text = textsOf(inputs).join("\n");
          expect(text, `${stack} ${type}`).not.to.contain("arn:aws:");
          const hosts = text.replace(PRINCIPALS, "").match(/[\w.-]*amazonaws\.com[\w.]*/g) ?? [];
          for (const host of hosts) expect(host, `${stack} ${type}`).to.match(new RegExp(`${place.dnsSuffix}$`));
        }
      }
    });

    it(`let keys be used through the services of the partition: ${place.partition}`, async () => {
      const deployed = await deployedStacks({ place });
      const texts = deployed.flatMap(({ resources }) => resources.flatMap(({ inputs }) => textsOf(inputs))).join("\n");
      const services = texts.match(/"kms:ViaService":"[^"]+"/g) ?? [];
      expect([...new Set(services)].sort()).to.deep.equal(
        ["s3", "sns"].map((service) => `"kms:ViaService":"${service}.${place.region}.${place.dnsSuffix}"`),
      );
    });
  }
});

describe("what is not to be had in a Region", () => {
  const problem = (kind: StackKind, region: string, raw: RawConfig): string => {
    const accountId = kind === "management" ? "111122223333" : "333344445555";
    const base = {
      organizationId: "o-exampleorgid",
      managementAccountId: "111122223333",
      logArchiveAccountId: "333344445555",
    };
    try {
      readSettings(kind, kind, { ...base, ...raw }, { accountId, region });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("is a StackSet in China, where member accounts have stacks", () => {
    expect(problem("management", "cn-north-1", { memberRoles: "stackset" })).to.match(
      /memberRoles: .*China Regions.*stacks/,
    );
    expect(problem("management", "cn-north-1", { memberRoles: "stacks" })).to.equal("");
    expect(problem("management", "us-gov-west-1", { memberRoles: "stackset" })).to.equal("");
  });

  it("is whatever belongs to another partition, which is named with the right one", () => {
    expect(
      problem("logarchive", "us-gov-west-1", {
        keyArn: "arn:aws-us-gov:kms:us-gov-west-1:222233334444:key/1234abcd",
        readerRoleArns: ["arn:aws:iam::333344445555:role/Auditor", "arn:aws-us-gov:iam::333344445555:role/Auditor"],
      }),
    ).to.contain(
      "readerRoleArns: arn:aws:iam::333344445555:role/Auditor: this stack is in us-gov-west-1, where ARNs begin with arn:aws-us-gov:",
    );
    expect(problem("management", "cn-north-1", { permissionsBoundary: "arn:aws:iam::aws:policy/X" })).to.contain(
      "arn:aws-cn:",
    );
  });

  it("is left to AWS in partitions that are not known", () => {
    const readerRoleArns = ["arn:aws-iso:iam::333344445555:role/Auditor"];
    expect(problem("security", "us-iso-east-1", { readerRoleArns })).to.equal("");
  });

  it("may be ARM processors, in whose place there are others", () => {
    for (const architecture of ["arm64", "x86_64"]) {
      expect(problem("management", "cn-north-1", { memberRoles: "stacks", architecture })).to.equal("");
    }
    expect(problem("management", "eu-central-1", { architecture: "x86" })).to.contain("one of arm64 and x86_64");
  });
});
