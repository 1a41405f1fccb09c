import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { CollectReport } from "../../rollout/commands/collect";
import type { RolloutReport } from "../../rollout/orchestration";
import { answerOf, orchestrate, run, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const BUCKET = "state-of-pulumi";
const PROVIDER = "awskms://alias/state-of-pulumi?region=eu-central-1";
const MEMBER = "444400000003";
/** Nothing else is called so. */
const SECRETS = { externalId: "collector-7c1f0e5b", deployExternalId: "deployer-91d24ab8" };

// The steps of one story: each goes on from the organization that the one before it left.
describe("state in S3 with secrets encrypted by a KMS key", function () {
  this.timeout(300_000);
  let folder: string;
  let project: string;
  let emulation: Emulation;
  let env: Record<string, string | undefined>;
  let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
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
    copyProject(project, ["orchestrate.ts"], { management: ["memberRoles: stacks"] }, { secretsprovider: PROVIDER });
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
      PULUMI_CONFIG_PASSPHRASE: undefined,
    };
  });
  after(async () => {
    await emulation?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("deploys from files that hold secrets, which reach AWS", async () => {
    for (const stack of ["management", "logarchive"])
      await pulumi("stack", "init", stack, "--secrets-provider", PROVIDER);
    const secret = ["config", "set", "--secret", "--stack"];
    await pulumi(...secret, "management", "externalId", SECRETS.externalId);
    await pulumi(...secret, "logarchive", "--path", "aws:assumeRoles[0].externalId", SECRETS.deployExternalId);
    const up = await command<RolloutReport>("up");
    expect(up).to.include({ ok: true });
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

  it("has no secret in the clear in state, history, work folders, files or what it printed", async () => {
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    const keys = Contents.map(({ Key = "" }) => Key);
    expect(keys).to.include.members(
      ["security", "logarchive", "management", `member-${MEMBER}`].map(
        (stack) => `.pulumi/stacks/iam-credential-reports/${stack}.json`,
      ),
    );
    const state: [string, string][] = await Promise.all(
      keys.map(async (Key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        return [Key, (await Body?.transformToString("latin1")) ?? ""];
      }),
    );
    const files = filesBelow(project).map((file): [string, string] => [file, readFileSync(file, "latin1")]);
    const everything: [string, string][] = [...state, ...files, ["what was printed", printed]];
    for (const secret of Object.values(SECRETS)) {
      expect(everything.filter(([, text]) => text.includes(secret)).map(([name]) => name)).to.deep.equal([]);
    }
    const member = state.find(([key]) => key.endsWith(`member-${MEMBER}.json`))?.[1] ?? "";
    expect(JSON.parse(member)).to.have.nested.property("checkpoint.latest.secrets_providers.type", "cloud");
  });
});

/** Files of a folder and its work folders, but for what it links to. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isSymbolicLink() ? [] : entry.isDirectory() ? filesBelow(file) : statSync(file).isFile() ? [file] : [];
  });
}
