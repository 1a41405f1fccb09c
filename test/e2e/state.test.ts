import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { GetRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { CollectReport } from "../../rollout/commands/collect";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate, run, type Ended } from "../support/commandLine";
import { REPORT_FORMATS } from "../../rollout/evidence/reportFormats";
import { EmulatedAws, policy } from "../emulation/emulatedAws";
import { keepEvents, type KeptEvents } from "../support/keptEvents";
import { filesBelow, logsOf, messagesOf, objectsOf } from "../support/leftBehind";
import { copyProject } from "../support/projectCopy";
import { findSecrets } from "../support/secretSearch";
import { subscribe, type TopicSubscriber } from "../support/topicSubscriber";
import { until } from "../support/until";

const BUCKET = "state-of-pulumi";
const PROVIDER = "awskms://alias/state-of-pulumi?region=eu-central-1";
const MEMBER = "444400000003";
/** Nothing else is called so. */
const SECRETS = { externalId: "collector-7c1f0e5b", deployExternalId: "deployer-91d24ab8" };
/** The same, of what the environment of the commands holds: a passphrase, and credentials that nobody takes. */
const ENVIRONMENT = {
  PULUMI_CONFIG_PASSPHRASE: "passphrase-5e0c/9d+27",
  AWS_SECRET_ACCESS_KEY: "secretOfNobody/4b81+d6f0c2",
  AWS_SESSION_TOKEN: "FwoGZXIvYXdzTokenOfNobody/4b81+d6f0c2",
};
/** Of every user of the seed that has one. */
const PASSWORD = "Emulated-password-1";

// The steps of one story: each goes on from the organization that the one before it left. What leaks where shows only when every part is the
// real one: engine, Lambda, sessions, and whatever writes files on the way.
describe("state in S3 with secrets encrypted by a KMS key", function () {
  this.timeout(300_000);
  let folder: string;
  let project: string;
  let emulation: Emulation;
  let env: Record<string, string | undefined>;
  let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  let aws: EmulatedAws;
  let subscriber: TopicSubscriber | undefined;
  let events: KeptEvents;
  let outputs: Record<string, unknown> = {};
  let evidence: unknown;
  /** Everything that any command printed. */
  let printed = "";
  const told = async (ended: Promise<Ended>): Promise<Ended> => {
    const { stdout, stderr } = await ended;
    printed += stdout + stderr;
    return ended;
  };
  const pulumi = async (...args: string[]): Promise<void> => {
    const ended = await told(run("pulumi", [...args, "--non-interactive"], { cwd: project, env }));
    expect(ended.code, ended.stderr).to.equal(0);
  };
  const command = async <T>(...args: string[]): Promise<T> =>
    answerOf<T>(await told(orchestrate(path.join(folder, "emulation"), [...args, "--json"], { cwd: project, env })));

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "state-"));
    project = path.join(folder, "project");
    copyProject(
      project,
      ["orchestrate.ts"],
      {
        security: ["signManifests: true"],
        logarchive: ["deliverReports: true", "events: findings"],
        management: ["memberRoles: stacks", "deliverReports: true", "events: findings", "retryAttempts: 0"],
      },
      { secretsprovider: PROVIDER },
    );
    emulation = await startEmulation({
      stateDir: path.join(folder, "emulation"),
      accounts: 5,
      log: () => undefined,
    });
    const { deployer, region } = emulation.organization;
    client = { endpoint: emulation.emulator.endpoint, region, credentials: deployer };
    await new S3Client({ ...client, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }),
    );
    const kms = new KMSClient(client);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: "alias/state-of-pulumi", TargetKeyId: KeyMetadata?.KeyId }));
    env = {
      ...emulation.environment,
      PULUMI_BACKEND_URL: `s3://${BUCKET}?region=${region}`,
      PULUMI_CONFIG_PASSPHRASE: ENVIRONMENT.PULUMI_CONFIG_PASSPHRASE,
    };
    aws = new EmulatedAws(emulation.emulator, emulation.organization, folder);
  });
  after(async () => {
    await subscriber?.close();
    await emulation?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("deploys from files that hold secrets, which reach AWS", async () => {
    for (const stack of ["management", "logarchive"])
      await pulumi("stack", "init", stack, "--secrets-provider", PROVIDER);
    const secret = ["config", "set", "--secret", "--stack"];
    await pulumi(...secret, "management", "externalId", SECRETS.externalId);
    await pulumi(...secret, "logarchive", "--path", "aws:assumeRoles[0].externalId", SECRETS.deployExternalId);
    const up = await command<RolloutReport>("up", "--events", path.join(project, "up.jsonl"));
    expect(up).to.include({ ok: true });
    outputs = up.outputs["management"] ?? {};
    evidence = up.outputs["logarchive"]?.["bucketName"];
    subscriber = await subscribe(aws.sns(aws.deployer), String(outputs["alertsTopicArn"]));
    events = await keepEvents(aws, { source: ["iam-credential-reports"] });
    expect(Object.keys(up.stacks)).to.include.members(["security", "logarchive", "management", `member-${MEMBER}`]);
    const iam = new IAMClient({ ...client, credentials: { accessKeyId: MEMBER, secretAccessKey: "test" } });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "iam-credential-reports-member" }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).to.contain(SECRETS.externalId);
    const { accounts } = await command<CollectReport>("collect");
    expect(accounts).to.include({ collected: 4, notCollected: 0 });
  });

  it("changes nothing on another machine, which has the files and nothing else", async () => {
    rmSync(path.join(project, ".rollout"), { recursive: true });
    const up = await command<RolloutReport>("up");
    expect(new Set(Object.values(up.stacks).map(({ result }) => result))).to.deep.equal(new Set(["unchanged"]));
  });

  it("has no secret in the clear in state or history", async () => {
    const state = await objectsOf(new S3Client({ ...client, forcePathStyle: true }), BUCKET);
    const stacks = ["security", "logarchive", "management", `member-${MEMBER}`];
    expect(state.map(({ where }) => where)).to.include.members(
      stacks.map((stack) => `s3://${BUCKET}/.pulumi/stacks/iam-credential-reports/${stack}.json`),
    );
    const member = state.find(({ where }) => where.endsWith(`/member-${MEMBER}.json`));
    expect(JSON.parse(Buffer.from(member?.bytes ?? "").toString())).to.have.nested.property(
      "checkpoint.latest.secrets_providers.type",
      "cloud",
    );
  });

  it("tells every command's story without a credential, and those of what fails", async () => {
    await command<CollectReport>("collect", "--events", path.join(project, "collect.jsonl"));
    const formats = ["--format", REPORT_FORMATS.join(","), "--out", path.join(project, "reports")];
    await command("report", ...formats);
    for (const args of [["diff"], ["verify", "--all"], ["accounts"], ["status", "--drift"]]) await command(...args);
    // doctor says what is wrong, and exits with 1 where something is
    await told(orchestrate(path.join(folder, "emulation"), ["doctor", "--json"], { cwd: project, env }));
    const failing = async (args: string[], more: Record<string, string> = {}): Promise<void> => {
      const options = { cwd: project, env: { ...env, ...more } };
      const ended = await told(orchestrate(path.join(folder, "emulation"), [...args, "--verbose"], options));
      expect(ended.code, args[0]).to.equal(1);
    };
    for (const args of [["accounts"], ["up", "--no-doctor"], ["doctor"]]) await failing(args, ENVIRONMENT);
    const PolicyDocument = policy({ Effect: "Deny", Action: "s3:PutObject", Resource: "*" });
    const refused = { RoleName: "iam-credential-reports-collector", PolicyName: "refused", PolicyDocument };
    await aws.iam(aws.deployer).send(new PutRolePolicyCommand(refused));
    await failing(["collect"]);
    const FunctionName = String(outputs["functionName"]);
    await aws.lambda(aws.deployer).send(new InvokeCommand({ FunctionName, InvocationType: "Event" }));
  });

  it("leaves no credential anywhere: state, files, what was printed, evidence, logs, mail, events, dead letters", async () => {
    const logs = new CloudWatchLogsClient(client);
    const s3 = aws.s3(await aws.administrator("333344445555"));
    const letters = await until(async () => {
      const found = await messagesOf(aws.sqs(aws.deployer), String(outputs["deadLetterQueueUrl"]));
      return found.length > 0 ? found : undefined;
    });
    const sent = await subscriber?.messages(1);
    // two runs, and what failed
    const heard = await events.take(aws, 3);
    const places = [
      ...(await objectsOf(new S3Client({ ...client, forcePathStyle: true }), BUCKET)),
      ...(await objectsOf(s3, String(evidence))),
      // the emulator is AWS, and knows them
      ...filesBelow(folder, ["aws", "plugins", "node_modules"]),
      ...(await logsOf(logs)),
      ...letters,
      { where: "mail", bytes: JSON.stringify(sent) },
      { where: "events", bytes: JSON.stringify(heard) },
      { where: "what was printed", bytes: printed },
    ];
    for (const kind of ["manifest.json", ".html", ".parquet", "collect.jsonl", ".csv", "the log", "the dead letters"]) {
      expect(
        places.some(({ where }) => where.includes(kind)),
        kind,
      ).to.equal(true);
    }
    const credentials = await aws.credentials();
    expect(credentials.some(({ of }) => of.includes(":assumed-role/iam-credential-reports-member/"))).to.equal(true);
    expect(credentials.some(({ of }) => of.includes(":assumed-role/iam-credential-reports-collector/"))).to.equal(true);
    const secrets = [
      ...Object.entries({ ...SECRETS, ...ENVIRONMENT, PASSWORD }).map(([name, value]) => ({ name, value })),
      ...credentials.flatMap(({ of, accessKeyId, secretAccessKey, sessionToken }) => [
        { name: `the key id of ${of}`, value: accessKeyId },
        { name: `the secret of ${of}`, value: secretAccessKey },
        ...(sessionToken ? [{ name: `the token of ${of}`, value: sessionToken }] : []),
      ]),
    ];
    // what is found in no other place has to be found in this one, or the search would find nothing at all
    const planted = { where: "planted", bytes: gzipSync(JSON.stringify(secrets)) };
    const found = await findSecrets([...places, planted], secrets);
    expect(found.filter((leak) => !leak.endsWith(" in planted"))).to.deep.equal([]);
    expect(found).to.have.length(new Set(secrets.map(({ name }) => name)).size);
  });
});
