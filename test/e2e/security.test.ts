import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CreateLoginProfileCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DecryptCommand, GenerateDataKeyCommand, SignCommand } from "@aws-sdk/client-kms";
import { UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { PublishCommand } from "@aws-sdk/client-sns";
import { expect } from "chai";
import { zipOf } from "../../emulation/provider/archive";
import { ARCHIVE_SIGNATURE, SIGNATURE_KEY } from "../../emulation/provider/wire";
import { INSECURE_TRANSPORT_HEADER } from "../../emulation/emulator";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { Manifest } from "../../report/manifest";
import type { AccountsAnswer } from "../../rollout/commands/accounts";
import type { CollectReport } from "../../rollout/commands/collect";
import type { StatusReport } from "../../rollout/commands/status";
import type { RolloutReport } from "../../rollout/orchestration";
import { keys } from "../../runtime/store";
import { EmulatedAws, errorName, policy, type Credentials } from "../emulation/emulatedAws";
import type { VerifyAnswer } from "../../rollout/commands/verify";
import { subscribe, type TopicSubscriber } from "../support/topicSubscriber";
import { keepEvents, type KeptEvents } from "../support/keptEvents";
import { notRefused, tryBucket, tryKey, tryObject, type Target } from "../support/attempts";
import { addHeader } from "../support/headers";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const SECURITY = "222233334444";
const LOGARCHIVE = "333344445555";
const MEMBER = "444400000003";
const REPLICA_REGION = "eu-west-1";

const COLLECTOR = "iam-credential-reports-collector";
/** Ids of runs that nobody made: one before all others, one after. */
const BACK = "20260102T031500Z-000000";
const AHEAD = "20991231T000000Z-000000";
/** Rows among the tables, of a run that left no manifest. */
const STRAY = "credentials/run_date=2026-01-03/run=20260103T031500Z-000000/credentials.csv";

/** Puts code of its own into the collector's function, as an administrator of the management account may. */
async function putCodeIn(aws: EmulatedAws): Promise<void> {
  const text = "exports.handler = async () => ({});";
  const archive = { [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, assets: { "__index.js": { [SIGNATURE_KEY]: "asset", text } } };
  const ZipFile = await zipOf(archive, ".");
  const { FunctionName } = await aws
    .lambda(aws.deployer)
    .send(new UpdateFunctionCodeCommand({ FunctionName: COLLECTOR, ZipFile }));
  expect(FunctionName).to.equal(COLLECTOR);
}

/** Everything here tries what the deployed policies must refuse; what they must allow is tried beside it. */
describe("the deployed policies", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  let emulation: Emulation | undefined;
  let aws: EmulatedAws;
  let keyArn: string;
  let topicArn: string;
  let subscriber: TopicSubscriber | undefined;
  let bucket: string;
  let earlier: CollectReport;
  let replica: string;
  let replicaKeyArn: string;
  let unaccepted: Ended;
  let run: CollectReport;
  let told: KeptEvents;
  let intact: VerifyAnswer;
  let intactReplica: VerifyAnswer;
  let member: Credentials;
  let logArchive: Credentials;
  let collector: Credentials;

  const put = (caller: Credentials, Key: string, more: object = {}): Promise<string> =>
    errorName(
      aws.s3(caller).send(new PutObjectCommand({ Bucket: bucket, Key, Body: "forged", IfNoneMatch: "*", ...more })),
    );
  const get = (caller: Credentials, Key: string): Promise<string> =>
    errorName(aws.s3(caller).send(new GetObjectCommand({ Bucket: bucket, Key })));
  const remove = (caller: Credentials, Key: string): Promise<string> =>
    errorName(aws.s3(caller).send(new DeleteObjectCommand({ Bucket: bucket, Key })));
  const list = (caller: Credentials, Prefix?: string): Promise<string> =>
    errorName(aws.s3(caller).send(new ListObjectsV2Command({ Bucket: bucket, Prefix })));

  const command = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: path.join(folder, "project") });
  const verify = async (code = 0): Promise<VerifyAnswer> => answerOf<VerifyAnswer>(await command("verify"), code);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "policies-"));
    stateDir = path.join(folder, "state");
    copyProject(path.join(folder, "project"), ["orchestrate.ts", "emulation", "package-lock.json"], {
      security: ["signManifests: true", `replicaRegion: ${REPLICA_REGION}`],
      logarchive: [
        "deliverReports: true",
        "events: findings",
        `replicaRegion: ${REPLICA_REGION}`,
        "objectLockMode: compliance",
        "objectLockDays: 30",
      ],
      management: ["deliverReports: true", "events: findings", 'alertEmails: ["security@example.com"]'],
    });
    unaccepted = await command("up", "--accounts", "5");
    const up = answerOf<RolloutReport>(await command("up", "--accept-object-lock"));
    replica = String(up.outputs["logarchive"]?.["replicaBucketName"]);
    replicaKeyArn = String(up.outputs["security"]?.["replicaKeyArn"]);
    keyArn = String(up.outputs["security"]?.["keyArn"]);
    topicArn = String(up.outputs["management"]?.["alertsTopicArn"]);
    earlier = answerOf<CollectReport>(await command("collect"));
    // a subscriber outlives the emulator, which each command starts and stops
    emulation = await startEmulation({ stateDir, log: () => undefined });
    aws = new EmulatedAws(emulation.emulator, emulation.organization, stateDir);
    subscriber = await subscribe(aws.sns(aws.deployer), topicArn);
    told = await keepEvents(aws, { source: ["iam-credential-reports"] });
    const iam = aws.iam(await aws.administrator(MEMBER));
    await iam.send(new CreateUserCommand({ UserName: "newcomer" }));
    await iam.send(new CreateLoginProfileCommand({ UserName: "newcomer", Password: "Example-password-1" }));
    await emulation.stop();
    run = answerOf<CollectReport>(await command("collect"));
    intact = await verify();
    intactReplica = answerOf<VerifyAnswer>(await command("verify", "--replica"));
    bucket = run.bucket;
    emulation = await startEmulation({ stateDir, log: () => undefined });
    aws = new EmulatedAws(emulation.emulator, emulation.organization, stateDir);
    member = await aws.administrator(MEMBER);
    logArchive = await aws.administrator(LOGARCHIVE);
  });
  after(async () => {
    await emulation?.stop();
    await subscriber?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("let the collector sign its manifest, and a reader verify it", () => {
    expect(intact).to.deep.include({ ok: true, signature: "valid", differences: [], versions: "checked" });
    expect(intact.publicKey).to.match(/^arn:aws:kms:eu-central-1:222233334444:key\//);
  });

  it("let the collector store the page beside the run and send its summary, and a reader open the page", async () => {
    const Key = `runs/${run.runId}/report.html`;
    expect(run.delivery).to.deep.equal({ page: Key, published: true });
    const page = await aws.s3(logArchive).send(new GetObjectCommand({ Bucket: bucket, Key }));
    expect(page).to.include({ ContentType: "text/html; charset=utf-8", SSEKMSKeyId: keyArn });
    const [message] = (await subscriber?.messages(1)) ?? [];
    expect(message?.Subject).to.match(/^Credential reports .* accounts/);
    expect(message?.Message).to.contain(Key).and.to.contain(run.manifestSha256);
  });

  it("let the collector tell of the run and of what opened since the one before, and whoever has a rule hears of it", async () => {
    expect(earlier.announcement).to.deep.equal({ sent: 1, opened: null });
    const opened = { since: earlier.runId, count: 2, excepted: 0, sent: 2, allSent: true };
    expect(run.announcement).to.deep.equal({ sent: 3, opened });
    const events = await told.take(aws, 3);
    const details = (name: string) => events.flatMap((event) => (event["detail-type"] === name ? [event.detail] : []));
    expect(details("FindingOpened").map(({ accountId, user }) => `${String(accountId)} ${String(user)}`)).to.deep.equal(
      [`${MEMBER} newcomer`, `${MEMBER} newcomer`],
    );
    const [ended] = details(run.complete ? "RunCompleted" : "RunIncomplete");
    expect(ended).to.deep.include({ runId: run.runId, manifestSha256: run.manifestSha256, opened });
  });

  it("keep everybody from the alerts topic but the collector", async () => {
    const message = new PublishCommand({ TopicArn: topicArn, Message: "forged" });
    for (const other of [member, logArchive, aws.deployer]) {
      expect(await errorName(aws.sns(other).send(message))).to.match(/^Authorization/);
    }
  });

  it("keep the owner of the signing key from signing", async () => {
    const security = await aws.administrator(SECURITY);
    const KeyId = (intact.publicKey ?? "").split(" ")[0];
    const request = {
      KeyId,
      Message: Buffer.alloc(32),
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    } as const;
    expect(await errorName(aws.kms(security).send(new SignCommand(request)))).to.match(/AccessDenied/);
  });

  /** An object of the run, by default its manifest, in the version that the run put. */
  const versionOf = async (Bucket: string, region?: string, Key = run.manifestKey): Promise<Target> => {
    const at = { Bucket, Key };
    const { VersionId = "" } = await aws.s3(logArchive, region).send(new HeadObjectCommand(at));
    return { ...at, VersionId };
  };

  it("keep administrators of member accounts and of the management account from every way to alter or take away evidence", async () => {
    const places = [
      [bucket, undefined, keyArn],
      [replica, REPLICA_REGION, replicaKeyArn],
    ] as const;
    for (const [place, region, key] of places) {
      const target = await versionOf(place, region);
      for (const caller of [member, aws.deployer]) {
        const s3 = aws.s3(caller, region);
        expect(notRefused(await tryObject(s3, target)), place).to.deep.equal([]);
        expect(notRefused(await tryBucket(s3, place)), place).to.deep.equal([]);
        expect(notRefused(await tryKey(aws.kms(caller), key)), place).to.deep.equal([]);
      }
    }
  });

  it("keep the administrator of a member account from the bucket", async () => {
    expect(await put(member, "runs/forged/manifest.json")).to.equal("AccessDenied");
    expect(await get(member, run.manifestKey)).to.equal("AccessDenied");
    expect(await list(member)).to.equal("AccessDenied");
  });

  it("let a named reader read, and neither write nor delete, though an administrator of the bucket's account", async () => {
    expect(await list(logArchive)).to.equal("none");
    expect(await get(logArchive, run.manifestKey)).to.equal("none");
    expect(await put(logArchive, "runs/forged/manifest.json")).to.equal("AccessDenied");
    expect(await put(logArchive, run.manifestKey)).to.equal("AccessDenied");
    expect(await remove(logArchive, run.manifestKey)).to.equal("AccessDenied");
  });

  it("let a named reader keep query results with the key of the evidence, and nobody else put or get them", async () => {
    const results = { Bucket: `${bucket}-results`, Key: "answer.csv" };
    const keep = (caller: Credentials): Promise<string> =>
      errorName(aws.s3(caller).send(new PutObjectCommand({ ...results, Body: "answer" })));
    const fetch = (caller: Credentials): Promise<string> =>
      errorName(aws.s3(caller).send(new GetObjectCommand(results)));
    expect(await keep(logArchive)).to.equal("none");
    expect(await fetch(logArchive)).to.equal("none");
    const kept = await aws.s3(logArchive).send(new GetObjectCommand(results));
    expect(kept).to.include({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn });
    for (const other of [member, aws.deployer]) {
      expect(await keep(other)).to.equal("AccessDenied");
      expect(await fetch(other)).to.equal("AccessDenied");
    }
    const s3 = aws.s3(logArchive);
    addHeader(s3, INSECURE_TRANSPORT_HEADER, "true");
    expect(await errorName(s3.send(new GetObjectCommand(results)))).to.equal("AccessDenied");
  });

  it("lock what is put, which nobody undoes, and which is made only when that was accepted", async () => {
    expect(unaccepted.code).to.equal(1);
    expect(unaccepted.stderr).to.contain("WARNING: Object Lock in compliance mode").and.contain("--accept-object-lock");
    const root = { accessKeyId: LOGARCHIVE, secretAccessKey: "test" };
    for (const [Bucket, region] of [
      [bucket, undefined],
      [replica, REPLICA_REGION],
    ] as const) {
      const at = { Bucket, Key: run.manifestKey };
      const { VersionId } = await aws.s3(logArchive, region).send(new HeadObjectCommand(at));
      expect(VersionId).to.be.a("string");
      for (const caller of [logArchive, root]) {
        for (const BypassGovernanceRetention of [undefined, true]) {
          const remove = new DeleteObjectCommand({ ...at, VersionId, BypassGovernanceRetention });
          expect(await errorName(aws.s3(caller, region).send(remove)), Bucket).to.equal("AccessDenied");
        }
      }
    }
  });

  it("replicate the run byte for byte, encrypted with the key of the replica, to where nobody else writes", async () => {
    expect(replicaKeyArn).to.match(/^arn:aws:kms:eu-west-1:222233334444:key\//);
    const [s3, there] = [aws.s3(logArchive), aws.s3(logArchive, REPLICA_REGION)];
    for (const Prefix of ["runs/", "credentials/", "credentials_typed/", "findings/", "latest.json"]) {
      const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
      expect(objects, Prefix).not.to.be.empty;
      for (const { Key } of objects) {
        const [one, other] = await Promise.all([
          s3.send(new GetObjectCommand({ Bucket: bucket, Key })),
          there.send(new GetObjectCommand({ Bucket: replica, Key })),
        ]);
        expect(one, Key).to.include({ SSEKMSKeyId: keyArn });
        expect(other, Key).to.include({ SSEKMSKeyId: replicaKeyArn });
        const bytes = await Promise.all([one, other].map(async ({ Body }) => Body?.transformToString("base64")));
        expect(bytes[1], Key).to.equal(bytes[0]);
      }
    }
    for (const caller of [member, logArchive, aws.deployer]) {
      const forged = { Bucket: replica, Key: "runs/forged/manifest.json", Body: "forged" };
      expect(await errorName(aws.s3(caller, REPLICA_REGION).send(new PutObjectCommand(forged)))).to.equal(
        "AccessDenied",
      );
    }
    expect(
      await errorName(aws.s3(member, REPLICA_REGION).send(new ListObjectsV2Command({ Bucket: replica }))),
    ).to.equal("AccessDenied");
  });

  it("let a reader verify the replica", () => {
    expect(intactReplica).to.deep.include({ ok: true, signature: "valid", differences: [], place: `s3://${replica}` });
  });

  it("refuse plain HTTP, to a reader as well", async () => {
    const s3 = aws.s3(logArchive);
    addHeader(s3, INSECURE_TRANSPORT_HEADER, "true");
    const request = new GetObjectCommand({ Bucket: bucket, Key: run.manifestKey });
    expect(await errorName(s3.send(request))).to.equal("AccessDenied");
  });

  it("keep an administrator of the management account from the bucket and from the member roles", async () => {
    expect(await put(aws.deployer, "runs/forged/manifest.json")).to.equal("AccessDenied");
    expect(await get(aws.deployer, run.manifestKey)).to.equal("AccessDenied");
    const memberRole = `arn:aws:iam::${MEMBER}:role/iam-credential-reports-member`;
    expect(await errorName(aws.assume(aws.deployer, memberRole))).to.equal("AccessDenied");
  });

  it("let nobody but the Lambda service become the collector", async () => {
    const role = "arn:aws:iam::111122223333:role/iam-credential-reports-collector";
    expect(await errorName(aws.assume(aws.deployer, role))).to.equal("AccessDenied");
  });

  it("keep the key's owner from using it", async () => {
    const security = await aws.administrator(SECURITY);
    const request = new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256" });
    expect(await errorName(aws.kms(security).send(request))).to.match(/AccessDenied/);
    const decrypt = new DecryptCommand({ KeyId: keyArn, CiphertextBlob: Buffer.from("ciphertext") });
    expect(await errorName(aws.kms(security).send(decrypt))).to.match(/AccessDenied/);
  });

  describe("of the collector's role, once somebody is let into it", () => {
    before(async () => {
      // an administrator of the management account can do this, and it is logged; what is tried here is what it then gives
      const PolicyDocument = policy({
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "sts:AssumeRole",
      });
      const RoleName = "iam-credential-reports-collector";
      await aws.iam(aws.deployer).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      collector = await aws.assume(aws.deployer, `arn:aws:iam::111122223333:role/${RoleName}`);
    });

    it("write new evidence, encrypted with the one key", async () => {
      expect(await put(collector, `runs/${AHEAD}/raw/111122223333.csv`)).to.equal("none");
    });

    it("refuse to alter, delete or unlock evidence, and to change bucket or key", async () => {
      const target = await versionOf(bucket);
      const { tag, ...others } = await tryObject(aws.s3(collector), {
        ...target,
        Key: `runs/${run.runId}/raw/${MEMBER}.csv`,
      });
      // raw reports are tagged when they are put: another tag has them expire earlier, which verify finds and a lock prevents
      expect(tag).to.equal("none");
      expect(notRefused(others)).to.deep.equal([
        "put a new object: none",
        "overwrite if there is none: PreconditionFailed",
      ]);
      expect(notRefused(await tryBucket(aws.s3(collector), bucket))).to.deep.equal([]);
      expect(notRefused(await tryKey(aws.kms(collector), keyArn))).to.deep.equal([]);
    });

    it("sign what it is given, so that a forged run has a valid signature, and add it with everything that belongs to it", async () => {
      const { Body } = await aws.s3(logArchive).send(new GetObjectCommand({ Bucket: bucket, Key: run.manifestKey }));
      const manifest = JSON.parse((await Body?.transformToString()) ?? "") as Manifest;
      const times = { startedAt: "2026-01-02T03:15:00Z", finishedAt: "2026-01-02T03:16:00Z" };
      const forged = Buffer.from(JSON.stringify({ ...manifest, ...times, runId: BACK }));
      const request = {
        KeyId: (intact.publicKey ?? "").split(" ")[0],
        Message: createHash("sha256").update(forged).digest(),
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      } as const;
      const { Signature } = await aws.kms(collector).send(new SignCommand(request));
      expect(await put(collector, `runs/${BACK}/manifest.json`, { Body: forged })).to.equal("none");
      expect(await put(collector, `runs/${BACK}/manifest.json.sig`, { Body: Signature })).to.equal("none");
      expect(await put(collector, `runs/${run.runId}/raw/999988887777.csv`)).to.equal("none");
      expect(await put(collector, STRAY)).to.equal("none");
      const latest = { runId: BACK, manifestKey: `runs/${BACK}/manifest.json`, manifestSha256: "0".repeat(64) };
      expect(await put(collector, "latest.json", { Body: JSON.stringify(latest), IfNoneMatch: undefined })).to.equal(
        "none",
      );
    });

    it("refuse to replace evidence, whole or in parts, whether asked or not", async () => {
      const raw = `runs/${run.runId}/raw/${MEMBER}.csv`;
      expect(await put(collector, raw)).to.equal("PreconditionFailed");
      expect(await put(collector, raw, { IfNoneMatch: undefined })).to.equal("AccessDenied");
      const s3 = aws.s3(collector);
      const upload = { Bucket: bucket, Key: raw };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
      const part = { ...upload, UploadId, PartNumber: 1 };
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: "forged" }));
      const complete = { ...upload, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
      expect(await errorName(s3.send(new CompleteMultipartUploadCommand(complete)))).to.equal("AccessDenied");
      const asked = { ...complete, IfNoneMatch: "*" };
      expect(await errorName(s3.send(new CompleteMultipartUploadCommand(asked)))).to.equal("PreconditionFailed");
    });

    it("refuse another key, another encryption and another place", async () => {
      const Key = "runs/20991231T000000Z-000001/raw/111122223333.csv";
      const otherKey = keyArn.replace(/key\/.*/, "key/00000000-0000-0000-0000-000000000000");
      expect(await put(collector, Key, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: otherKey })).to.not.equal(
        "none",
      );
      expect(await put(collector, Key, { ServerSideEncryption: "AES256" })).to.equal("AccessDenied");
      expect(await put(collector, "elsewhere.csv")).to.equal("AccessDenied");
    });

    it("refuse to delete, to read raw reports and findings back, and to list more than the runs", async () => {
      expect(await remove(collector, run.manifestKey)).to.equal("AccessDenied");
      expect(await get(collector, run.manifestKey)).to.equal("none");
      expect(await get(collector, `runs/${run.runId}/raw/${MEMBER}.csv`)).to.equal("AccessDenied");
      // it is to deliver reports here, and makes the page of its consolidated file
      expect(await get(collector, keys.consolidated(run.runId))).to.equal("none");
      expect(await get(collector, keys.findings(run.runId))).to.equal("AccessDenied");
      expect(await list(collector, "runs/")).to.equal("none");
      expect(await list(collector)).to.equal("AccessDenied");
    });

    it("refuse any role but the member role", async () => {
      const roleArn = (name: string): string => `arn:aws:iam::${MEMBER}:role/${name}`;
      expect(await errorName(aws.assume(collector, roleArn("iam-credential-reports-member")))).to.equal("none");
      expect(await errorName(aws.assume(collector, roleArn("OrganizationAccountAccessRole")))).to.equal("AccessDenied");
    });
  });

  describe("once the bucket's own administrator has removed them", () => {
    it("let the lock go on refusing to delete a version, and verify find what is altered, hidden or forged", async () => {
      const raw = `runs/${run.runId}/raw/${MEMBER}.csv`;
      const locked = await versionOf(bucket, undefined, keys.findings(run.runId));
      await aws.s3(logArchive).send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
      const { delete: hidden, ...outcomes } = await tryObject(aws.s3(logArchive), locked);
      expect(hidden).to.equal("none");
      for (const what of [
        "delete the version",
        "delete the version past its lock",
        "delete many",
        "shorten the lock",
      ]) {
        expect(outcomes[what], what).to.equal("AccessDenied");
      }
      const otherwise = { IfNoneMatch: undefined, ServerSideEncryption: "AES256" };
      expect(await put(logArchive, raw, otherwise)).to.equal("none");
      await putCodeIn(aws);
      const alter = new PutRolePolicyCommand({
        RoleName: "iam-credential-reports-member",
        PolicyName: "more",
        PolicyDocument: policy({ Effect: "Allow", Action: "iam:ListUsers", Resource: "*" }),
      });
      await aws.iam(member).send(alter);
      await emulation?.stop();
      emulation = undefined;
      const { ok, differences } = await verify(4);
      expect(ok).to.equal(false);
      const kindsOf = (match: string): string[] =>
        differences.filter(({ key }) => key.startsWith(match)).map(({ kind }) => kind);
      expect(kindsOf(raw)).to.include("altered");
      expect(kindsOf(keys.findings(run.runId))).to.include("missing");
      expect(kindsOf(`runs/${BACK}/manifest.json`)).to.include.members(["chain", "time"]);
      expect(kindsOf(`runs/${AHEAD}`)).to.include("time");
      expect(kindsOf(`runs/${run.runId}/raw/999988887777.csv`)).to.deep.equal(["extra"]);
      expect(kindsOf(STRAY)).to.deep.equal(["extra"]);
      expect(kindsOf("latest.json")).to.deep.equal(["pointer"]);
    });

    it("let status name the trust that was changed and the code that was put in", async () => {
      const { stacks } = answerOf<StatusReport>(await command("status", "--drift"), 1);
      const changed = Object.values(stacks).flatMap(({ drift }) =>
        (drift?.resources ?? []).map(({ type, properties }) => `${type} ${properties.map(({ path }) => path).join()}`),
      );
      expect(changed.join("\n"))
        .to.match(/aws:iam\/role:Role assumeRolePolicy/)
        .and.to.match(/aws:lambda\/function:Function .*code/)
        .and.to.match(/aws:s3\/bucketPolicy:BucketPolicy/);
    });

    it("let accounts name the member whose administrator altered the role", async () => {
      const { accounts } = answerOf<AccountsAnswer>(await command("accounts", "--problems"));
      expect(accounts.find(({ accountId }) => accountId === MEMBER)?.problems).to.include("roleDiffers");
    });
  });
});
