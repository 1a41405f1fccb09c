import { createHash } from "node:crypto";

import { expect } from "chai";

import { RunError } from "../../../runtime/errors";
import type { Store } from "../../../runtime/store";
import { member, organization, readJson, readText, rejection, runCollector } from "../../support/collectorRun";
import { credentialReportCsv, userRow } from "../../support/credentialReports";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../../support/fakeAws";
import { fakeClock, type FakeClock } from "../../support/fakeClock";
import { SteppedRun, type SteppedOptions } from "../../support/steppedRun";

const DAY_MS = 24 * 3600_000;
const FORBIDDEN = { status: 403, code: "AccessDenied" };

describe("finishing a run that went in steps", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  /** A run whose batches are all collected. */
  async function collected(
    accounts: FakeAccount[],
    options: SteppedOptions = {},
    more: Partial<FakeAwsOptions> = {},
  ): Promise<SteppedRun> {
    aws = await startFakeAws(organization(accounts, { faults: [], ...more }));
    const run = new SteppedRun(aws, options);
    const { batches } = await run.list();
    for (const batch of batches) await run.batch(batch, batches.length);
    return run;
  }

  /** Size and hash of everything that is no work object, by key. */
  function evidence(): Record<string, string> {
    const kept = [...aws.objects].filter(([key]) => !key.startsWith("work/")).sort();
    return Object.fromEntries(kept.map(([key, { body }]) => [key, createHash("sha256").update(body).digest("hex")]));
  }

  /** Lets so many requests of S3 pass, the last of them with its effect, and then nothing any more. */
  function dieAfter(requests: number): void {
    let left = requests;
    aws.options.onRequest = ({ service }) => {
      if (service !== "s3" || (left -= 1) >= 0) return;
      aws.options.faults = [{ service: "s3", answer: FORBIDDEN }];
    };
  }

  function revive(): void {
    delete aws.options.onRequest;
    aws.options.faults = [];
  }

  it("leaves the same bytes wherever an attempt before died, and the attempt after the last answers as that did", async () => {
    const stopped: FakeClock = { ...fakeClock(), sleep: () => Promise.resolve() };
    const signature = { count: 0 };
    const sign = (): Promise<Uint8Array> => Promise.resolve(Buffer.from(`signature ${(signature.count += 1)}`));
    const accounts = [{ id: member(1) }, { id: member(2), roleMissing: true }, { id: member(3), state: "CLOSED" }];
    const run = await collected([...accounts, { id: member(4) }], { clock: stopped, finish: { sign } });
    const before = new Map(aws.objects);
    const whole = await run.finish();
    const after = aws.requests.length;
    const expected = evidence();
    delete expected[`runs/${run.runId}/manifest.json.sig`];
    const again = await run.finish();
    expect(again).to.deep.equal(whole);
    expect(aws.requests.slice(after).map(({ action }) => action)).to.deep.equal([
      "GetObject",
      "ListObjectsV2",
      "GetObject",
    ]);

    let deaths = 0;
    for (let passed = 0; ; passed += 1) {
      aws.objects.clear();
      for (const [key, object] of before) aws.objects.set(key, object);
      dieAfter(passed);
      const died = await run.finish().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (died === undefined) break;
      deaths += 1;
      revive();
      await run.finish();
      const found = evidence();
      const signed = found[`runs/${run.runId}/manifest.json.sig`];
      expect(signed, `signature after ${passed} requests`).to.be.a("string");
      delete found[`runs/${run.runId}/manifest.json.sig`];
      expect(found, `after ${passed} requests`).to.deep.equal(expected);
    }
    revive();
    expect(deaths).to.be.greaterThan(20);
  }).timeout(60_000);

  it("keeps the time that the first attempt put into the manifest, and what it found out of the accounts", async () => {
    const run = await collected([{ id: member(1), roleMissing: true }, { id: member(2) }]);
    aws.options.faults = [{ service: "s3", key: /finish\/summary\.json$/, answer: FORBIDDEN }];
    await rejection(run.finish());
    revive();
    const manifest = readText(aws, `runs/${run.runId}/manifest.json`);
    expect(run.manifest().finishedAt).to.equal("2026-11-23T03:00:00Z");
    await run.clock.sleep(3_600_000);
    // closed since: what the manifest says of it, it goes on to say
    aws.options.accounts = aws.options.accounts.map((account) =>
      account.id === member(1) ? { ...account, state: "SUSPENDED" } : account,
    );

    const summary = await run.finish();

    expect(readText(aws, `runs/${run.runId}/manifest.json`)).to.equal(manifest);
    expect(summary.manifestSha256).to.equal(createHash("sha256").update(manifest).digest("hex"));
    expect(summary.accounts).to.include({ collected: 2, notCollected: 1, outOfScope: 0 });
  });

  it("takes an object as written that an attempt before uploaded in parts, and gives its own upload up", async () => {
    const users = Array.from({ length: 20_000 }, (_, n) => userRow(member(1), `user-with-a-long-name-${n}`));
    const run = await collected([{ id: member(1), report: credentialReportCsv(member(1), users) }]);
    aws.options.faults = [{ service: "s3", key: /credentials\.parquet$/, answer: FORBIDDEN }];
    await rejection(run.finish());
    revive();
    const key = `credentials/run_date=2026-11-23/run=${run.runId}/credentials.csv`;
    const csv = aws.objects.get(key);
    expect(csv?.body.length).to.be.greaterThan(5 * 1024 * 1024);

    expect(await run.finish()).to.include({ complete: true });

    expect(aws.objects.get(key), "the object of the first attempt").to.equal(csv);
    expect([...aws.bucket.uploads.values()].filter((upload) => upload.key === key)).to.deep.equal([]);
  }).timeout(60_000);

  it("refuses to leave other bytes than it pledged before, and says why that may be", async () => {
    const run = await collected([{ id: member(1) }]);
    aws.options.faults = [{ service: "s3", action: "PutObject", key: /credentials\.csv$/, answer: FORBIDDEN }];
    await rejection(run.finish());
    revive();
    const key = `work/${run.runId}/finish/objects/credentials.csv.json`;
    const pledge = readJson(aws, key) as { sha256: string };
    const other = { ...pledge, sha256: "0".repeat(64) };
    aws.objects.set(key, { body: Buffer.from(JSON.stringify(other)), headers: {} });

    const error = await rejection(run.finish());

    expect(error).to.be.instanceOf(RunError).with.property("code", "OtherBytes");
    expect(error.message).to.match(/credentials\.csv would be other bytes than in the first attempt/);
    expect(aws.objects.has("latest.json")).to.equal(false);
  });

  it("names the accounts of a batch that failed for good, and takes the reports that it had stored", async () => {
    aws = await startFakeAws(
      organization([1, 2, 3, 4, 5].map((n) => ({ id: member(n), ...(n === 4 && { neverCompletes: true }) }))),
    );
    const run = new SteppedRun(aws);
    const { batches } = await run.list();
    expect(batches).to.deep.equal([1, 2]);
    await run.batch(1, 2);
    // stores a report, notes one as pending, and dies before a second round could say more
    await run.round(2, 2);
    const results = `work/${run.runId}/results/00002/0001.json`;
    const round = readJson(aws, results) as { records: unknown[] };
    aws.objects.set(results, { body: Buffer.from(JSON.stringify({ ...round, records: [] })), headers: {} });
    aws.objects.delete(`runs/${run.runId}/raw/${member(5)}.csv`);

    const summary = await run.finish();

    expect(summary).to.include({ complete: false });
    expect(summary.accounts).to.include({ listed: 6, collected: 4, notCollected: 2 });
    const [fourth, fifth] = summary.missing;
    expect(fourth).to.include({
      accountId: member(4),
      code: "BatchFailed",
      step: "generate",
      message: "batch 2 failed before it had this account's report; last answer: INPROGRESS",
    });
    expect(fourth?.remedy).to.match(/log names the batch .* Run again/);
    expect(fifth).to.include({ accountId: member(5), code: "BatchFailed", step: "assumeRole" });
    const third = run.manifest().accounts.find(({ accountId }) => accountId === member(3));
    expect(third, "its batch failed after its report was stored").to.include({ state: "collected" });
  });

  it("names every raw report that stands in the bucket, also where a later round could not reach the account", async () => {
    aws = await startFakeAws(
      organization([{ id: member(1) }], {
        faults: [{ service: "s3", key: /results/, times: 1, answer: FORBIDDEN }],
      }),
    );
    const run = new SteppedRun(aws);
    await run.list();
    await rejection(run.round(1, 1));
    const account = aws.options.accounts.find(({ id }) => id === member(1));
    if (account) account.roleMissing = true;
    await run.batch(1, 1);

    const { complete } = await run.finish();

    expect(complete).to.equal(true);
  });

  it("looks a hundred accounts up again in a whole run, however many refuse the collector in its batches", async () => {
    const accounts = Array.from({ length: 130 }, (_, n) => ({ id: member(n + 1), roleMissing: true }));
    const run = await collected(accounts, { settings: { batchSize: 10 } });
    expect(aws.requests.filter(({ action }) => action === "DescribeAccount")).to.have.length(0);
    await run.finish();
    expect(aws.requests.filter(({ action }) => action === "DescribeAccount")).to.have.length(100);
  });

  it("counts the requests of all its steps", async () => {
    const run = await collected([{ id: member(1) }, { id: member(2) }, { id: member(3) }]);
    const { apiCalls } = await run.finish();
    // all but the one that stores the summary, which has the number in it
    expect(apiCalls).to.equal(aws.requests.length - 1);
  });

  it("fails, naming the object, when a raw report is not what its round says", async () => {
    const run = await collected([{ id: member(1) }]);
    const raw = aws.objects.get(`runs/${run.runId}/raw/${member(1)}.csv`);
    if (raw) raw.body = Buffer.from("altered");
    const error = await rejection(run.finish());
    expect(error.message).to.match(/raw reports .* cannot be read .*raw\/200000000001\.csv was altered/);
    expect(aws.objects.has(`runs/${run.runId}/manifest.json`)).to.equal(false);
  });

  describe("when a newer run has its manifest", () => {
    it("refuses to come in between, since the chain of manifests would pass it by", async () => {
      const run = await collected([{ id: member(1) }]);
      const newer = await runCollector(aws, { start: "2026-11-24T03:00:00Z" });
      await run.clock.sleep(DAY_MS);

      const error = await rejection(run.finish());

      expect(error).to.be.instanceOf(RunError).with.property("code", "RunSuperseded");
      expect(error.message).to.include(newer.summary.runId);
      expect(Object.keys(evidence()).filter((key) => key.includes(run.runId) && !key.includes("/raw/"))).to.deep.equal(
        [],
      );
    });

    it("ends what it had begun to write, and leaves the pointer to the newer run", async () => {
      const run = await collected([{ id: member(1) }]);
      aws.options.faults = [{ service: "s3", key: /latest\.json$/, answer: FORBIDDEN }];
      await rejection(run.finish());
      revive();
      const newer = await runCollector(aws, { start: "2026-11-24T03:00:00Z" });
      expect(newer.manifest.previous?.runId).to.equal(run.runId);
      await run.clock.sleep(DAY_MS);

      expect(await run.finish()).to.include({ complete: true });

      expect(readJson(aws, "latest.json")).to.include({ runId: newer.summary.runId });
    });
  });

  it("pays no heed to a manifest that is dated ahead of time, which would keep every run from its end", async () => {
    const run = await collected([{ id: member(1) }]);
    aws.objects.set("runs/20991231T000000Z-000000/manifest.json", { body: Buffer.from("forged"), headers: {} });

    expect(await run.finish()).to.include({ complete: true });

    expect(readJson(aws, "latest.json")).to.include({ runId: run.runId });
  });

  it("delivers by a store in which the page of an attempt before counts as stored", async () => {
    const stores: Store[] = [];
    const delivering = (store: Store) => {
      stores.push(store);
      return {
        deliver: async () => {
          const writer = await store.open(`runs/${run.runId}/report.html`);
          await writer.write(Buffer.from("page"));
          await writer.close();
          return { page: "page", published: true };
        },
      };
    };
    const run: SteppedRun = await collected([], { finish: { delivering } });
    aws.options.faults = [{ service: "s3", key: /summary\.json$/, answer: FORBIDDEN }];
    await rejection(run.finish());
    revive();

    const summary = await run.finish();

    expect(summary.delivery).to.deep.equal({ page: "page", published: true });
    expect(stores).to.have.length(2);
  });
});
