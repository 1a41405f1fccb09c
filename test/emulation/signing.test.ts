import { createHash, verify } from "node:crypto";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  SignCommand,
  type SignCommandInput,
} from "@aws-sdk/client-kms";
import { expect } from "chai";
import { manifestSigningKeyPolicy } from "../../components/manifestSigningKeyPolicy";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws } from "./emulatedAws";

const SECURITY = "222233334444";
const READER = "arn:aws:iam::333344445555:role/OrganizationAccountAccessRole";

describe("the key that signs manifests, in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let collector: Credentials;
  let owner: Credentials;
  let keyArn: string;
  const manifest = Buffer.from('{"schema":"…"}\n');
  const sign = (more: Partial<SignCommandInput> = {}) =>
    new SignCommand({
      KeyId: keyArn,
      Message: createHash("sha256").update(manifest).digest(),
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
      ...more,
    });
  const publicKeyOf = async (caller: Credentials): Promise<Buffer> => {
    const { PublicKey } = await aws.kms(caller).send(new GetPublicKeyCommand({ KeyId: keyArn }));
    return Buffer.from(PublicKey ?? []);
  };
  const isSignature = (der: Buffer, signature: Uint8Array | undefined): boolean =>
    verify("sha256", manifest, { key: der, format: "der", type: "spki", dsaEncoding: "der" }, signature ?? Buffer.of());

  before(async () => {
    aws = await emulatedAws(5);
    owner = await aws.administrator(SECURITY);
    const iam = aws.iam(aws.deployer);
    const { managementAccountId } = aws.plan;
    const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: managementAccountId } });
    await iam.send(new CreateRoleCommand({ RoleName: "collector", AssumeRolePolicyDocument: trust }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "collector",
        PolicyName: "sign",
        PolicyDocument: policy({ Effect: "Allow", Action: "kms:Sign", Resource: "*" }),
      }),
    );
    collector = await aws.assume(aws.deployer, `arn:aws:iam::${managementAccountId}:role/collector`);
    const document = manifestSigningKeyPolicy({
      partition: "aws",
      securityAccountId: SECURITY,
      collectorAccountId: managementAccountId,
      collectorRoleName: "collector",
      readerRoleArns: [READER],
    });
    const { KeyMetadata } = await aws.kms(owner).send(
      new CreateKeyCommand({
        KeySpec: "ECC_NIST_P256",
        KeyUsage: "SIGN_VERIFY",
        Policy: JSON.stringify(document),
      }),
    );
    keyArn = KeyMetadata?.Arn ?? "";
  });
  after(() => aws.remove());

  it("signs for the collector of another account, as the public key verifies", async () => {
    const { Signature } = await aws.kms(collector).send(sign());
    expect(isSignature(await publicKeyOf(owner), Signature)).to.equal(true);
  });

  it("gives its public key to a named reader of another account, and to nobody else", async () => {
    const reader = await aws.administrator("333344445555");
    expect(await publicKeyOf(reader)).to.deep.equal(await publicKeyOf(owner));
    expect(await errorName(publicKeyOf(await aws.administrator("444400000003")))).to.match(/AccessDenied/);
  });

  it("refuses to sign for its owner, for a reader, and for an administrator of the collector's account", async () => {
    for (const caller of [owner, await aws.administrator("333344445555"), aws.deployer]) {
      expect(await errorName(aws.kms(caller).send(sign()))).to.match(/AccessDenied/);
    }
  });

  it("refuses to sign what is not a digest", async () => {
    const raw = sign({ Message: Buffer.from("anything"), MessageType: "RAW" });
    expect(await errorName(aws.kms(collector).send(raw))).to.match(/AccessDenied/);
  });

  it("is the same key after a restart", async () => {
    const before = await publicKeyOf(owner);
    aws = await aws.restarted();
    // sessions do not outlive the emulator
    owner = await aws.administrator(SECURITY);
    collector = await aws.assume(aws.deployer, `arn:aws:iam::${aws.plan.managementAccountId}:role/collector`);
    expect(await publicKeyOf(owner)).to.deep.equal(before);
    const { Signature } = await aws.kms(collector).send(sign());
    expect(isSignature(before, Signature)).to.equal(true);
    const { KeyMetadata } = await aws.kms(owner).send(new DescribeKeyCommand({ KeyId: keyArn }));
    expect(KeyMetadata).to.include({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  });
});
