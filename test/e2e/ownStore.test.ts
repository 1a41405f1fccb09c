import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DescribeKeyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { ListObjectsV2Command, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { CollectReport } from "../../rollout/commands/collect";
import type { RolloutReport } from "../../rollout/orchestration";
import { EmulatedAws, policy } from "../emulation/emulatedAws";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";
import { makeOwnBucket } from "../support/ownBucket";
import { copyProject, writeStackFiles } from "../support/projectCopy";

const [MANAGEMENT, SECURITY, LOGARCHIVE] = ["111122223333", "222233334444", "333344445555"];
const Bucket = "evidence-of-ours";
const READS = "rollout-preview";
/** One of the five accounts is suspended. */
const collected = 4;

// The steps of one story: each goes on from the organization that the one before it left.
describe("a key and a bucket that others own", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  let keyArn: string;
  const command = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") });

  /** Works in the organization between two commands. */
  async function meanwhile<T>(work: (aws: EmulatedAws) => Promise<T>): Promise<T> {
    const emulation = await startEmulation({ stateDir, accounts: 5, log: () => undefined });
    try {
      return await work(new EmulatedAws(emulation.emulator, emulation.organization, stateDir));
    } finally {
      await emulation.stop();
    }
  }

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "own-store-"));
    stateDir = path.join(folder, "state");
    const project = path.join(folder, "project");
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"]);
    keyArn = await meanwhile(async (aws) => {
      const { KeyMetadata } = await aws.kms(await aws.administrator(SECURITY)).send(new CreateKeyCommand({}));
      const arn = KeyMetadata?.Arn ?? "";
      await makeOwnBucket(aws.s3(await aws.administrator(LOGARCHIVE)), Bucket, arn);
      const Principal = { AWS: `arn:aws:iam::${MANAGEMENT}:root` };
      const AssumeRolePolicyDocument = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal });
      for (const account of [SECURITY, LOGARCHIVE]) {
        const iam = aws.iam(await aws.administrator(account));
        await iam.send(new CreateRoleCommand({ RoleName: READS, AssumeRolePolicyDocument }));
      }
      return arn;
    });
    const settings = {
      organizationId: "o-exampleorgid",
      managementAccountId: MANAGEMENT,
      logArchiveAccountId: LOGARCHIVE,
      existingBucketName: Bucket,
      // what has nothing to do with it takes most of the time
      analysis: false,
    };
    const stack = (accountId: string, more: object = {}) => ({
      accountId,
      assumeRoles: [{ roleArn: `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole` }],
      settings: { ...settings, ...more },
    });
    writeStackFiles(project, {
      security: stack(SECURITY, { existingKeyArn: keyArn }),
      logarchive: stack(LOGARCHIVE),
      management: { accountId: MANAGEMENT, settings },
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("get nothing deployed beside them before their policies let the collector in", async () => {
    const ended = await command("up");
    expect(ended.code, ended.stderr).to.equal(1);
    expect(ended.stderr).to.contain("policy --for key").and.contain("Nothing was deployed");
  });

  it("keep the evidence, with the policies that are printed for their owners", async () => {
    const printed = async (subject: string): Promise<string> => {
      const ended = await command("policy", "--for", subject);
      return JSON.stringify(answerOf<{ policy?: unknown }>(ended).policy ?? JSON.parse(ended.stdout));
    };
    const [Policy, bucketPolicy] = [await printed("key"), await printed("bucket")];
    await meanwhile(async (aws) => {
      await aws
        .kms(await aws.administrator(SECURITY))
        .send(new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: "default", Policy }));
      await aws
        .s3(await aws.administrator(LOGARCHIVE))
        .send(new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicy }));
    });
    const up = answerOf<RolloutReport>(await command("up"));
    expect(up.outputs["security"]).to.include({ keyArn });
    expect(up.outputs["logarchive"]).to.include({ bucketName: Bucket });
    const collect = answerOf<CollectReport>(await command("collect"));
    expect(collect.accounts).to.deep.include({ listed: 5, collected, notCollected: 0 });
  });

  it("are previewed, with everything else, by roles that have no rights at all", async () => {
    const preview = answerOf<RolloutReport>(await command("preview", "--role-name", READS));
    expect(Object.values(preview.stacks).map(({ result }) => result)).to.deep.equal(Array(3).fill("unchanged"));
  });

  it("are left to their owners, with all evidence, by destroy --delete-evidence", async () => {
    const destroyed = answerOf<RolloutReport>(await command("destroy", "--delete-evidence"));
    expect(destroyed.ok).to.equal(true);
    await meanwhile(async (aws) => {
      const key = await aws.kms(await aws.administrator(SECURITY)).send(new DescribeKeyCommand({ KeyId: keyArn }));
      expect(key.KeyMetadata?.KeyState).to.equal("Enabled");
      const root = { accessKeyId: LOGARCHIVE, secretAccessKey: "test" };
      // a report an account, and the manifest
      const { KeyCount } = await aws.s3(root).send(new ListObjectsV2Command({ Bucket, Prefix: "runs/" }));
      expect(KeyCount).to.equal(collected + 1);
    });
  });
});
