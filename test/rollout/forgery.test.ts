import { generateKeyPairSync } from "node:crypto";
import { expect } from "chai";
import { RolloutError } from "../../rollout/errors";
import { verifyEvidence, type Verification, type VerificationRequest } from "../../rollout/evidence/verification";
import { csvKey, dayOf, manifestKey, NEWEST, rawKey, RUNS, sha256, VersionedBucket } from "../support/chainedRuns";

const [FIRST, SECOND] = RUNS;
/** The signing key, which the collector's role may sign with. */
const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" });
const OTHER_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" });
const trusted = { publicKeys: () => Promise.resolve({ from: "test", keys: [KEY.publicKey] }), signatureExpected: true };
const everywhere = (): boolean => true;

/** What is found, as `kind key`, each once. */
async function found(bucket: VersionedBucket, request: VerificationRequest = {}): Promise<string[]> {
  const { differences } = await verification(bucket, request);
  for (const { meaning } of differences) expect(meaning).not.to.equal("");
  return [...new Set(differences.map(({ kind, key }) => `${kind} ${key}`))].sort();
}
const verification = (bucket: VersionedBucket, request: VerificationRequest = {}): Promise<Verification> =>
  verifyEvidence(bucket, { all: true, now: bucket.now, ...request });

describe("verify, of what somebody adds who let himself into the collector's role,", () => {
  let bucket: VersionedBucket;
  beforeEach(() => {
    bucket = VersionedBucket.ofThreeRuns(KEY.privateKey);
  });
  const signing = { sign: KEY.privateKey };

  it("finds nothing before he does", async () => {
    expect(await found(bucket, trusted)).to.deep.equal([]);
  });

  it("finds objects that no manifest names, in a run or among the tables", async () => {
    const added = [rawKey(NEWEST).replace("1111", "9999"), csvKey(SECOND).replace("credentials.csv", "more.csv")];
    for (const key of [...added, "credentials/loose.csv"]) bucket.put(key, "forged");
    expect(await found(bucket, trusted)).to.deep.equal(
      [...added, "credentials/loose.csv"].map((key) => `extra ${key}`).sort(),
    );
  });

  it("finds rows for queries of a run without a manifest, once no such run can go on any more", async () => {
    const runId = "20251123T120000Z-000009";
    bucket.put(csvKey(runId), "forged");
    bucket.put(rawKey(runId), "forged");
    const before = await verification(bucket, trusted);
    expect(before).to.deep.include({ differences: [], interrupted: [runId] });

    bucket.now = Date.parse("2025-11-24T03:15:30Z");
    bucket.write({ runId: "20251124T031500Z-000004", previous: bucket.named(NEWEST), ...signing });
    expect(await found(bucket, trusted)).to.deep.equal([`extra ${csvKey(runId)}`]);
  });

  it("finds reports of a run without a manifest that are dated back or ahead", async () => {
    const [back, ahead] = ["20251101T031500Z-000009", "20991231T000000Z-000000"];
    for (const runId of [back, ahead]) bucket.put(rawKey(runId), "forged");
    expect(await found(bucket, trusted)).to.deep.equal([`time ${rawKey(back)}`, `time runs/${ahead}`]);
  });

  it("finds a run dated back into the chain, which nothing newer names", async () => {
    const runId = "20251122T120000Z-000009";
    bucket.write({
      runId,
      startedAt: "2025-11-22T12:00:00Z",
      finishedAt: "2025-11-22T12:01:00Z",
      previous: bucket.named(SECOND),
      ...signing,
    });
    const differences = await found(bucket, trusted);
    expect(differences).to.include.members([`chain ${manifestKey(runId)}`, `time ${manifestKey(runId)}`]);
    expect(differences).to.include("pointer latest.json");
  });

  it("finds a run for a night that was missed, though it is the newest, named by its chain and signed", async () => {
    const runId = "20251124T031500Z-000009";
    bucket.now = Date.parse("2025-11-24T11:00:00Z");
    bucket.write({ runId, previous: bucket.named(NEWEST), ...signing });
    const { differences } = await verification(bucket, trusted);
    expect(new Set(differences.map(({ kind }) => kind))).to.deep.equal(new Set(["time"]));
    expect(differences.map(({ key }) => key)).to.include.members([manifestKey(runId), rawKey(runId), csvKey(runId)]);
    // and still does when the next night's run has taken it into the chain
    bucket.now = Date.parse("2025-11-25T03:15:30Z");
    bucket.write({ runId: "20251125T031500Z-000005", previous: bucket.named(runId), ...signing });
    expect(await found(bucket, { ...trusted, all: false })).to.deep.equal([`time ${manifestKey(runId)}`]);
  });

  it("finds a run that is dated ahead, before which none could come again", async () => {
    const runId = "20991231T000000Z-000009";
    const at = { startedAt: "2099-12-31T00:00:00Z", finishedAt: "2099-12-31T00:01:00Z" };
    bucket.write({ runId, previous: bucket.named(NEWEST), ...at, ...signing });
    expect(await found(bucket, trusted)).to.include(`time ${manifestKey(runId)}`);
  });

  it("finds times in a manifest that are not those of its run id", async () => {
    const runId = "20251123T120000Z-000009";
    const startedAt = "2025-11-23T12:10:00Z";
    bucket.write({ runId, previous: bucket.named(NEWEST), startedAt, finishedAt: "2025-11-23T13:50:00Z", ...signing });
    expect(await found(bucket, trusted)).to.deep.equal([`time ${manifestKey(runId)}`]);
  });

  it("takes a manifest whose time is a little after its run id, as earlier versions wrote it", async () => {
    const runId = "20251123T135900Z-000009";
    const at = { startedAt: "2025-11-23T13:59:02Z", finishedAt: "2025-11-23T14:00:00Z" };
    bucket.write({ runId, previous: bucket.named(NEWEST), ...at, ...signing });
    expect(await found(bucket, trusted)).to.deep.equal([]);
  });

  it("finds a run that passes off the objects of another as its own", async () => {
    const runId = "20251123T135900Z-000009";
    const old = { key: csvKey(SECOND), bytes: 34, sha256: sha256(`account_id\n${SECOND}\n`) };
    const at = { startedAt: "2025-11-23T13:59:00Z", finishedAt: "2025-11-23T14:00:00Z" };
    bucket.write({ runId, previous: bucket.named(NEWEST), ...at, ...signing, more: { consolidated: old } });
    expect(await found(bucket, trusted)).to.include(`altered ${csvKey(SECOND)}`);
  });

  it("finds a fork of the chain, which passes a run by", async () => {
    const runId = "20251123T135900Z-000009";
    const at = { startedAt: "2025-11-23T13:59:00Z", finishedAt: "2025-11-23T14:00:00Z" };
    bucket.write({ runId, previous: bucket.named(SECOND), ...at, ...signing });
    expect(await found(bucket, trusted)).to.deep.equal([`chain ${manifestKey(NEWEST)}`]);
  });

  it("finds a pointer that was turned back or into nothing", async () => {
    const target = { runId: SECOND, manifestKey: manifestKey(SECOND), manifestSha256: bucket.named(SECOND).sha256 };
    bucket.put("latest.json", JSON.stringify(target));
    expect(await found(bucket, trusted)).to.deep.equal(["pointer latest.json"]);
    bucket.put("latest.json", "{}");
    expect(await found(bucket, trusted)).to.deep.equal(["pointer latest.json"]);
  });

  it("cannot tell a run that he makes now, whole, chained and signed: the role is the collector", async () => {
    const runId = "20251123T135900Z-000009";
    const at = { startedAt: "2025-11-23T13:59:00Z", finishedAt: "2025-11-23T14:00:00Z" };
    bucket.write({ runId, previous: bucket.named(NEWEST), says: "forged", ...at, ...signing });
    expect(await found(bucket, trusted)).to.deep.equal([]);
  });
});

describe("verify, of what the bucket's administrator rewrites who has removed its policy,", () => {
  /** Rewrites runs with all that follows from it, and the traces with them where he deletes versions. */
  function rewritten(
    from: number,
    finishedAt: (runId: string) => string | undefined,
    options: { signed?: boolean; forgedWith?: typeof OTHER_KEY.privateKey; traces?: "kept" } = {},
  ): VersionedBucket {
    const bucket = VersionedBucket.ofThreeRuns(options.signed ? KEY.privateKey : undefined);
    let previous = from === 0 ? null : bucket.named(RUNS[from - 1] ?? "");
    for (const runId of RUNS.slice(from)) {
      const at = finishedAt(runId);
      const sign = options.forgedWith && { sign: options.forgedWith };
      previous = bucket.write({ runId, previous, says: " rewritten", ...(at && { finishedAt: at }), ...sign });
    }
    if (options.traces !== "kept") bucket.purge(everywhere, "newest");
    return bucket;
  }
  const unchanged = (): undefined => undefined;
  const now = (): string => "2025-11-23T13:59:59Z";

  it("finds what was overwritten, as long as versions are kept", async () => {
    const differences = await found(rewritten(0, unchanged, { traces: "kept" }));
    for (const runId of RUNS) expect(differences).to.include(`overwritten ${manifestKey(runId)}`);
  });

  it("finds by the times of S3 what was written anew with every trace removed and no signature", async () => {
    const differences = await found(rewritten(0, unchanged));
    for (const runId of RUNS) expect(differences).to.include(`time ${manifestKey(runId)}`);
    expect(await found(rewritten(2, unchanged))).to.include(`time ${manifestKey(NEWEST)}`);
  });

  it("finds runs that say that they ended just now, but for the newest", async () => {
    expect(await found(rewritten(0, now))).to.deep.equal([FIRST, SECOND].map((id) => `time ${manifestKey(id)}`));
    expect(await found(rewritten(2, now))).to.deep.equal([]);
  });

  it("finds the newest as well where manifests are signed, whether its signature stays, goes, or is of another key", async () => {
    const signature = `signature ${manifestKey(NEWEST)}.sig`;
    expect(await found(rewritten(2, now, { signed: true }), trusted)).to.deep.equal([signature]);
    expect(await found(rewritten(2, now, { signed: true, forgedWith: OTHER_KEY.privateKey }), trusted)).to.deep.equal([
      signature,
    ]);
    const stripped = rewritten(2, now, { signed: true });
    stripped.purge((key) => key.endsWith(".sig"), "nothing");
    expect(await found(stripped, trusted)).to.deep.equal([signature]);
  });

  it("finds the newest by the SHA-256 that was told when the run ended", async () => {
    const told = VersionedBucket.ofThreeRuns().named(NEWEST).sha256;
    expect(await found(VersionedBucket.ofThreeRuns(), { expect: [told] })).to.deep.equal([]);
    expect(await found(rewritten(2, now), { expect: [told] })).to.deep.equal(["missing runs/"]);
  });
});

describe("verify, of what the bucket's administrator deletes who has removed its policy,", () => {
  const ofRun = (runId: string) => (key: string) => key.includes(runId);
  /** Takes the newest run away, and turns the pointer back. */
  function truncated(
    leave: "marks" | "nothing",
    bucket = VersionedBucket.ofThreeRuns(KEY.privateKey),
  ): VersionedBucket {
    const gone = [manifestKey(NEWEST), `${manifestKey(NEWEST)}.sig`, rawKey(NEWEST)];
    const tables = ["credentials", "credentials_typed", "findings"];
    gone.push(...tables.map((table) => csvKey(NEWEST).replace("credentials/", `${table}/`)));
    if (leave === "marks") for (const key of gone) bucket.delete(key);
    else bucket.purge(ofRun(NEWEST), "nothing");
    const target = { runId: SECOND, manifestKey: manifestKey(SECOND), manifestSha256: bucket.named(SECOND).sha256 };
    bucket.put("latest.json", JSON.stringify(target));
    return bucket;
  }

  it("finds the newest run deleted, as long as versions are kept", async () => {
    expect(await found(truncated("marks"), trusted)).to.include(`missing ${manifestKey(NEWEST)}`);
  });

  it("says that every run was deleted, and not that there never was one", async () => {
    const bucket = VersionedBucket.ofThreeRuns();
    for (const { key } of await bucket.list("")) bucket.delete(key);
    const error: unknown = await verification(bucket).catch((failure: unknown) => failure);
    expect(error)
      .to.be.instanceOf(RolloutError)
      .with.property("message")
      .that.contains("Every run in memory")
      .and.contains(NEWEST);
  });

  it("cannot tell the newest run deleted with every version, signed or not, but by the SHA-256 that was told", async () => {
    const told = VersionedBucket.ofThreeRuns().named(NEWEST).sha256;
    expect(await found(truncated("nothing"), trusted)).to.deep.equal([]);
    expect(await found(truncated("nothing"), { ...trusted, expect: [told] })).to.deep.equal(["missing runs/"]);
  });

  it("finds any older run deleted with every version, and the first ones before their retention is over", async () => {
    for (const runId of [FIRST, SECOND]) {
      const bucket = VersionedBucket.ofThreeRuns(KEY.privateKey);
      bucket.purge(ofRun(runId), "nothing");
      expect(await found(bucket, trusted), runId).to.deep.equal([`missing ${manifestKey(runId)}`]);
    }
    const bucket = VersionedBucket.ofThreeRuns(KEY.privateKey);
    bucket.purge(ofRun(FIRST), "nothing");
    const days = { raw: 2, consolidated: 2, other: 2 };
    const kept = { days: { ...days, other: 3 }, now: bucket.now };
    expect(await found(bucket, { ...trusted, retention: kept })).to.deep.equal([`missing ${manifestKey(FIRST)}`]);
    // what would have gone by now may have gone: it is told as expired, and nobody can say who it was
    const expired = await verification(bucket, { ...trusted, retention: { days, now: bucket.now } });
    expect(expired).to.deep.include({ differences: [] });
    expect(expired.chain).to.deep.include({ end: "expired", expired: FIRST });
    expect(dayOf(FIRST)).to.equal("2025-11-21");
  });
});
