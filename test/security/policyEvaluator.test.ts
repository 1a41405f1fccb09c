import { expect } from "chai";
import { policyDocument, type PolicyStatement } from "../../components/policyDocument";
import { judge, judgeAll, type Caller, type Request } from "./policyEvaluator";

const OWNER = "333344445555";
const BUCKET = "arn:aws:s3:::evidence";

const caller = (accountId: string, ...statements: PolicyStatement[]): Caller => ({
  principal: `arn:aws:sts::${accountId}:assumed-role/Reader/session`,
  accountId,
  identityPolicies: statements.length > 0 ? [policyDocument(...statements)] : [],
  context: { "aws:PrincipalArn": `arn:aws:iam::${accountId}:role/Reader` },
});
const mayRead: PolicyStatement = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: `${BUCKET}/*` };
const account = (accountId: string): PolicyStatement => ({
  Sid: "Account",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${accountId}:root` },
  Action: "s3:GetObject",
  Resource: `${BUCKET}/*`,
  Condition: { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${accountId}:role/Reader` } },
});
const read = (...statements: PolicyStatement[]): Request => ({
  action: "s3:GetObject",
  resource: `${BUCKET}/raw.csv`,
  accountId: OWNER,
  ...(statements.length > 0 && { resourcePolicy: policyDocument(...statements) }),
});
const said = async (...args: Parameters<typeof judge>): Promise<string> => {
  const { allowed, reason } = await judge(...args);
  return `${allowed ? "allow" : "deny"} ${reason}`;
};

describe("the evaluator of policies", () => {
  it("tells by what a request within an account is decided", async () => {
    expect(await said(caller(OWNER, mayRead), read())).to.equal("allow own");
    expect(await said(caller(OWNER), read())).to.equal("deny none");
    expect(await said(caller(OWNER, mayRead), read(account(OWNER)))).to.equal("allow let");
    expect(await said(caller(OWNER), read(account(OWNER))), "an account that is named leaves it to its roles").to.equal(
      "deny none",
    );
    const refused: PolicyStatement = { ...mayRead, Sid: "Refuse", Effect: "Deny", Principal: "*" };
    expect(await judge(caller(OWNER, mayRead), read(refused))).to.deep.equal({
      allowed: false,
      reason: "no",
      sids: ["Refuse"],
    });
  });

  it("asks for both policies across accounts", async () => {
    const other = "444455556666";
    expect(await said(caller(other, mayRead), read(account(other)))).to.equal("allow let");
    expect(await said(caller(other), read(account(other)))).to.equal("deny none");
    expect(await said(caller(other, mayRead), read())).to.equal("deny shut");
    expect(await said({ principal: undefined, identityPolicies: [], context: {} }, read())).to.equal("deny shut");
  });

  it("asks the key after the bucket, and knows the encryption context", async () => {
    const decrypt = (named: string): Request => ({
      action: "kms:Decrypt",
      resource: `arn:aws:kms:eu-central-1:${OWNER}:key/1234abcd`,
      accountId: OWNER,
      resourcePolicy: policyDocument({
        ...account(OWNER),
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": BUCKET } },
      }),
      context: { "kms:EncryptionContext:aws:s3:arn": named },
    });
    const reader = caller(OWNER, mayRead, { Sid: "Use", Effect: "Allow", Action: "kms:Decrypt", Resource: "*" });
    expect(await judgeAll(reader, [read(), decrypt(BUCKET)])).to.include({ allowed: true, reason: "own" });
    expect(await judgeAll(reader, [read(), decrypt("arn:aws:s3:::other")])).to.include({
      allowed: false,
      reason: "key",
    });
  });

  it("refuses to judge what AWS would never be asked", async () => {
    const mistakes: [Partial<Request>, RegExp][] = [
      [{ action: "s3:GetObjct" }, /cannot be judged.*invalid\.action/],
      [{ resource: "arn:aws:sqs:eu-central-1:333344445555:queue" }, /cannot be judged/],
      [{ context: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } }, /the action has no kms:ViaService/],
    ];
    for (const [mistake, complaint] of mistakes) {
      const error = await judge(caller(OWNER, mayRead), { ...read(), ...mistake }).catch((thrown: Error) => thrown);
      expect(error).to.be.instanceOf(Error).with.property("message").that.matches(complaint);
    }
  });
});
