import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ComponentPackage } from "../../package/provider";
import { mockPulumi, only, settled, valueOf } from "../support/pulumiMocks";

const TYPE = "iam-credential-reports:index:MemberRole";
const INPUTS = { roleName: "member", collectorAccountId: "111122223333", collectorRoleName: "collector" };

describe("ComponentPackage", () => {
  const construct = (type: string, inputs: pulumi.Inputs) => new ComponentPackage().construct("role", type, inputs, {});
  const refused = async (type: string, inputs: pulumi.Inputs): Promise<unknown> =>
    construct(type, inputs).then(
      () => undefined,
      (error: unknown) => error,
    );

  it("makes a component, and gives the outputs that its schema names", async () => {
    const registered = mockPulumi({ accountId: "444455556666" });
    const { state } = await construct(TYPE, { ...INPUTS, roleName: pulumi.output("member") });
    expect(Object.keys(state)).to.deep.equal(["roleArn"]);
    expect(await valueOf(pulumi.output(state["roleArn"] as string))).to.equal("arn:aws:iam::444455556666:role/member");
    await settled();
    expect(only(registered, "aws:iam/role:Role")).to.include({ name: "member" });
  });

  it("names the components that there are when asked for another", async () => {
    const error = (await refused("iam-credential-reports:index:MemberRule", INPUTS)) as Error;
    expect(error.message).to.match(/no component iam-credential-reports:index:MemberRule, only .*index:MemberRole/);
  });

  it("names every argument that is missing, unknown or known too late, and makes nothing", async () => {
    const registered = mockPulumi();
    const error = await refused(TYPE.replace("MemberRole", "ReportKey"), {
      ...INPUTS,
      bucketName: null,
      protect: pulumi.output(true),
    });
    expect(pulumi.InputPropertiesError.isInstance(error)).to.equal(true);
    const { errors } = error as pulumi.InputPropertiesError;
    expect(errors.map(({ propertyPath, reason }) => `${propertyPath} ${reason.split(/[;:]/)[0]}`)).to.have.members([
      "alias is missing",
      "bucketName is missing",
      "deletionWindowInDays is missing",
      "readerRoleArns is missing",
      "roleName is not known",
      "protect has to be known before anything is made",
    ]);
    await settled();
    expect(registered).to.deep.equal([]);
  });
});
