import { expect } from "chai";
import { PutRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { collectorPolicy } from "../../components/collectorPolicy";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import { bucketEvidence } from "../../rollout/evidence/evidence";
import { systemClock } from "../../runtime/clock";
import type { Bucket } from "../../runtime/s3Bucket";
import { S3Store } from "../../runtime/s3Store";
import { startMoto, type MotoServer } from "../support/motoServer";
import { emulatedAws, errorName, policy, type EmulatedAws } from "./emulatedAws";

const RAW = "runs/20261123T031500Z-000001/raw/111122223333.csv";
const CSV = "credentials/run_date=2026-11-23/run=20261123T031500Z-000001/credentials.csv";
/** More than a part, so that it is uploaded in parts. */
const LARGE = Buffer.alloc(6 * 1024 * 1024, "evidence ");

/** Writes as a run does: small objects by one request, large ones in parts. */
async function writeEvidence(s3: S3Client, bucket: Bucket): Promise<void> {
  const store = new S3Store(s3, bucket, systemClock);
  await store.put(RAW, Buffer.from("user,arn"));
  await store.replace("latest.json", Buffer.from("{}"));
  const writer = await store.open(CSV);
  await writer.write(LARGE);
  await writer.close();
}

describe("evidence in a bucket with Object Lock", function () {
  this.timeout(120_000);

  describe("of the emulated organization", () => {
    let aws: EmulatedAws;
    let keyArn: string;
    let collector: S3Client;
    let administrator: S3Client;
    let root: S3Client;

    before(async () => {
      aws = await emulatedAws(5);
      const owner = aws.plan.logArchiveAccountId;
      const kms = aws.kms(await aws.administrator(owner));
      keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
      const Principal = { AWS: `arn:aws:iam::${owner}:root` };
      administrator = aws.s3(await aws.administrator(owner));
      root = aws.s3({ accessKeyId: owner, secretAccessKey: "test" });
      const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal });
      const iam = aws.iam(await aws.administrator(owner));
      await iam.send(new CreateRoleCommand({ RoleName: "collector", AssumeRolePolicyDocument: trust }));
      collector = aws.s3(await aws.assume(await aws.administrator(owner), `arn:aws:iam::${owner}:role/collector`));
    });
    after(() => aws.remove());

    /** A locked bucket with the policies of the stacks, and evidence in it. */
    async function lockedBucket(mode: "GOVERNANCE" | "COMPLIANCE"): Promise<string> {
      const Bucket = `evidence-${mode.toLowerCase()}`;
      const owner = aws.plan.logArchiveAccountId;
      await administrator.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
      const rule = { DefaultRetention: { Mode: mode, Days: 30 } };
      const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled" as const, Rule: rule };
      await administrator.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      const shared = { partition: "aws", bucketName: Bucket, keyArn, organizationId: "o-exampleorgid" };
      const document = reportBucketPolicy({
        ...shared,
        collectorAccountId: owner,
        collectorRoleName: "collector",
        readerRoleArns: [],
      });
      await administrator.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(document) }));
      const identity = collectorPolicy({
        ...shared,
        evidenceRegion: "eu-central-1",
        dnsSuffix: "amazonaws.com",
        memberRoleName: "member",
        bucketOwner: owner,
        logGroupArn: "arn:aws:logs:eu-central-1:333344445555:log-group:x",
      });
      await aws.iam(await aws.administrator(owner)).send(
        new PutRolePolicyCommand({
          RoleName: "collector",
          PolicyName: "policy",
          PolicyDocument: JSON.stringify(identity),
        }),
      );
      await writeEvidence(collector, { bucketName: Bucket, bucketOwner: owner, keyArn });
      return Bucket;
    }
    const versionOf = async (Bucket: string, Prefix: string): Promise<{ Key: string; VersionId: string }> => {
      const { Versions: [found] = [] } = await root.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
      return { Key: found?.Key ?? "", VersionId: found?.VersionId ?? "" };
    };

    for (const mode of ["GOVERNANCE", "COMPLIANCE"] as const) {
      it(`is locked in ${mode} mode from when it is put, whole or in parts, and outlives the bucket's policy`, async () => {
        const Bucket = await lockedBucket(mode);
        for (const key of [RAW, CSV, "latest.json"]) {
          const version = { Bucket, ...(await versionOf(Bucket, key)) };
          const { Retention } = await root.send(new GetObjectRetentionCommand(version));
          expect(Retention?.Mode, key).to.equal(mode);
          for (const caller of [administrator, collector, root]) {
            expect(await errorName(caller.send(new DeleteObjectCommand(version))), key).to.equal("AccessDenied");
          }
          const bypassing = new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true });
          expect(await errorName(administrator.send(bypassing)), key).to.equal("AccessDenied");
        }
        const version = { Bucket, ...(await versionOf(Bucket, RAW)) };
        const longer = { Mode: mode, RetainUntilDate: new Date("2099-01-01") };
        const lengthen = new PutObjectRetentionCommand({ ...version, Retention: longer });
        expect(await errorName(administrator.send(lengthen))).to.equal("AccessDenied");

        await administrator.send(new DeleteBucketPolicyCommand({ Bucket }));
        for (const caller of [administrator, root]) {
          expect(await errorName(caller.send(new DeleteObjectCommand(version)))).to.equal("AccessDenied");
        }
        // a lock keeps versions and not the key from being hidden: what is hidden is found by its versions
        const { sessionToken = "", ...keys } = await aws.administrator(aws.plan.logArchiveAccountId);
        const session = { region: aws.plan.region, credentials: { ...keys, sessionToken } };
        const evidence = bucketEvidence(Bucket, session, { endpoint: aws.emulator.endpoint });
        expect(await evidence.deletedRunIds()).to.deep.equal([]);
        expect((await evidence.list(RAW))[0])
          .to.include({ versions: 1 })
          .and.have.property("writtenAt");
        expect(await errorName(root.send(new DeleteObjectCommand({ Bucket, Key: RAW })))).to.equal("none");
        expect(await evidence.runIds()).to.deep.equal([]);
        expect(await evidence.deletedRunIds()).to.deep.equal([RAW.split("/")[1]]);
        expect((await evidence.list(RAW))[0]).to.include({ versions: 2, deleted: true });

        // with the policy gone, the right to bypass decides in governance mode, and nothing does in compliance mode
        const bypassing = new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true });
        expect(await errorName(root.send(bypassing))).to.equal(mode === "GOVERNANCE" ? "none" : "AccessDenied");
      });
    }
  });

  describe("of another emulator, which wants every put to name its checksum", () => {
    let moto: MotoServer;
    before(async () => {
      moto = await startMoto();
    });
    after(() => moto.stop());

    it("is taken whole and in parts", async () => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const s3 = new S3Client({ endpoint: moto.endpoint, region: "us-east-1", credentials, forcePathStyle: true });
      const Bucket = "locked";
      await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
      const Rule = { DefaultRetention: { Mode: "COMPLIANCE" as const, Days: 30 } };
      const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled" as const, Rule };
      await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
      await writeEvidence(s3, { bucketName: Bucket, bucketOwner: "123456789012", keyArn });
      for (const Key of [RAW, "latest.json"]) {
        const { ObjectLockMode } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
        expect(ObjectLockMode, Key).to.equal("COMPLIANCE");
      }
    });
  });
});
