import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { bundleRuntime } from "../../components/runtimeBundle";
import { awsClients } from "../../runtime/clients";
import { takeLease } from "../../runtime/lease";
import { S3LeaseStore } from "../../runtime/s3Lease";
import type { Refusal } from "../../runtime/settings";
import { invokeBundle } from "../support/bundledCollector";
import { member, organization, readJson, SETTINGS } from "../support/collectorRun";
import { startFakeAws, type FakeAws, type InjectedFault } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";

describe("one run at a time, in the bucket", () => {
  let aws: FakeAws;
  let clients: ReturnType<typeof awsClients>;

  afterEach(async () => {
    clients.destroy();
    await aws.close();
  });

  async function lease(faults: InjectedFault[] = []): Promise<S3LeaseStore> {
    aws = await startFakeAws(organization([], { faults }));
    clients = awsClients(SETTINGS, {
      endpoint: aws.endpoint,
      credentials: { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "secret" },
    });
    return new S3LeaseStore(clients.s3, SETTINGS, fakeClock());
  }

  const request = (n: number) => {
    const startedAt = Date.parse("2026-11-23T03:00:00Z");
    return { runId: `run-${n}`, holder: `request-${n}`, startedAt, expiresAt: startedAt + 900_000 };
  };
  const now = (): number => request(1).startedAt;
  const state = () => readJson(aws, "running.json");

  it("is had by one of two who try at once", async () => {
    const store = await lease();
    const answers = await Promise.all([1, 2, 3].map((n) => takeLease(store, request(n), now)));
    expect(answers.filter((answer) => "lease" in answer)).to.have.length(1);
    const [refused] = answers.flatMap((answer) => ("refused" in answer ? [answer.refused] : []));
    expect(refused?.running.holder).to.equal((state() as { holder: string }).holder);
  });

  it("is written on conditions only, encrypted with the key, and taken and given back again and again", async () => {
    const store = await lease();
    for (const n of [1, 2]) {
      const answer = await takeLease(store, request(n), now);
      if ("refused" in answer) throw new Error(answer.refused.message);
      expect(state()).to.include({ state: "running", runId: `run-${n}` });
      await answer.lease.release();
      expect(state()).to.include({ state: "idle", runId: `run-${n}` });
    }
    const writes = aws.requests.filter(({ action }) => action === "PutObject");
    for (const { headers } of writes) {
      expect(headers["if-match"] ?? headers["if-none-match"]).to.be.a("string");
      expect(headers).to.include({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-expected-bucket-owner": SETTINGS.bucketOwner,
      });
    }
  });

  for (const [what, before] of [
    ["the first", []],
    ["a later", [0]],
  ] as const) {
    it(`is one's own where the answer to ${what} write was lost, or another of the same moment was in the way`, async () => {
      const conflict = { status: 409, code: "ConditionalRequestConflict" };
      const store = await lease();
      for (const n of before) {
        const answer = await takeLease(store, request(n), now);
        if ("lease" in answer) await answer.lease.release();
      }
      aws.options.faults?.push(
        { service: "s3", action: "PutObject", times: 1, answer: conflict },
        { service: "s3", action: "PutObject", times: 1, answer: "lost" },
      );
      expect(await takeLease(store, request(1), now)).to.have.property("lease");
      expect(state()).to.include({ state: "running", holder: "request-1" });
      expect(aws.faulted()).to.equal(2);
    });
  }
});

describe("one run at a time, by the deployed collector", () => {
  let folder: string;
  let aws: FakeAws;
  let letGo: () => void;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    bundleRuntime(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => aws.close());

  /** An organization whose first request to IAM waits until it is let go. */
  async function held(): Promise<{ began: Promise<void> }> {
    const going = new Promise<void>((resolve) => (letGo = resolve));
    let begin = (): void => undefined;
    const began = new Promise<void>((resolve) => (begin = resolve));
    aws = await startFakeAws(
      organization([{ id: member(1) }], {
        latency: async ({ service }) => {
          if (service !== "iam") return;
          begin();
          await going;
        },
      }),
    );
    return { began };
  }

  const manifests = (): string[] => [...aws.objects.keys()].filter((key) => key.endsWith("/manifest.json"));

  it("refuses a second run while one is going, by name, without an error that Lambda would try again", async () => {
    const { began } = await held();
    const first = invokeBundle(folder, aws.endpoint, { requestId: "request-1" });
    await began;
    const { summary: refused, failure, lines } = await invokeBundle(folder, aws.endpoint, { requestId: "request-2" });
    letGo();
    const { summary } = await first;
    expect(failure).to.equal(undefined);
    const refusal = refused as unknown as Refusal;
    expect(refusal.refused).to.equal("RunInProgress");
    expect(refusal.running).to.include({ runId: summary?.runId, holder: "request-1" });
    expect(refusal.message).to.contain(`Run ${summary?.runId} is going on since ${refusal.running.startedAt}`);
    expect(lines.find(({ message }) => message === "run refused")).to.include({
      level: "ERROR",
      code: "RunInProgress",
      running: summary?.runId,
      holder: "request-2",
    });
    expect(lines.find((line) => "_aws" in line)).to.include({ RunsRefused: 1, RunsFailed: 0, RunsCompleted: 0 });
    expect(summary?.complete).to.equal(true);
    expect(manifests()).to.deep.equal([summary?.manifestKey]);
    expect(readJson(aws, "running.json")).to.include({ state: "idle", runId: summary?.runId });
  });

  it("names in the manifest the time that is in its run id, however long it took to learn that it may run", async () => {
    let first = true;
    aws = await startFakeAws(
      organization([{ id: member(1) }], {
        latency: async ({ service }) => {
          if (service !== "s3" || !first) return;
          first = false;
          await new Promise((resolve) => setTimeout(resolve, 1_100));
        },
      }),
    );
    const { summary } = await invokeBundle(folder, aws.endpoint);
    const { startedAt } = readJson(aws, summary?.manifestKey ?? "") as { startedAt: string };
    expect(startedAt.replace(/[-:]/g, "")).to.equal(summary?.runId.split("-")[0]);
  });

  it("runs again after a run that failed, and after one whose process was killed when Lambda tries that again", async () => {
    aws = await startFakeAws({ managementAccountId: member(1), accounts: [] });
    expect((await invokeBundle(folder, aws.endpoint)).failure).to.match(/^RunError /);
    expect(readJson(aws, "running.json")).to.include({ state: "idle" });
    const startedAt = new Date().toISOString();
    const expiresAt = new Date(Date.now() + 900_000).toISOString();
    const died = { schema: "iam-credential-reports/running/1", state: "running", runId: "20261123T031500Z-00000d" };
    const body = Buffer.from(JSON.stringify({ ...died, holder: "request-9", startedAt, expiresAt }));
    aws.objects.set("running.json", { body, headers: {} });
    aws.options.accounts = organization([{ id: member(1) }]).accounts;
    aws.options.managementAccountId = organization([]).managementAccountId;
    const { summary: other } = await invokeBundle(folder, aws.endpoint, { requestId: "request-10" });
    expect((other as unknown as Refusal).running.runId).to.equal(died.runId);
    const { summary, failure } = await invokeBundle(folder, aws.endpoint, { requestId: "request-9" });
    expect(failure).to.equal(undefined);
    expect(summary?.complete).to.equal(true);
  });

  it("names the bucket's policy where it may not say which run is going on, and collects nothing", async () => {
    const denied = { status: 403, code: "AccessDenied", message: "not allowed" };
    aws = await startFakeAws(
      organization([{ id: member(1) }], { faults: [{ service: "s3", key: /^running\.json$/, answer: denied }] }),
    );
    const { failure } = await invokeBundle(folder, aws.endpoint);
    expect(failure).to.match(/^RunError Whether a run is going on cannot be told from .*AccessDenied: not allowed/);
    expect(failure).to.contain("lets the collector read and write running.json");
    expect([...aws.objects.keys()]).to.deep.equal([]);
  });
});
