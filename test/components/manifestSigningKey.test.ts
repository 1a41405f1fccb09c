import { expect } from "chai";
import { collectorPolicy } from "../../components/collectorPolicy";
import { ManifestSigningKey } from "../../components/manifestSigningKey";
import { manifestSigningKeyPolicy } from "../../components/manifestSigningKeyPolicy";
import type { PolicyDocument } from "../../components/policyDocument";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, valueOf } from "../support/pulumiMocks";

const READER = "arn:aws:iam::333344445555:role/Auditor";
const ONLY_DIGESTS = { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" };
const ARGS = {
  alias: "iam-credential-reports-signing",
  collectorAccountId: "111122223333",
  collectorRoleName: "collector",
  readerRoleArns: [READER],
  deletionWindowInDays: 30,
  retain: true,
};

describe("ManifestSigningKey", () => {
  it("makes an asymmetric key that signs and encrypts nothing, with an alias, and gives its public key", async () => {
    const registered = mockPulumi();
    const key = new ManifestSigningKey("key", ARGS);
    expect(await valueOf(key.signingKeyArn)).to.equal("arn:aws:kms:eu-central-1:222233334444:key/1234abcd");
    expect(await valueOf(key.publicKey)).to.match(/^-----BEGIN PUBLIC KEY-----/);
    const inputs = only(registered, "aws:kms/key:Key");
    expect(inputs).to.include({ customerMasterKeySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" });
    // KMS refuses the rotation of asymmetric keys
    expect(inputs).not.to.have.property("enableKeyRotation");
    expect(only(registered, "aws:kms/alias:Alias")).to.include({
      name: "alias/iam-credential-reports-signing",
      targetKeyId: "1234abcd",
    });
  });
});

describe("manifestSigningKeyPolicy", () => {
  const policy = (readerRoleArns: string[] = [READER], partition = "aws"): PolicyDocument =>
    manifestSigningKeyPolicy({ ...ARGS, partition, securityAccountId: "222233334444", readerRoleArns });
  const statement = (sid: string) => policy().Statement.find(({ Sid }) => Sid === sid);

  it("lets nobody but the collector's role sign, and only digests with one algorithm", () => {
    const signing = policy().Statement.filter(({ Action }) => [Action].flat().includes("kms:Sign"));
    expect(signing).to.have.length(1);
    expect(signing[0]).to.deep.include({
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "kms:Sign",
      Condition: {
        StringEquals: ONLY_DIGESTS,
        ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/collector" },
      },
    });
  });

  it("lets the owner administer it and get the public key, and neither sign nor grant", () => {
    const actions = [statement("AdministerKey")?.Action, statement("OwnerGetsPublicKey")?.Action].flat();
    expect(actions).to.include.members(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:GetPublicKey"]);
    expect(actions).not.to.include.oneOf(["kms:Sign", "kms:CreateGrant"]);
    // the provider asks for it of every key, also of one that cannot rotate
    expect(actions).to.include("kms:GetKeyRotationStatus");
    expect(actions).not.to.include.oneOf(["kms:EnableKeyRotation", "kms:DisableKeyRotation"]);
  });

  it("gives readers the public key and nothing more, and has no such statement without readers", () => {
    expect(statement("ReadersGetPublicKey")).to.deep.include({
      Action: "kms:GetPublicKey",
      Condition: { ArnEquals: { "aws:PrincipalArn": [READER] } },
    });
    expect(policy([]).Statement.map(({ Sid }) => Sid)).not.to.include("ReadersGetPublicKey");
  });

  it("allows no wildcard action and no open principal, and knows no partition of its own", () => {
    expect(allowedActions(policy()).filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(policy().Statement.filter(({ Principal }) => Principal === "*")).to.deep.equal([]);
    expect(JSON.stringify(policy([], "aws-cn"))).not.to.contain("arn:aws:");
  });
});

describe("the collector's permission to sign", () => {
  const policy = (signingKeyArn?: string): PolicyDocument =>
    collectorPolicy({
      partition: "aws",
      evidenceRegion: "eu-central-1",
      dnsSuffix: "amazonaws.com",
      organizationId: "o-exampleorgid",
      memberRoleName: "member",
      bucketName: "evidence",
      bucketOwner: "333344445555",
      keyArn: "arn:aws:kms:eu-central-1:222233334444:key/1234abcd",
      ...(signingKeyArn === undefined ? {} : { signingKeyArn }),
      logGroupArn: "arn:aws:logs:eu-central-1:111122223333:log-group:x",
    });

  it("is for the one key and for digests only, and absent without one", () => {
    const signing = "arn:aws:kms:eu-central-1:222233334444:key/5678efgh";
    expect(policy(signing).Statement.find(({ Sid }) => Sid === "SignManifests")).to.deep.include({
      Action: "kms:Sign",
      Resource: signing,
      Condition: { StringEquals: ONLY_DIGESTS },
    });
    expect(allowedActions(policy())).not.to.include("kms:Sign");
  });
});
