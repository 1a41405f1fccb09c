import { createHash } from "node:crypto";

import { expect } from "chai";

import { RunError } from "../../runtime/errors";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import { MANAGEMENT, member, organization, readJson, readText, rejection, runCollector } from "../support/collectorRun";
import { credentialReportCsv, userRow } from "../support/credentialReports";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { GENERATED_TIME } from "../support/fakeIdentity";

describe("what a run leaves", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  async function start(accounts: FakeAccount[], more: Partial<FakeAwsOptions> = {}): Promise<FakeAws> {
    aws = await startFakeAws(organization(accounts, more));
    return aws;
  }

  it("says the latest complete run only, never an incomplete one", async () => {
    await start([{ id: member(1) }]);
    const good = await runCollector(aws, { start: "2026-11-22T03:00:00Z" });
    aws.options.accounts.push({ id: member(2), roleMissing: true });
    await runCollector(aws, { start: "2026-11-23T03:00:00Z" });

    expect(readJson(aws, "latest.json")).to.deep.equal({
      schema: "iam-credential-reports/latest/1",
      runId: good.summary.runId,
      manifestKey: good.summary.manifestKey,
      manifestSha256: good.summary.manifestSha256,
      finishedAt: good.manifest.finishedAt,
    });
  });

  it("holds every row against the controls, and says of the whole what findings.json says of each", async () => {
    await start([{ id: member(1) }, { id: member(2) }]);
    const { manifest } = await runCollector(aws);
    const body = aws.objects.get(manifest.findings?.key ?? "")?.body ?? Buffer.alloc(0);
    const lines = body.toString().trimEnd().split("\n");
    const found = lines.map((line) => JSON.parse(line) as { control: string; result: string; run_id: string });
    expect(found.map(({ run_id }) => run_id)).to.deep.equal(found.map(() => manifest.runId));
    const { thresholds, results = [] } = manifest.controls ?? {};
    expect(thresholds).to.deep.equal({ rootUseDays: 90, unusedDays: 45, dormantDays: 90, keyAgeDays: 90 });
    expect(results).to.have.length(12);
    for (const { control, pass, fail, notApplicable, notDecidable } of results) {
      const of = (result: string) => found.filter((one) => one.control === control && one.result === result).length;
      expect([of("fail"), of("notDecidable")], control).to.deep.equal([fail, notDecidable]);
      const subjects = control.startsWith("root")
        ? manifest.counts.collected
        : manifest.rows - manifest.counts.collected;
      expect(pass + fail + notApplicable + notDecidable, control).to.equal(subjects);
    }
  });

  it("writes objects of exactly the size and hash that the manifest says, encrypted with the key", async () => {
    await start([{ id: member(1) }]);

    const { manifest, summary } = await runCollector(aws);

    const raws = manifest.accounts.flatMap((account) => (account.state === "collected" ? [account.raw] : []));
    expect(manifest.typed?.key).to.equal(
      `credentials_typed/run_date=2026-11-23/run=${summary.runId}/credentials.parquet`,
    );
    expect(manifest.findings?.key).to.equal(`findings/run_date=2026-11-23/run=${summary.runId}/findings.json`);
    const typed = manifest.typed ? [manifest.typed] : [];
    const findings = manifest.findings ? [manifest.findings] : [];
    const named = [
      ...raws,
      manifest.consolidated,
      ...typed,
      ...findings,
      { key: summary.manifestKey, sha256: summary.manifestSha256 },
    ];
    expect([...named.map(({ key }) => key), "latest.json"].sort()).to.deep.equal([...aws.objects.keys()].sort());
    for (const { key, sha256 } of named) {
      const body = aws.objects.get(key)?.body ?? Buffer.alloc(0);
      expect(createHash("sha256").update(body).digest("hex"), key).to.equal(sha256);
    }
    expect(manifest.consolidated.bytes).to.equal(Buffer.byteLength(readText(aws, manifest.consolidated.key)));
    for (const [key, { headers }] of aws.objects) {
      expect(headers, key).to.include({
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id":
          "arn:aws:kms:eu-central-1:888888888888:key/11111111-2222-3333-4444-555555555555",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "x-amz-expected-bucket-owner": "999999999999",
        "x-amz-sdk-checksum-algorithm": "SHA256",
      });
      expect(headers["x-amz-tagging"], key).to.equal(key.includes("/raw/") ? "evidence-kind=raw" : undefined);
    }
  });

  it("keeps the raw bytes and consolidates in account order, columns of all accounts side by side", async () => {
    const columns = [...KNOWN_COLUMNS, "additional_credentials_info"];
    const wide = credentialReportCsv(
      member(1),
      [userRow(member(1), "bob", { additional_credentials_info: "{}" })],
      columns,
    );
    // The first to come is the last in order.
    await start([
      { id: member(2), name: "Second" },
      { id: member(1), name: "First, of all", report: wide, inProgress: 3 },
    ]);

    const { manifest, summary } = await runCollector(aws);

    expect(readText(aws, `runs/${summary.runId}/raw/${member(1)}.csv`)).to.equal(wide);
    expect(manifest.consolidated.key).to.equal(`credentials/run_date=2026-11-23/run=${summary.runId}/credentials.csv`);
    const lines = readText(aws, manifest.consolidated.key).split("\n");
    expect(lines[0]).to.equal(`account_id,account_name,ou_path,report_generated_time,run_id,${columns.join(",")}`);
    expect(lines.slice(1).map((line) => line.slice(0, 12))).to.deep.equal([
      MANAGEMENT,
      MANAGEMENT,
      member(1),
      member(2),
      member(2),
      "",
    ]);
    expect(lines[3]).to.equal(
      `${member(1)},"First, of all",Root,${GENERATED_TIME},${summary.runId},${wide.split("\n")[1]}`,
    );
    expect(lines[1]?.endsWith(","), "an account without the column has an empty cell").to.equal(true);
  });

  it("never touches an earlier run, and chains its manifest by hash", async () => {
    await start([{ id: member(1) }]);
    const first = await runCollector(aws, { start: "2026-11-22T03:00:00Z" });
    const before = new Map([...aws.objects].filter(([key]) => key !== "latest.json"));
    // A run that died before its manifest is passed over.
    aws.objects.set("runs/20261122T090000Z-000000/raw/1.csv", { body: Buffer.from("x"), headers: {} });

    const second = await runCollector(aws, { start: "2026-11-22T15:00:00Z" });

    for (const [key, { body }] of before) expect(readText(aws, key), key).to.equal(body.toString());
    expect(first.manifest.previous).to.equal(null);
    expect(second.manifest.previous).to.deep.equal({
      runId: first.summary.runId,
      key: first.summary.manifestKey,
      sha256: first.summary.manifestSha256,
    });
  });

  it("finds the manifest before it across a gap of months, and is not fooled by newer runs", async () => {
    await start([]);
    const old = await runCollector(aws, { start: "2026-01-01T03:00:00Z" });
    await runCollector(aws, { start: "2026-12-24T03:00:00Z" });

    const { manifest } = await runCollector(aws, { start: "2026-11-23T03:00:00Z" });

    expect(manifest.previous?.runId).to.equal(old.summary.runId);
  });

  it("takes an object as stored when only the answer to the first try was lost", async () => {
    await start([{ id: member(1) }], {
      faults: [{ service: "s3", key: new RegExp(`raw/${member(1)}`), times: 1, answer: "lost" }],
    });

    const { summary } = await runCollector(aws);

    expect(summary.complete).to.equal(true);
    expect(aws.requests.filter(({ key }) => key.includes(`raw/${member(1)}`))).to.have.length(2);
  });

  it("fails rather than overwrite when its run id is taken", async () => {
    await start([]);
    const newRunId = () => "20261123T030000Z-aaaaaa";
    await runCollector(aws, { newRunId });
    const before = readText(aws, "runs/20261123T030000Z-aaaaaa/manifest.json");

    const error = await rejection(runCollector(aws, { newRunId }));

    expect(error).to.be.instanceOf(RunError).and.include({ code: "PreconditionFailed" });
    expect(readText(aws, "runs/20261123T030000Z-aaaaaa/manifest.json")).to.equal(before);
  });

  for (const [what, key] of [
    ["consolidated CSV", /credentials\.csv$/],
    ["typed Parquet", /credentials\.parquet$/],
    ["manifest", /manifest\.json$/],
  ] as const) {
    it(`fails when the ${what} cannot be stored, and leaves no pointer to the run`, async () => {
      await start([], { faults: [{ service: "s3", key, answer: { status: 403, code: "AccessDenied" } }] });

      const error = await rejection(runCollector(aws));

      expect(error).to.be.instanceOf(RunError);
      expect(error.message).to.match(/cannot be written to evidence: AccessDenied: .*Check that bucket and key/);
      expect(aws.objects.has("latest.json")).to.equal(false);
    });
  }

  it("leaves equal bytes for equal input", async () => {
    const accounts = [{ id: member(2), inProgress: 2 }, { id: member(1) }];
    const newRunId = () => "20261123T030000Z-aaaaaa";
    const results: string[] = [];
    for (const concurrency of [1, 8]) {
      await start(accounts);
      const { manifest } = await runCollector(aws, { newRunId, settings: { concurrency } });
      results.push(JSON.stringify({ ...manifest, finishedAt: "" }));
      if (concurrency === 1) await aws.close();
    }
    expect(results[1]).to.equal(results[0]);
  });
});
