import { expect } from "chai";
import { policiesIn } from "../support/policiesIn";
import { CONFIGURATION_NAMES } from "../support/renderedConfigurations";
import { KEY_IDS, render, renderedPolicies } from "../support/renderedPolicies";

const WHERE = { partition: "aws", region: "eu-central-1", accountId: "111122223333" };
const DOCUMENT = JSON.stringify({ Version: "2012-10-17", Statement: [] });

describe("what the stacks are rendered to", function () {
  // every stack of every configuration, one after the other
  this.timeout(120_000);

  for (const name of CONFIGURATION_NAMES) {
    it(`has every policy with what it hangs on, and no two at one place: ${name}`, async () => {
      const { policies } = await render(name);
      const printed = policies.filter(({ resource }) => resource.startsWith("output::"));
      expect(printed.map(({ resource }) => resource)).to.deep.equal(["output::analystPolicy"]);
      const attached = policies.filter((policy) => !printed.includes(policy));
      const places = attached.map(({ stack, resource, kind, principal, attachedTo }) => {
        expect(kind === "identity" ? principal : attachedTo, `${stack} ${resource}`).to.match(/^arn:/);
        return `${stack} ${resource} ${kind}`;
      });
      expect(new Set(places).size).to.equal(places.length);
    });
  }

  it("has what every kind of stack holds, and the member role by all three ways", async () => {
    const all = await renderedPolicies("everything on");
    expect([...new Set(all.map(({ stack }) => stack))].sort()).to.deep.equal([
      ...["export", "logarchive", "management", "member", "pipeline", "security"],
    ]);
    const ofMembers = all.filter(({ principal }) => principal?.endsWith("/iam-credential-reports-member"));
    expect(ofMembers.map(({ stack }) => stack).sort()).to.deep.equal(["export", "management", "member"]);
    for (const { document } of ofMembers) expect(document).to.deep.equal(ofMembers[0]?.document);
  });

  it("tells the keys apart", async () => {
    const keys = (await renderedPolicies("everything on")).filter(({ resource }) => resource.startsWith("aws:kms"));
    const arns = keys.map(({ attachedTo }) => attachedTo?.split("/").at(-1));
    expect(arns.sort()).to.deep.equal(Object.values(KEY_IDS).sort());
  });

  it("overlooks no document: one at a place that is not known ends the test", () => {
    const resource = { type: "aws:ecr/repositoryPolicy:RepositoryPolicy", name: "r", inputs: { policy: DOCUMENT } };
    expect(() => policiesIn([resource], WHERE, KEY_IDS)).to.throw(/policy of .*RepositoryPolicy::r, and nothing knows/);
    const nested = { type: "aws:iam/role:Role", name: "r", inputs: { inlinePolicies: [{ policy: DOCUMENT }] } };
    expect(() => policiesIn([nested], WHERE, KEY_IDS)).to.throw(/inlinePolicies\.0\.policy/);
  });

  it("counts a permission of a function as a statement of its policy", () => {
    const inputs = {
      statementId: "alerts",
      action: "lambda:InvokeFunction",
      function: "page",
      principal: "sns.amazonaws.com",
    };
    const [found] = policiesIn([{ type: "aws:lambda/permission:Permission", name: "p", inputs }], WHERE, KEY_IDS);
    expect(found?.attachedTo).to.equal("arn:aws:lambda:eu-central-1:111122223333:function:page");
    expect(found?.document.Statement).to.have.length(1);
  });
});
