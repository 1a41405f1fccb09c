import { expect } from "chai";
import type { PolicyDocument } from "../../../components/policyDocument";
import { deployedStack } from "../../support/deployedStacks";
import { only } from "../../support/pulumiMocks";

const ACCOUNT = "333344445555";
const READER = `arn:aws:iam::${ACCOUNT}:role/Auditor`;

/** The policies of key and bucket where both are in the account of the readers. */
async function policies(): Promise<Record<"key" | "bucket", PolicyDocument>> {
  const config = { analysis: "false", signManifests: "false" };
  const options = { securityAccountId: ACCOUNT, config };
  const key = only(await deployedStack("security", options), "aws:kms/key:Key");
  const bucket = only(await deployedStack("logarchive", options), "aws:s3/bucketPolicy:BucketPolicy");
  return {
    key: JSON.parse(String(key["policy"])) as PolicyDocument,
    bucket: JSON.parse(String(bucket["policy"])) as PolicyDocument,
  };
}

describe("key and bucket in one account", () => {
  it("have policies whose every statement stands once, under a name of its own", async () => {
    for (const { Statement: statements } of Object.values(await policies())) {
      const names = statements.map(({ Sid }) => Sid);
      expect(new Set(names).size).to.equal(names.length);
      const contents = statements.map((statement) => JSON.stringify({ ...statement, Sid: "" }));
      expect(new Set(contents).size).to.equal(contents.length);
    }
  });

  it("let the account administer the key and not use it, but for the readers through S3", async () => {
    const { key } = await policies();
    const root = `arn:aws:iam::${ACCOUNT}:root`;
    const ofTheAccount = key.Statement.filter(({ Principal }) => JSON.stringify(Principal).includes(root));
    const using = ofTheAccount.filter(({ Action }) =>
      [Action].flat().some((action) => /Decrypt|Encrypt|DataKey/.test(action)),
    );
    expect(using.map(({ Sid }) => Sid)).to.deep.equal(["ReadersDecryptThroughS3"]);
    expect(using[0]?.Condition).to.deep.include({ ArnEquals: { "aws:PrincipalArn": [READER] } });
    expect(ofTheAccount.map(({ Sid }) => Sid)).to.deep.equal(["AdministerKey", "ReadersDecryptThroughS3"]);
  });

  it("encrypt the bucket with the key of the account", async () => {
    const resources = await deployedStack("logarchive", { securityAccountId: ACCOUNT, config: { analysis: "false" } });
    const encryption = only(
      resources,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    );
    expect(JSON.stringify(encryption["rules"])).to.contain(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/`);
  });
});
