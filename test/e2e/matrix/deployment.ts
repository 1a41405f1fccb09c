import path from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { startEmulation, type Emulation } from "../../../emulation/session";
import type { RolloutReport } from "../../../rollout/orchestration";
import { EmulatedAws } from "../../emulation/emulatedAws";
import { ELSEWHERE, readersRights } from "../../security/matrixCallers";
import type { Site } from "../../security/matrixSite";
import { answerOf, orchestrate } from "../../support/commandLine";
import { copyProject, writeStackFiles } from "../../support/projectCopy";
import type { PolicyDocument } from "../../../components/policyDocument";
import { makeLogStream, NAMES, STATE } from "./collector";
import { OBJECTS } from "./evidence";
import { EVERYTHING, Principals, READER_PATH, READERS } from "./principals";
import type { Actor, World } from "./world";

const ACCOUNTS = {
  management: "111122223333",
  security: "222233334444",
  logArchive: "333344445555",
  member: "444400000003",
} as const;
const REPLICA_REGION = "eu-west-1";
const ROLE_PATH = "/security/audit/";
const EXTERNAL_ID = "audit-2026";

/** What is deployed, who tries, and how to end it. */
export interface Deployed {
  world: World;
  actors: Record<string, Actor>;
  emulation: Emulation;
}

/** Deploys as much as the emulator knows, and makes every principal of the matrix that can call. */
export async function deploy(folder: string, site: Site): Promise<Deployed> {
  const stateDir = path.join(folder, "state");
  const project = path.join(folder, "project");
  copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"]);
  writeStackFiles(project, stackFiles());
  const args = ["up", "--accounts", "5", "--accept-object-lock", "--no-doctor", "--emulated", "--json"];
  const { outputs } = answerOf<RolloutReport>(await orchestrate(stateDir, args, { cwd: project }));
  const output = (stack: string, name: string): string => String(outputs[stack]?.[name]);
  const emulation = await startEmulation({ stateDir, log: () => undefined });
  const aws = new EmulatedAws(emulation.emulator, emulation.organization, stateDir);
  const principals = new Principals(aws, ROLE_PATH);
  const analyst = JSON.parse(output("logarchive", "analystPolicy")) as PolicyDocument;
  const bucket = output("logarchive", "bucketName");
  const buckets = [bucket, output("logarchive", "replicaBucketName")].map((name) => `arn:aws:s3:::${name}`);
  const rights = readersRights(buckets, output("security", "replicaKeyArn"), output("security", "signingKeyArn"));
  const { logArchive, management, security, member } = ACCOUNTS;
  const actors: Record<string, Actor> = {
    "collector role": await principals.deployed(management, NAMES.collector),
    "member role": await principals.deployed(member, NAMES.member),
    "schedule role": await principals.deployed(management, NAMES.schedule),
    "state machine role": await principals.deployed(management, NAMES.machine),
    "replication role": await principals.deployed(logArchive, NAMES.replication),
    "deploy role": await principals.ofPipeline(site, "deploy", "Deploy"),
    "preview role": await principals.ofPipeline(site, "preview", "Preview"),
    auditor: await principals.made(logArchive, READERS[0], [analyst, rights], READER_PATH),
    "auditor who administers the archive": await principals.made(logArchive, READERS[1], EVERYTHING, READER_PATH),
    "archive administrator": await principals.administrator(logArchive),
    "security administrator": await principals.administrator(security),
    "member administrator": await principals.administrator(member),
    "management administrator": await principals.administrator(management),
    "other management role": await principals.made(management, "Other", []),
    "other organization": await principals.made(ELSEWHERE.accountId, "Administrator", EVERYTHING),
    anonymous: principals.actor(undefined, undefined),
  };
  const clients = (name: string): Actor["clients"] =>
    actors[name]?.clients ?? principals.actor(undefined, undefined).clients;
  const as = {
    management: clients("management administrator"),
    security: clients("security administrator"),
    logArchive: clients("archive administrator"),
    member: clients("member administrator"),
    collector: clients("collector role"),
    reader: clients("auditor who administers the archive"),
  };
  const topicArn = output("management", "alertsTopicArn");
  const { Attributes } = await as.management.sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  const machineArn = output("management", "stateMachineArn");
  const start = new StartExecutionCommand({ stateMachineArn: machineArn, input: "{}" });
  const { executionArn = "" } = await as.management.states.send(start);
  const world: World = {
    accounts: ACCOUNTS,
    region: aws.plan.region,
    replicaRegion: REPLICA_REGION,
    externalId: EXTERNAL_ID,
    rolePath: ROLE_PATH,
    bucket,
    replica: output("logarchive", "replicaBucketName"),
    results: `${bucket}-results`,
    keyArn: output("security", "keyArn"),
    replicaKeyArn: output("security", "replicaKeyArn"),
    signingKeyArn: output("security", "signingKeyArn"),
    alertsKeyArn: Attributes?.["KmsMasterKeyId"] ?? "",
    topicArn,
    queueUrl: output("management", "deadLetterQueueUrl"),
    functionArn: output("management", "functionArn"),
    machineArn,
    stackSetName: output("management", "stackSetName"),
    executionArn,
    collectorRoleArn: output("management", "collectorRoleArn"),
    memberRoleArn: `arn:aws:iam::${member}:role${ROLE_PATH}${NAMES.member}`,
    as,
  };
  await makeWhatIsTried(world);
  return { world, actors, emulation };
}

/** As much on as the emulator knows. */
function stackFiles(): Parameters<typeof writeStackFiles>[1] {
  const { logArchive, management, security } = ACCOUNTS;
  const shared = { managementAccountId: management, logArchiveAccountId: logArchive, rolePath: ROLE_PATH };
  const readerRoleArns = READERS.map((name) => `arn:aws:iam::${logArchive}:role${READER_PATH}${name}`);
  const told = {
    organizationId: "o-exampleorgid",
    collectorEngine: "stepfunctions",
    deliverReports: true,
    events: "findings",
  };
  const replicaRegion = REPLICA_REGION;
  return {
    security: {
      accountId: security,
      assumeRoles: into(security),
      settings: { ...shared, readerRoleArns, replicaRegion, signManifests: true },
    },
    logarchive: {
      accountId: logArchive,
      assumeRoles: into(logArchive),
      settings: { ...shared, ...told, readerRoleArns, replicaRegion, objectLockMode: "compliance", objectLockDays: 30 },
    },
    management: {
      accountId: management,
      settings: { ...shared, ...told, externalId: EXTERNAL_ID, alertEmails: ["security@example.com"] },
    },
  };
}

const into = (accountId: string): object[] => [
  { roleArn: `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole` },
];

/** Evidence, an answer of a query, Pulumi's state and a stream of log lines. */
async function makeWhatIsTried({ as, bucket, results }: World): Promise<void> {
  for (const Key of Object.values(OBJECTS)) {
    await as.collector.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key, IfNoneMatch: "*" }));
  }
  for (const Key of ["first.csv", "second.csv"]) {
    await as.reader.s3.send(new PutObjectCommand({ Bucket: results, Key, Body: "answer" }));
  }
  await as.management.s3.send(new CreateBucketCommand({ Bucket: STATE.Bucket }));
  await as.management.s3.send(new PutObjectCommand({ ...STATE, Body: "{}" }));
  await makeLogStream(as.management);
}
