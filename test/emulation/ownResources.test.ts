import path from "node:path";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DisableKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { runChecks } from "../../rollout/doctor/check";
import type { AccountView, DoctorFacts } from "../../rollout/doctor/facts";
import { OWN_RESOURCE_CHECKS } from "../../rollout/doctor/ownResources";
import { readOrganizationConfig, type OrganizationConfig } from "../../rollout/configuration/organizationConfig";
import { bucketPolicyFor, keyPolicyFor } from "../../rollout/ownerPolicies";
import { makeOwnBucket } from "../support/ownBucket";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws } from "./emulatedAws";

const [MANAGEMENT, OWNER, MEMBER] = ["111122223333", "333344445555", "444400000003"];
const Bucket = "evidence-of-ours";
const COLLECTOR = { RoleName: "iam-credential-reports-collector", Path: "/security/" };

describe("a key and a bucket of one's own, both in one account, with the policies that are printed", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let owner: Credentials;
  let config: OrganizationConfig;
  let keyArn: string;

  /** How each check ends. */
  async function states(): Promise<Record<string, string>> {
    const view = {
      caller: { accountId: OWNER, partition: "aws", arn: "" },
      region: "eu-central-1",
      kms: aws.kms(owner),
      s3: aws.s3(owner),
    };
    const facts = {
      config: () => Promise.resolve(config),
      account: () => Promise.resolve(view as unknown as AccountView),
    };
    const results = await runChecks(OWN_RESOURCE_CHECKS, facts as unknown as DoctorFacts);
    return Object.fromEntries(results.map(({ id, state }) => [id, state]));
  }

  before(async () => {
    aws = await emulatedAws(5);
    owner = await aws.administrator(OWNER);
    config = readOrganizationConfig(path.join(__dirname, "../.."));
    for (const { settings } of [config.security, config.logarchive, config.management])
      settings.rolePath = "/security/";
    config.logarchive.settings.existingBucketName = config.bucketName = Bucket;
    config.logarchive.settings.organizationId = aws.plan.organizationId;
    const { KeyMetadata } = await aws.kms(owner).send(new CreateKeyCommand({}));
    keyArn = KeyMetadata?.Arn ?? "";
    config.security.settings.existingKeyArn = keyArn;
    await makeOwnBucket(aws.s3(owner), Bucket, keyArn);
  });
  after(() => aws.remove());

  it("are called wrong before the policies are in place", async () => {
    expect(await states()).to.include({
      "existing-key": "ok",
      "existing-bucket": "ok",
      "existing-bucket-policy": "wrong",
    });
  });

  it("are as they should be with them", async () => {
    const Policy = JSON.stringify(keyPolicyFor(config));
    await aws.kms(owner).send(new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: "default", Policy }));
    const document = JSON.stringify(bucketPolicyFor(config, keyArn));
    await aws.s3(owner).send(new PutBucketPolicyCommand({ Bucket, Policy: document }));
    expect(await states()).to.deep.equal({
      "existing-key": "ok",
      "existing-key-policy": "ok",
      "existing-bucket": "ok",
      "existing-bucket-policy": "ok",
    });
  });

  it("let the collector write by its path, a reader of the account read, and nobody else do either", async () => {
    const iam = aws.iam(aws.deployer);
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: MANAGEMENT } };
    const allowed = { Effect: "Allow", Action: ["s3:*", "kms:*"], Resource: "*" };
    const session = async (role: { RoleName: string; Path: string }): Promise<Credentials> => {
      await iam.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument: policy(trust) }));
      const PolicyDocument = policy(allowed);
      await iam.send(new PutRolePolicyCommand({ RoleName: role.RoleName, PolicyName: "write", PolicyDocument }));
      return aws.assume(aws.deployer, `arn:aws:iam::${MANAGEMENT}:role${role.Path}${role.RoleName}`);
    };
    const Key = "runs/20261123T000000Z-000000/manifest.json";
    const put = (caller: Credentials): Promise<string> =>
      errorName(aws.s3(caller).send(new PutObjectCommand({ Bucket, Key, Body: "{}", IfNoneMatch: "*" })));
    const get = (caller: Credentials): Promise<string> =>
      errorName(aws.s3(caller).send(new GetObjectCommand({ Bucket, Key })));
    expect(await put(await session({ ...COLLECTOR, RoleName: "somebody" }))).to.equal("AccessDenied");
    expect(await put(await session(COLLECTOR))).to.equal("none");
    expect(await get(owner), "the reader is the administrator of the account here").to.equal("none");
    expect(await put(owner)).to.equal("AccessDenied");
    expect(await get(await aws.administrator(MEMBER))).to.equal("AccessDenied");
  });

  it("are called wrong when their owner changes them", async () => {
    await aws.s3(owner).send(new DeletePublicAccessBlockCommand({ Bucket }));
    await aws.kms(owner).send(new DisableKeyCommand({ KeyId: keyArn }));
    expect(await states()).to.include({ "existing-key": "wrong", "existing-bucket": "wrong" });
  });
});
