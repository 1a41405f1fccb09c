import { expect } from "chai";
import { judge, type Judgement, type PolicyLevel } from "../../../rollout/doctor/serviceControl";

const NEED = { action: "kms:CreateKey", resource: "*", region: "eu-central-1" };
const ROLE = "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole";
const PRINCIPAL = { accountId: "222233334444", arn: ROLE, organizationId: "o-exampleorgid" };
const ALLOW = { Effect: "Allow", Action: "*", Resource: "*" };

const level = (target: string, ...statements: object[]): PolicyLevel => ({
  target,
  policies: [{ name: "policy", content: JSON.stringify({ Statement: statements }) }],
});
const judged = (...statements: object[]): Judgement =>
  judge([level("r-root", ALLOW, ...statements)], [NEED], PRINCIPAL);
const deny = (more: object): object => ({ Effect: "Deny", Action: "*", Resource: "*", ...more });
const state = ({ denied, perhaps }: Judgement): string =>
  denied.length > 0 ? "denied" : perhaps.length > 0 ? "perhaps" : "allowed";

describe("service control policies", () => {
  const cases: [says: string, statement: object, expected: string][] = [
    ["deny by the action, whatever its case", { Action: "KMS:createkey" }, "denied"],
    ["deny by a pattern", { Action: ["s3:*", "kms:Create?ey"] }, "denied"],
    ["leave other actions alone", { Action: "kms:ScheduleKeyDeletion" }, "allowed"],
    ["leave alone what NotAction names", { Action: undefined, NotAction: "kms:*" }, "allowed"],
    ["deny what NotAction does not name", { Action: undefined, NotAction: ["iam:*", "sts:*"] }, "denied"],
    ["deny other Regions", { Condition: { StringNotEquals: { "aws:RequestedRegion": ["us-east-1"] } } }, "denied"],
    [
      "allow their own Region",
      { Condition: { StringNotEquals: { "aws:RequestedRegion": ["eu-central-1"] } } },
      "allowed",
    ],
    [
      "exempt the role that deploys",
      { Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole" } } },
      "allowed",
    ],
    [
      "exempt others only",
      { Condition: { ArnNotLike: { "aws:PrincipalARN": "arn:aws:iam::*:role/admin" } } },
      "denied",
    ],
    [
      "may deny by what is not known here",
      { Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } },
      "perhaps",
    ],
    [
      "do not deny where one of two conditions does not hold",
      {
        Condition: {
          Bool: { "aws:MultiFactorAuthPresent": "false" },
          StringEquals: { "aws:PrincipalAccount": "999988887777" },
        },
      },
      "allowed",
    ],
  ];
  for (const [says, statement, expected] of cases) {
    it(says, () => expect(state(judged(deny(statement)))).to.equal(expected));
  }

  it("have to allow at every place between root and account", () => {
    const narrow = level("ou-1", { Effect: "Allow", Action: "s3:*", Resource: "*" });
    const { denied } = judge([level("222233334444", ALLOW), narrow, level("r-root", ALLOW)], [NEED], PRINCIPAL);
    expect(denied).to.deep.equal([{ action: "kms:CreateKey", by: "no policy at ou-1 allows it" }]);
  });

  it("deny by the resource that is meant", () => {
    const need = { ...NEED, action: "s3:CreateBucket", resource: "arn:aws:s3:::evidence" };
    const over = (Resource: string): string =>
      state(judge([level("r-root", ALLOW, deny({ Resource }))], [need], PRINCIPAL));
    expect([over("arn:aws:s3:::evi*"), over("arn:aws:s3:::other")]).to.deep.equal(["denied", "allowed"]);
  });
});
