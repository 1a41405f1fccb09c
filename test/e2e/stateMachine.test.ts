import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulation } from "../../emulation/session";
import type { Manifest } from "../../report/manifest";
import type { CollectReport } from "../../rollout/commands/collect";
import type { RolloutReport } from "../../rollout/orchestration";
import { awsClients } from "../../runtime/clients";
import { collect } from "../../runtime/collect";
import { FolderStore } from "../../runtime/folderStore";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { EmulatedAws, policy } from "../emulation/emulatedAws";
import { answerOf, orchestrate, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const MANAGEMENT = "111122223333";
const LOGARCHIVE = "333344445555";
const COLLECTOR_ROLE = "iam-credential-reports-collector";
/** Twelve accounts, of which one is suspended, are three batches. */
const ENGINE = "collectorEngine: stepfunctions";
/** Nothing of what the second batch comes to can be stored, in any run. */
const REFUSE_BATCH_2 = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: `arn:aws:s3:::iam-credential-reports-${LOGARCHIVE}-eu-central-1/work/*/results/00002/*`,
};

// The steps of one story: each goes on from the organization that the one before it left.
describe("a collector that a state machine drives", function () {
  this.timeout(300_000);
  let folder: string;
  let stateDir: string;
  let project: string;
  let first: CollectReport;

  const run = (...args: string[]): Promise<Ended> =>
    orchestrate(stateDir, [...args, "--emulated", "--json"], { cwd: project });
  const command = async <T>(...args: string[]): Promise<T> => answerOf<T>(await run(...args));

  /** Works in the organization between two commands. */
  async function meanwhile<T>(work: (aws: EmulatedAws) => Promise<T>): Promise<T> {
    const emulation = await startEmulation({ stateDir, log: () => undefined });
    try {
      return await work(new EmulatedAws(emulation.emulator, emulation.organization, stateDir));
    } finally {
      await emulation.stop();
    }
  }

  /** Changes the statements of the bucket's policy. */
  async function bucketPolicy(aws: EmulatedAws, change: (statements: object[]) => object[]): Promise<void> {
    const s3 = aws.s3(await aws.administrator(LOGARCHIVE));
    const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket: first.bucket }));
    const document = JSON.parse(Policy) as { Statement: object[] };
    const changed = JSON.stringify({ ...document, Statement: change(document.Statement) });
    await s3.send(new PutBucketPolicyCommand({ Bucket: first.bucket, Policy: changed }));
  }

  /** Keys of the bucket with the times at which they were put. */
  async function objects(aws: EmulatedAws, Prefix = ""): Promise<Map<string, Date>> {
    const s3 = aws.s3(await aws.administrator(LOGARCHIVE));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: first.bucket, Prefix }));
    return new Map(Contents.map(({ Key = "", LastModified = new Date(0) }) => [Key, LastModified]));
  }

  /** The run of a manifest once more, by the code of the other engine, as the collector, at the times that the manifest names. */
  async function collectAtOnce(
    aws: EmulatedAws,
    out: string,
    { runId, startedAt, finishedAt }: Manifest,
  ): Promise<void> {
    const iam = aws.iam(aws.deployer);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: COLLECTOR_ROLE }));
    const trust = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: COLLECTOR_ROLE, PolicyDocument }));
    const Principal = { AWS: `arn:aws:iam::${MANAGEMENT}:root` };
    await trust(policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole" }));
    const credentials = await aws.assume(aws.deployer, Role?.Arn ?? "");
    await trust(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
    const settings = {
      partition: "aws",
      accountId: MANAGEMENT,
      standalone: false,
      region: "eu-central-1",
      memberRoleName: "iam-credential-reports-member",
      include: [],
      exclude: [],
      concurrency: 50,
      stsPerSecond: 300,
      generating: 2000,
      thresholds: DEFAULT_THRESHOLDS,
    };
    const times = [startedAt];
    const clients = awsClients(settings, { endpoint: aws.emulator.endpoint, credentials });
    try {
      await collect({
        settings,
        clients,
        store: new FolderStore(out),
        clock: {
          now: () => Date.parse(times.shift() ?? finishedAt),
          random: () => 0.5,
          sleep: () => Promise.resolve(),
        },
        log: () => undefined,
        newRunId: () => runId,
      });
    } finally {
      clients.destroy();
    }
  }

  function useLambda(stack: string): void {
    const file = path.join(project, `Pulumi.${stack}.yaml`);
    writeFileSync(file, readFileSync(file, "utf8").replace(ENGINE, "collectorEngine: lambda"));
  }

  before(() => {
    process.env["EMULATION_REPORT_HOURS"] = "4";
    folder = mkdtempSync(path.join(tmpdir(), "state-machine-"));
    stateDir = path.join(folder, "state");
    project = path.join(folder, "project");
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"], {
      logarchive: [ENGINE],
      management: [ENGINE, "batchSize: 4", "batchConcurrency: 3"],
    });
  });
  after(() => {
    delete process.env["EMULATION_REPORT_HOURS"];
    rmSync(folder, { recursive: true, force: true });
  });

  it("is deployed, and runs: list, batches, finish", async () => {
    const up = await command<RolloutReport>("up", "--accounts", "12", "--no-doctor");
    expect(up.outputs["management"]?.["stateMachineArn"]).to.match(/:stateMachine:iam-credential-reports-collector$/);
    const ended = await run("collect");
    first = answerOf<CollectReport>(ended);
    expect(first).to.deep.include({
      complete: true,
      accounts: { listed: 12, inScope: 11, collected: 11, notCollected: 0, outOfScope: 1 },
    });
    expect(first.execution).to.match(/:execution:iam-credential-reports-collector:/);
    expect(ended.stderr).to.contain("11 of 11 accounts in scope collected");
  });

  it("leaves what the other engine leaves, byte for byte", async () => {
    await meanwhile(async (aws) => {
      const out = path.join(folder, "other-engine");
      const s3 = aws.s3(await aws.administrator(LOGARCHIVE));
      const bytesOf = async (Key: string): Promise<Buffer> => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: first.bucket, Key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      };
      const manifest = JSON.parse((await bytesOf(first.manifestKey)).toString("utf8")) as Manifest;
      await collectAtOnce(aws, out, manifest);

      const left = [...(await objects(aws)).keys()].filter((key) => /^(runs|credentials|findings|latest)/.test(key));
      const files = readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)));
      expect(files.sort()).to.deep.equal(left.sort());
      expect(files.length, "raw reports, consolidated, typed, findings, manifest, latest").to.equal(11 + 5);
      for (const key of left) {
        expect((await bytesOf(key)).equals(readFileSync(path.join(out, key))), key).to.equal(true);
      }
      await bucketPolicy(aws, (statements) => [...statements, REFUSE_BATCH_2]);
    });
  });

  it("fails where a batch fails for good, and says what to do", async () => {
    const failed = await run("collect");
    expect(answerOf<{ error: string }>(failed, 1).error)
      .to.contain("The run failed: States.ExceedToleratedFailureThreshold")
      .and.contain("collect --redrive");
  });

  it("goes on with that run when the cause is mended, and collects only what is missing", async () => {
    const before = await meanwhile(async (aws) => {
      await bucketPolicy(aws, (statements) => statements.slice(0, -1));
      const left = [...(await objects(aws))].filter(([key]) => !key.includes(first.runId));
      return new Map(left.filter(([key]) => /\/(raw|results)\//.test(key)));
    });
    const rawBefore = [...before.keys()].filter((key) => key.startsWith("runs/"));
    expect(rawBefore, "collected before it failed").not.to.be.empty;

    const redriven = await command<CollectReport>("collect", "--redrive");
    expect(redriven.complete).to.equal(true);
    expect(redriven.accounts.collected).to.equal(11);
    expect(rawBefore[0]).to.match(new RegExp(`^runs/${redriven.runId}/`));
    await meanwhile(async (aws) => {
      const after = await objects(aws);
      for (const [key, time] of before) expect(after.get(key), key).to.deep.equal(time);
      const rounds = [...after.keys()].filter((key) => key.startsWith(`work/${redriven.runId}/results/`));
      expect(rounds.sort(), "each batch was collected to its end once").to.deep.equal(
        ["00001", "00002", "00003"].map((batch) => `work/${redriven.runId}/results/${batch}/0001.json`),
      );
    });
  });

  it("is driven by one invocation again after one up", async () => {
    for (const stack of ["logarchive", "management"]) useLambda(stack);
    const up = await command<RolloutReport>("up", "--no-doctor");
    expect(up.stacks["management"]?.result).to.equal("updated");
    expect(up.outputs["management"]).not.to.have.property("stateMachineArn");
    const collected = await command<CollectReport>("collect");
    expect(collected).to.deep.include({ complete: true }).and.not.have.property("execution");
  });
});
