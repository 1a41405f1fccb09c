import * as stackSets from "@pulumi/aws-native/cloudformation/stackSet";
import * as providers from "@pulumi/aws-native/provider";
import { expect } from "chai";
import { Provider, StackSet, type ProviderArgs, type StackSetArgs } from "../../components/cloudControl";
import { MemberRoleStackSet, type MemberRoleStackSetArgs } from "../../components/memberRoleStackSet";
import { memberRoleTemplate } from "../../components/memberRoleTemplate";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const ARGS: MemberRoleStackSetArgs = {
  stackSetName: "members",
  targets: ["ou-exam-workloads", "ou-exam-sandboxes"],
  roleName: "member",
  collectorAccountId: "111122223333",
  collectorRoleName: "collector",
  callAs: "SELF",
  failureTolerancePercentage: 100,
  maxConcurrentPercentage: 50,
};
const STACK_SET = "aws-native:cloudformation:StackSet";
const PROVIDER = "pulumi:providers:aws-native";

async function registeredBy(args: Partial<MemberRoleStackSetArgs> = {}, place = {}): Promise<Registered[]> {
  const registered = mockPulumi({ accountId: "111122223333", ...place });
  const component = new MemberRoleStackSet("members", { ...ARGS, ...args });
  expect(await valueOf(component.stackSetName)).to.equal("members");
  await settled();
  return registered;
}

describe("MemberRoleStackSet", () => {
  it("makes one StackSet with service-managed permissions, and no role by itself", async () => {
    const registered = await registeredBy();
    expect(registered.map(({ type }) => type).filter((type) => type.startsWith("aws"))).to.deep.equal([STACK_SET]);
    const stackSet = only(registered, STACK_SET);
    expect(stackSet).to.deep.include({
      stackSetName: "members",
      permissionModel: "SERVICE_MANAGED",
      callAs: "SELF",
      capabilities: ["CAPABILITY_NAMED_IAM"],
      managedExecution: { active: true },
    });
    for (const property of ["administrationRoleArn", "executionRoleName", "templateUrl", "parameters"]) {
      expect(stackSet, property).not.to.have.property(property);
    }
  });

  it("deploys to accounts that join, and takes the role from those that leave", async () => {
    expect(only(await registeredBy(), STACK_SET)["autoDeployment"]).to.deep.equal({
      enabled: true,
      retainStacksOnAccountRemoval: false,
    });
  });

  it("covers the chosen units in one Region, the provider's, and names no single account", async () => {
    const stackSet = only(await registeredBy({}, { region: "us-west-2" }), STACK_SET);
    expect(stackSet["stackInstancesGroup"]).to.deep.equal([
      {
        deploymentTargets: { organizationalUnitIds: ["ou-exam-workloads", "ou-exam-sandboxes"] },
        regions: ["us-west-2"],
      },
    ]);
  });

  it("works on as many accounts at once as it is told, however many may fail", async () => {
    const stackSet = only(
      await registeredBy({ failureTolerancePercentage: 5, maxConcurrentPercentage: 20 }),
      STACK_SET,
    );
    expect(stackSet["operationPreferences"]).to.deep.equal({
      regionConcurrencyType: "PARALLEL",
      concurrencyMode: "SOFT_FAILURE_TOLERANCE",
      failureTolerancePercentage: 5,
      maxConcurrentPercentage: 20,
    });
  });

  it("carries the template of the member role in the provider's partition, with its tags", async () => {
    const tags = { "iam-credential-reports:stack": "management" };
    const stackSet = only(
      await registeredBy({ externalId: "audit-2026", tags }, { partition: "aws-us-gov" }),
      STACK_SET,
    );
    expect(JSON.parse(String(stackSet["templateBody"]))).to.deep.equal(
      memberRoleTemplate({
        partition: "aws-us-gov",
        roleName: "member",
        collectorAccountId: "111122223333",
        collectorRoleName: "collector",
        externalId: "audit-2026",
        tags,
      }),
    );
    expect(stackSet["tags"]).to.deep.equal([{ key: "iam-credential-reports:stack", value: "management" }]);
  });

  it("trusts the collector and nobody else: no principal but its account, narrowed to its role", async () => {
    const text = String(only(await registeredBy(), STACK_SET)["templateBody"]);
    expect(text.match(/"(AWS|Service|Federated)":/g)).to.deep.equal(['"AWS":']);
    expect(text).to.contain('"Principal":{"AWS":"arn:aws:iam::111122223333:root"}');
    expect(text).not.to.match(/"Action":("\*"|\["\*"|"[a-z]+:\*")/);
  });

  it("holds its provider to the stack's account and Region, by way of the role that leads there", async () => {
    const provider = only(await registeredBy(), PROVIDER);
    expect(provider).to.deep.include({ region: "eu-central-1", allowedAccountIds: '["111122223333"]' });
    expect(provider).not.to.have.property("assumeRole");
    const assumeRole = { roleArn: "arn:aws:iam::111122223333:role/deploy", externalId: "x" };
    const led = only(await registeredBy({ assumeRole }), PROVIDER);
    expect(JSON.parse(String(led["assumeRole"]))).to.deep.equal(assumeRole);
  });
});

describe("what is declared of the Cloud Control provider", () => {
  it("is what its package declares", () => {
    // the compiler is what checks these: an argument that the package does not take is no argument of it
    const stackSet: (ours: StackSetArgs) => stackSets.StackSetArgs = (ours) => ours;
    const provider: (ours: Omit<ProviderArgs, "region">) => Omit<providers.ProviderArgs, "region"> = (ours) => ours;
    const names: (ours: keyof StackSetArgs) => keyof stackSets.StackSetArgs = (ours) => ours;
    const providerNames: (ours: keyof ProviderArgs) => keyof providers.ProviderArgs = (ours) => ours;
    expect([stackSet, provider, names, providerNames].every((check) => typeof check === "function")).to.equal(true);
    expect(StackSet).to.equal(stackSets.StackSet);
    expect(Provider).to.equal(providers.Provider);
  });
});
