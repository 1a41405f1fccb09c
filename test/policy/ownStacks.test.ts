import { expect } from "chai";
import { deployedStacks, type DeployedStacksOptions } from "../support/deployedStacks";
import { COMPONENTS } from "../support/everyComponent";
import { violationsOf } from "../support/policyRunner";
import { mockPulumi, settled } from "../support/pulumiMocks";

/** What the rules say of all stacks of the example organization. */
async function ownViolations(options: DeployedStacksOptions = {}): Promise<string[]> {
  const region = options.place?.region ?? "eu-central-1";
  const found: string[] = [];
  for (const { stack, resources } of await deployedStacks(options)) {
    const subjects = resources.map((resource) => ({ ...resource, region }));
    for (const { rule, resource, message } of await violationsOf(subjects)) {
      found.push(`${stack} ${resource}: ${rule}: ${message}`);
    }
  }
  return found;
}

describe("the policy pack on the stacks of this project", function () {
  this.timeout(20_000);

  it("finds nothing with everything that is optional made", async () => {
    expect(await ownViolations()).to.deep.equal([]);
  });

  it("finds nothing with the defaults of Pulumi.yaml", async () => {
    const config = {
      collectorEngine: "lambda",
      signManifests: "false",
      deliverReports: "false",
      quickSightPrincipalArn: "",
      memberRoles: "stacks",
    };
    expect(await ownViolations({ config })).to.deep.equal([]);
  });

  it("finds nothing in other partitions", async () => {
    const places = [
      { partition: "aws-us-gov", region: "us-gov-west-1" },
      { partition: "aws-cn", region: "cn-north-1", dnsSuffix: "amazonaws.com.cn" },
    ];
    for (const place of places) expect(await ownViolations({ place }), place.partition).to.deep.equal([]);
  });

  for (const { component, make } of COMPONENTS) {
    it(`finds nothing in ${component}, every child made`, async () => {
      const registered = mockPulumi();
      make();
      await settled();
      expect(registered).to.not.have.length(0);
      expect(await violationsOf(registered.map((each) => ({ ...each, region: "eu-central-1" })))).to.deep.equal([]);
    });
  }
});
