import { expect } from "chai";
import { ReportKey } from "../../components/reportKey";
import { reportKeyPolicy } from "../../components/reportKeyPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { mockPulumi, only, valueOf } from "../support/pulumiMocks";
import { allowedActions } from "../support/policies";

const ARGS = {
  alias: "iam-credential-reports",
  collectorAccountId: "111122223333",
  collectorRoleName: "collector",
  bucketName: "evidence",
  readerRoleArns: ["arn:aws:iam::333344445555:role/Auditor"],
  deletionWindowInDays: 30,
  protect: true,
};

describe("ReportKey", () => {
  it("makes a rotated key with an alias", async () => {
    const registered = mockPulumi();
    const key = new ReportKey("key", ARGS);
    expect(await valueOf(key.keyArn)).to.equal("arn:aws:kms:eu-central-1:222233334444:key/1234abcd");
    expect(await valueOf(key.keyAlias)).to.equal("alias/iam-credential-reports");
    expect(only(registered, "aws:kms/key:Key")).to.include({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(only(registered, "aws:kms/alias:Alias")).to.include({ targetKeyId: "1234abcd" });
  });

  it("takes partition, Region and its own account from the provider", async () => {
    const registered = mockPulumi({
      accountId: "999988887777",
      partition: "aws-cn",
      dnsSuffix: "amazonaws.com.cn",
      region: "cn-north-1",
    });
    await valueOf(new ReportKey("key", { ...ARGS, readerRoleArns: [] }).keyAlias);
    const text = String(only(registered, "aws:kms/key:Key")["policy"]);
    expect(text).to.contain("arn:aws-cn:iam::999988887777:root");
    expect(text).to.contain("s3.cn-north-1.amazonaws.com.cn");
    expect(text).not.to.contain("arn:aws:");
  });
});

describe("reportKeyPolicy", () => {
  const policy = (readers: string[] = ARGS.readerRoleArns): PolicyDocument =>
    reportKeyPolicy({
      partition: "aws",
      region: "eu-central-1",
      dnsSuffix: "amazonaws.com",
      securityAccountId: "222233334444",
      collectorAccountId: "111122223333",
      collectorRoleName: "collector",
      bucketName: "evidence",
      readerRoleArns: readers,
    });
  const statement = (sid: string) => policy().Statement.find(({ Sid }) => Sid === sid);

  it("lets the collector's role encrypt through S3 of the Region and for the bucket only", () => {
    expect(statement("CollectorEncryptsThroughS3")).to.deep.include({
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::111122223333:root"] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Condition: {
        StringEquals: {
          "kms:ViaService": "s3.eu-central-1.amazonaws.com",
          "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::evidence",
        },
        ArnEquals: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/collector"] },
      },
    });
  });

  it("lets the key's owner administer it and not use it", () => {
    const actions = [statement("AdministerKey")?.Action].flat();
    expect(actions).to.include.members(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"]);
    expect(actions).not.to.include.oneOf(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"]);
  });

  it("lets named readers decrypt, and has no such statement without readers", () => {
    expect(statement("ReadersDecryptThroughS3")?.Action).to.deep.equal(["kms:Decrypt"]);
    expect(statement("ReadersDecryptThroughS3")?.Condition?.["ArnEquals"]).to.deep.equal({
      "aws:PrincipalArn": ["arn:aws:iam::333344445555:role/Auditor"],
    });
    expect(policy([]).Statement.map(({ Sid }) => Sid)).not.to.include("ReadersDecryptThroughS3");
  });

  it("allows no wildcard action and no open principal", () => {
    expect(allowedActions(policy()).filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(policy().Statement.filter(({ Principal }) => Principal === "*")).to.deep.equal([]);
  });
});
