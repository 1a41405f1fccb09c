import { expect } from "chai";
import { previewPolicy, rolloutPolicy, sameAccounts, secretVariable } from "../../components/deliveryPolicy";
import { gitHubTrustPolicy } from "../../components/gitHubTrustPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { parseStateBackend } from "../../components/stateBackend";
import { allowedActions } from "../support/policies";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:passphrase-AbCdEf";
const PARAMETER = "arn:aws:ssm:eu-central-1:111122223333:parameter/pulumi/token";
const RIGHTS = {
  partition: "aws",
  deployRoleArns: ["arn:aws:iam::333344445555:role/rollout", "arn:aws:iam::111122223333:role/rollout"],
  organizationId: "o-exampleorgid",
  stateBackend: "s3://state/reports?region=eu-central-1",
  stateKeyArn: KEY,
};
const statement = (policy: PolicyDocument, sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);

describe("rolloutPolicy", () => {
  it("lets a rollout assume the deploy roles of the organization, keep the state below its folder, and use its key", () => {
    expect(rolloutPolicy(RIGHTS).Statement).to.deep.equal([
      {
        Sid: "EnterTheAccounts",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: ["arn:aws:iam::111122223333:role/rollout", "arn:aws:iam::333344445555:role/rollout"],
        Condition: { StringEquals: { "aws:ResourceOrgID": "o-exampleorgid" } },
      },
      { Sid: "ListTheState", Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::state" },
      {
        Sid: "KeepTheState",
        Effect: "Allow",
        Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
        Resource: "arn:aws:s3:::state/reports/*",
      },
      {
        Sid: "UseTheKeyOfTheState",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        Resource: KEY,
      },
    ]);
  });

  it("reads the secrets that are named, each by its service, and none else", () => {
    const policy = rolloutPolicy({ ...RIGHTS, secretArns: [SECRET, PARAMETER] });
    expect(statement(policy, "ReadSecrets")).to.deep.include({
      Action: "secretsmanager:GetSecretValue",
      Resource: [SECRET],
    });
    expect(statement(policy, "ReadParameters")).to.deep.include({ Action: "ssm:GetParameters", Resource: [PARAMETER] });
    const services = allowedActions(rolloutPolicy(RIGHTS)).map((action) => action.split(":")[0]);
    expect(services).not.to.include.oneOf(["secretsmanager", "ssm", "iam"]);
  });

  it("has no rights on buckets where the state is a service's, and no key where there is none", () => {
    const rights = { partition: "aws", deployRoleArns: RIGHTS.deployRoleArns };
    expect(rolloutPolicy({ ...rights, stateBackend: "https://api.pulumi.com" }).Statement).to.deep.equal([
      {
        Sid: "EnterTheAccounts",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: ["arn:aws:iam::111122223333:role/rollout", "arn:aws:iam::333344445555:role/rollout"],
      },
    ]);
  });
});

describe("previewPolicy", () => {
  it("reads the state and writes none of it: who writes it has anything deployed by the next rollout", () => {
    const policy = previewPolicy(RIGHTS);
    expect(allowedActions(policy)).to.deep.equal(["sts:AssumeRole", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"]);
    expect(statement(policy, "ReadTheState")?.Resource).to.equal("arn:aws:s3:::state/reports/*");
  });

  it("enters the accounts of the deploy roles by roles of another name, each once", () => {
    const arns = [...RIGHTS.deployRoleArns, "arn:aws:iam::111122223333:role/path/other"];
    expect(sameAccounts(arns, "only-reads")).to.deep.equal([
      "arn:aws:iam::333344445555:role/only-reads",
      "arn:aws:iam::111122223333:role/only-reads",
    ]);
    expect(() => sameAccounts(["arn:aws:s3:::state"], "only-reads")).to.throw("not the ARN of a role");
  });
});

describe("the policies of a rollout", () => {
  it("allow no wildcard action and no resource of everybody's, and know no partition of their own", () => {
    for (const policy of [rolloutPolicy(RIGHTS), previewPolicy(RIGHTS)]) {
      expect(allowedActions(policy).filter((action) => action.includes("*"))).to.deep.equal([]);
      expect(policy.Statement.filter(({ Resource }) => [Resource].flat().includes("*"))).to.deep.equal([]);
    }
    const chinese = rolloutPolicy({ ...RIGHTS, partition: "aws-cn", deployRoleArns: [], stateKeyArn: "" });
    expect(JSON.stringify(chinese)).not.to.contain("arn:aws:");
  });
});

describe("gitHubTrustPolicy", () => {
  it("lets in jobs of the one environment of the one repository, with tokens made for AWS, and nobody else", () => {
    const where = { partition: "aws", accountId: "111122223333" };
    const repository = "example@1234/reports@5678";
    expect(gitHubTrustPolicy({ ...where, repository, environment: "rollout" }).Statement).to.deep.equal([
      {
        Sid: "JobsOfTheEnvironment",
        Effect: "Allow",
        Principal: { Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example@1234/reports@5678:environment:rollout",
          },
        },
      },
    ]);
  });
});

describe("secretVariable", () => {
  it("names a secret by its ARN and a parameter by its name, which has a slash before it in a hierarchy", () => {
    expect(secretVariable("P", SECRET)).to.deep.equal([{ name: "P", type: "SECRETS_MANAGER", value: SECRET }]);
    expect(secretVariable("P", PARAMETER)).to.deep.equal([
      { name: "P", type: "PARAMETER_STORE", value: "/pulumi/token" },
    ]);
    const flat = "arn:aws:ssm:eu-central-1:111122223333:parameter/token";
    expect(secretVariable("P", flat)).to.deep.equal([{ name: "P", type: "PARAMETER_STORE", value: "token" }]);
    expect(secretVariable("P", undefined)).to.deep.equal([]);
  });
});

describe("parseStateBackend", () => {
  for (const [url, expected] of [
    ["s3://state", { kind: "s3", bucketName: "state", prefix: "" }],
    ["s3://state/?region=eu-central-1&awssdk=v2", { kind: "s3", bucketName: "state", prefix: "" }],
    ["s3://state/a/b", { kind: "s3", bucketName: "state", prefix: "a/b/" }],
    ["s3://state/a/b/?profile=x", { kind: "s3", bucketName: "state", prefix: "a/b/" }],
    ["https://api.pulumi.com", { kind: "service" }],
    ["http://api.pulumi.com", undefined],
    ["file://~/state", undefined],
    ["azblob://state", undefined],
    ["s3://", undefined],
    ["s3://State", undefined],
    ["s3://state/a b", undefined],
  ] as const) {
    it(`reads ${url}`, () => expect(parseStateBackend(url)).to.deep.equal(expected));
  }
});
