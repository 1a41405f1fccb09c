import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { folderEvidence, readRun } from "../../../rollout/evidence/evidence";
import { RolloutError } from "../../../rollout/errors";
import { MANIFEST_SCHEMA, type Manifest } from "../../../report/manifest";

const HEADER =
  "account_id,account_name,ou_path,report_generated_time,run_id,user,arn,user_creation_time,password_enabled," +
  "password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active," +
  "access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
  "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region," +
  "access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

describe("readRun", () => {
  let folder: string;
  const put = (key: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, key)), { recursive: true });
    writeFileSync(path.join(folder, key), text);
  };
  const putRun = (runId: string, csv = HEADER, schema: string = MANIFEST_SCHEMA): void => {
    const key = `credentials/run_date=2026-11-23/run=${runId}/credentials.csv`;
    put(key, csv);
    const manifest: Omit<Manifest, "schema"> & { schema: string } = {
      schema,
      runId,
      startedAt: "2026-11-23T03:15:00.000Z",
      finishedAt: "2026-11-23T03:16:00.000Z",
      organizationId: "o-exampleorgid",
      managementAccountId: "111122223333",
      complete: true,
      counts: { listed: 0, inScope: 0, collected: 0, notCollected: 0, outOfScope: 0 },
      rows: 0,
      accounts: [],
      consolidated: { key, bytes: csv.length, sha256: createHash("sha256").update(csv).digest("hex") },
      previous: null,
    };
    put(`runs/${runId}/manifest.json`, JSON.stringify(manifest));
  };
  const failure = async (runId?: string): Promise<string> => {
    const error: unknown = await readRun(folderEvidence(folder), runId).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    return (error as Error).message;
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "evidence-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("takes the newest run that has a manifest", async () => {
    putRun("20261122T031500Z-000001");
    putRun("20261123T031500Z-000002");
    put("runs/20261124T031500Z-000003/raw/111122223333.csv", "of a run that died");
    expect((await readRun(folderEvidence(folder))).manifest.runId).to.equal("20261123T031500Z-000002");
  });

  it("takes no run for the newest that is dated ahead of time, and reads it where it is named", async () => {
    const ahead = "20991231T000000Z-000000";
    putRun("20261122T031500Z-000001");
    putRun(ahead);
    expect(await failure())
      .to.contain(`Run ${ahead}`)
      .and.to.contain("dated ahead of time");
    expect((await readRun(folderEvidence(folder), ahead)).manifest.runId).to.equal(ahead);
  });

  it("says that what is made of raw reports has expired, where the retention says so and nowhere else", async () => {
    putRun("20261122T031500Z-000001");
    rmSync(path.join(folder, "credentials"), { recursive: true });
    expect(await failure()).to.match(/is missing from/);
    const days = { raw: 90, consolidated: 30, other: 365 };
    const at = async (time: string): Promise<string> => {
      const evidence = { ...folderEvidence(folder), retention: { days, now: Date.parse(time) } };
      return String(await readRun(evidence).catch((error: unknown) => error));
    };
    expect(await at("2026-12-21T00:00:00Z")).to.match(/is missing from/);
    expect(await at("2026-12-23T00:00:00Z")).to.match(/has expired: .* 30 days \(consolidatedRetentionDays\)/);
  });

  it("takes the run that is named, and says when there is none", async () => {
    putRun("20261122T031500Z-000001");
    putRun("20261123T031500Z-000002");
    expect((await readRun(folderEvidence(folder), "20261122T031500Z-000001")).manifest.runId).to.match(/^20261122/);
    expect(await failure("20200101T000000Z-000000")).to.contain("There is no run 20200101T000000Z-000000");
  });

  it("says what to do where nothing was ever collected", async () => {
    expect(await failure()).to.contain("run collect first");
  });

  it("refuses altered evidence, naming the object and both hashes", async () => {
    putRun("20261123T031500Z-000002");
    put("credentials/run_date=2026-11-23/run=20261123T031500Z-000002/credentials.csv", `${HEADER}forged`);
    expect(await failure()).to.match(
      /credentials\.csv .* is not what the collector wrote: its SHA-256 is [0-9a-f]{64}/,
    );
  });

  it("refuses a manifest of a format that it does not know", async () => {
    putRun("20261123T031500Z-000002", HEADER, "iam-credential-reports/manifest/99");
    expect(await failure()).to.contain("iam-credential-reports/manifest/99");
  });
});
