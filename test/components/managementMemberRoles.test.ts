import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { managementProgram } from "../../rollout/programs/management";
import { mockPulumi, only, settled, type Registered } from "../support/pulumiMocks";

const CONFIG = {
  organizationId: "o-exampleorgid",
  managementAccountId: "111122223333",
  logArchiveAccountId: "333344445555",
  keyArn: "arn:aws:kms:eu-central-1:222233334444:key/1234abcd",
  bucketName: "evidence",
};
const STACK_SET = "aws-native:cloudformation:StackSet";
const ROLE = "arn:aws:iam::111122223333:role/deploy";

describe("the management stack and member roles", () => {
  const deploy = async (
    more: Record<string, string>,
    assumeRoles?: object[],
  ): Promise<{ registered: Registered[]; outputs: string[] }> => {
    const config = { ...CONFIG, ...more };
    const registered = mockPulumi({ accountId: "111122223333" }, { stack: "management", config });
    if (assumeRoles) pulumi.runtime.setConfig("aws:assumeRoles", JSON.stringify(assumeRoles));
    const outputs = Object.keys(await managementProgram());
    await settled();
    return { registered, outputs };
  };
  const failure = (...args: Parameters<typeof deploy>): Promise<string> =>
    deploy(...args).then(
      () => "",
      (error: Error) => error.message,
    );
  const stackset = { memberRoles: "stackset", stackSetTargets: '["ou-exam-workloads"]' };

  it("has no StackSet where members have stacks, or something else carries the role", async () => {
    for (const memberRoles of ["stacks", "external"]) {
      const { registered, outputs } = await deploy({ memberRoles });
      expect(registered.filter(({ type }) => type.includes("aws-native"))).to.deep.equal([]);
      expect(outputs).not.to.include("stackSetName");
    }
  });

  it("has one for the configured units, of the role that the collector assumes", async () => {
    const { registered, outputs } = await deploy({
      ...stackset,
      memberRoleName: "audit",
      stackSetTolerancePercent: "5",
    });
    const stackSet = only(registered, STACK_SET);
    expect(stackSet["stackInstancesGroup"]).to.deep.equal([
      { deploymentTargets: { organizationalUnitIds: ["ou-exam-workloads"] }, regions: ["eu-central-1"] },
    ]);
    expect(stackSet["operationPreferences"]).to.deep.include({
      failureTolerancePercentage: 5,
      maxConcurrentPercentage: 100,
    });
    expect(String(stackSet["templateBody"])).to.contain('"RoleName":"audit"');
    expect(outputs).to.include("stackSetName");
  });

  it("makes no member role for its own account: the collector reads that one with its own", async () => {
    const { registered } = await deploy(stackset);
    const names = registered.filter(({ type }) => type === "aws:iam/role:Role").map(({ inputs }) => inputs["name"]);
    expect(names).to.deep.equal(["iam-credential-reports-collector", "iam-credential-reports-collector-schedule"]);
  });

  it("has one for the whole organization by default: it finds the root above its own account by itself", async () => {
    const { registered } = await deploy({});
    expect(only(registered, STACK_SET)["stackInstancesGroup"]).to.deep.equal([
      { deploymentTargets: { organizationalUnitIds: ["r-exam"] }, regions: ["eu-central-1"] },
    ]);
  });

  it("refuses a StackSet in the China Regions, which have none that works by itself in accounts", async () => {
    const place = { accountId: "111122223333", partition: "aws-cn", region: "cn-north-1" };
    mockPulumi(place, { stack: "management", config: CONFIG });
    const error: unknown = await managementProgram().catch((e: unknown) => e);
    expect((error as Error).message).to.match(/memberRoles: is stackset.*China Regions.*set memberRoles: stacks/);
  });

  it("goes by way of the role that leads into its account, and of one only", async () => {
    const { registered } = await deploy(stackset, [{ roleArn: ROLE }]);
    const provider = only(registered, "pulumi:providers:aws-native");
    expect(JSON.parse(String(provider["assumeRole"]))).to.deep.equal({ roleArn: ROLE });
    expect(await failure(stackset, [{ roleArn: ROLE }, { roleArn: ROLE }])).to.match(
      /aws:assumeRoles: leads by way of 2/,
    );
  });
});

describe("an external id that is a secret of the configuration", () => {
  /** How the engine marks a secret. */
  const SECRET = "1b47061264138c4ac30d75fd1eb44270";
  const deploy = async (secret: boolean): Promise<Registered[]> => {
    const config = {
      ...CONFIG,
      memberRoles: "stackset",
      stackSetTargets: '["r-exam"]',
      externalId: "shared-with-nobody",
    };
    const registered = mockPulumi(
      { accountId: "111122223333" },
      { stack: "management", config, secret: secret ? ["externalId"] : [] },
    );
    await managementProgram();
    await settled();
    return registered;
  };
  const showing = (registered: Registered[]): string[] =>
    registered
      .filter(({ inputs }) => JSON.stringify(bare(inputs)).includes("shared-with-nobody"))
      .map(({ type }) => type)
      .sort();
  /** Without what is marked as secret. */
  const bare = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== "object" || value === null) return value;
    if (Object.values(value).includes(SECRET)) return "[secret]";
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bare(inner)]));
  };

  it("is in no resource in the clear, and one that is no secret is", async () => {
    expect(showing(await deploy(false))).to.include("aws-native:cloudformation:StackSet");
    expect(showing(await deploy(true))).to.deep.equal([]);
  });
});
