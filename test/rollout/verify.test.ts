import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Retention } from "../../report/retention";
import type { DifferenceKind } from "../../report/verification";
import { verify, type VerifyAnswer, type VerifyOptions } from "../../rollout/commands/verify";
import { RolloutError } from "../../rollout/errors";
import { folderEvidence, type VerifiableEvidence } from "../../rollout/evidence/evidence";
import { verifyEvidence } from "../../rollout/evidence/verification";
import { csvKey, inMemory, manifestKey, NEWEST, rawKey, RUNS, sha256, threeRuns } from "../support/chainedRuns";
import { answerOf, PROJECT, run } from "../support/commandLine";

describe("verifying evidence", () => {
  it("finds nothing wrong with what the collector left, the newest run or all", async () => {
    const one = await verifyEvidence(inMemory(threeRuns()));
    expect(one).to.deep.include({ runId: NEWEST, manifests: 3, objects: 4, differences: [], interrupted: [] });
    expect(one.chain).to.deep.equal({ newest: NEWEST, first: RUNS[0], end: "first" });
    expect(await verifyEvidence(inMemory(threeRuns()), { all: true })).to.deep.include({
      objects: 12,
      differences: [],
    });
  });

  const evidence = [...threeRuns().keys()].filter((key) => key !== "latest.json");

  it("finds any single byte changed in any object of any run", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...evidence),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (key, at, mask) => {
          const objects = threeRuns();
          const body = Buffer.from(objects.get(key) ?? "");
          const index = at % body.length;
          body[index] = (body[index] ?? 0) ^ mask;
          objects.set(key, body);
          const { differences } = await verifyEvidence(inMemory(objects), { all: true });
          expect(differences, `byte ${index} of ${key}`).not.to.be.empty;
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds any object removed from any run", async () => {
    for (const key of evidence) {
      const objects = threeRuns();
      objects.delete(key);
      const { differences } = await verifyEvidence(inMemory(objects), { all: true });
      expect(
        differences.map((difference) => difference.kind),
        key,
      ).to.include.oneOf(["missing", "pointer"]);
    }
  });

  it("finds any object added to any run, wherever in its folders", async () => {
    const folder = fc.constantFrom(...evidence.map((key) => key.slice(0, key.lastIndexOf("/") + 1)));
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?\.(csv|json|parquet|tmp)$/);
    await fc.assert(
      fc.asyncProperty(folder, name, async (where, what) => {
        const objects = threeRuns();
        const key = `${where}${what}`;
        fc.pre(!objects.has(key) && !key.endsWith("/report.html"));
        objects.set(key, Buffer.from("forged"));
        const { differences } = await verifyEvidence(inMemory(objects), { all: true });
        expect(differences.map((difference) => [difference.kind, difference.key])).to.deep.equal([["extra", key]]);
      }),
    );
  });

  /** What is found after a change, as `kind key`. */
  async function found(
    change: (objects: Map<string, Buffer>) => void,
    request: Parameters<typeof verifyEvidence>[1] = {},
  ): Promise<string[]> {
    const objects = threeRuns();
    change(objects);
    const { differences } = await verifyEvidence(inMemory(objects), request);
    for (const { meaning } of differences) expect(meaning).not.to.equal("");
    return differences.map(({ kind, key }) => `${kind} ${key}`);
  }
  const edit = (
    objects: Map<string, Buffer>,
    key: string,
    change: (document: Record<string, unknown>) => void,
  ): void => {
    const document = JSON.parse(String(objects.get(key))) as Record<string, unknown>;
    change(document);
    objects.set(key, Buffer.from(JSON.stringify(document)));
  };

  it("finds what lies in a dataset and no manifest names, without looking at the run in full", async () => {
    const key = csvKey(RUNS[0]).replace("credentials.csv", "more.csv");
    expect(await found((objects) => objects.set(key, Buffer.from("x")))).to.deep.equal([`extra ${key}`]);
    const stray = "credentials/run_date=2025-11-23/run=20251123T999999Z-ffffff/credentials.csv";
    expect(await found((objects) => objects.set(stray, Buffer.from("x")))).to.deep.equal([`extra ${stray}`]);
  });

  it("names a run without manifest as interrupted, which is no difference by itself", async () => {
    const objects = threeRuns();
    objects.set(rawKey("20251124T031500Z-000004"), Buffer.from("of a run that died"));
    const answer = await verifyEvidence(inMemory(objects));
    expect(answer).to.deep.include({ runId: NEWEST, interrupted: ["20251124T031500Z-000004"], differences: [] });
  });

  it("does not take the page of a run for evidence", async () => {
    expect(await found((objects) => objects.set(`runs/${NEWEST}/report.html`, Buffer.from("<html>")))).to.be.empty;
  });

  it("tells a run that the chain passes by, and a chain that was cut", async () => {
    const forked = "20251122T120000Z-000009";
    const fork = (objects: Map<string, Buffer>): void => {
      objects.set(manifestKey(forked), objects.get(manifestKey(RUNS[1])) ?? Buffer.alloc(0));
      edit(objects, manifestKey(forked), (manifest) =>
        Object.assign(manifest, {
          runId: forked,
          startedAt: "2025-11-22T12:00:00Z",
          finishedAt: "2025-11-22T12:01:00Z",
        }),
      );
    };
    expect(await found(fork)).to.deep.equal([`chain ${manifestKey(forked)}`]);
    const cut = await found((objects) =>
      edit(objects, manifestKey(RUNS[1]), (manifest) => (manifest["previous"] = null)),
    );
    expect(cut).to.deep.equal([`altered ${manifestKey(RUNS[1])}`, `chain ${manifestKey(RUNS[0])}`]);
  });

  /** Days as of a moment at which the first of the runs is just over two days old. */
  const keeping = (days: Partial<Retention["days"]>): Retention => ({
    days: { raw: 9, consolidated: 9, other: 9, ...days },
    now: Date.parse("2025-11-23T03:15:01Z"),
  });
  const removing = (match: RegExp) => (objects: Map<string, Buffer>) => {
    for (const key of [...objects.keys()]) if (match.test(key)) objects.delete(key);
  };

  it("tells what the life cycle took away, and finds nothing missing for it", async () => {
    const objects = threeRuns();
    removing(new RegExp(`${RUNS[0]}/(raw|.*credentials|.*findings)`))(objects);
    const answer = await verifyEvidence(inMemory(objects), {
      all: true,
      retention: keeping({ raw: 2, consolidated: 2 }),
    });
    expect(answer).to.deep.include({ differences: [], expired: { raw: 1, consolidated: 3, other: 0 } });
    removing(new RegExp(RUNS[0]))(objects);
    const { chain } = await verifyEvidence(inMemory(objects), { retention: keeping({ other: 2 }) });
    expect(chain).to.deep.equal({ newest: NEWEST, first: RUNS[1], end: "expired", expired: RUNS[0] });
  });

  it("excuses by the days of one kind nothing of another, of a newer run, or that was altered", async () => {
    const ofRaw = { all: true, retention: keeping({ raw: 2 }) };
    expect(await found(removing(new RegExp(`^credentials/.*${RUNS[0]}`)), ofRaw)).to.deep.equal([
      `missing ${csvKey(RUNS[0])}`,
    ]);
    expect(await found(removing(new RegExp(`${RUNS[1]}/raw`)), ofRaw)).to.deep.equal([`missing ${rawKey(RUNS[1])}`]);
    const altered = (objects: Map<string, Buffer>) => objects.set(rawKey(RUNS[0]), Buffer.from("altered"));
    expect(await found(altered, ofRaw)).to.deep.equal([`altered ${rawKey(RUNS[0])}`]);
    expect(await found(removing(new RegExp(`${RUNS[0]}/manifest`)), ofRaw)).to.include(
      `missing ${manifestKey(RUNS[0])}`,
    );
  });

  it("finds what was deleted before the life cycle could, though it would have gone by now", async () => {
    const objects = threeRuns();
    const gone = [rawKey(RUNS[0]), manifestKey(RUNS[0])];
    removing(new RegExp(RUNS[0]))(objects);
    const deletedAt = Date.parse("2025-11-22T00:00:00Z");
    const memory = inMemory(objects);
    const evidence: VerifiableEvidence = {
      ...memory,
      versions: () => "checked",
      list: async (prefix) => [
        ...(await memory.list(prefix)),
        ...gone.filter((key) => key.startsWith(prefix)).map((key) => ({ key, versions: 2, deleted: true, deletedAt })),
      ],
    };
    const { differences } = await verifyEvidence(evidence, {
      retention: keeping({ raw: 1, consolidated: 1, other: 2 }),
    });
    expect(differences.map(({ kind, key }) => `${kind} ${key}`)).to.deep.equal([`missing ${manifestKey(RUNS[0])}`]);
  });

  it("takes a manifest that is gone for expired only before the end of the retention", async () => {
    const expire = (objects: Map<string, Buffer>): void => {
      for (const key of [...objects.keys()]) if (key.includes(RUNS[0])) objects.delete(key);
    };
    expect(await found(expire, { retention: keeping({ other: 2 }) })).to.deep.equal([]);
    expect(await found(expire)).to.deep.equal([`missing ${manifestKey(RUNS[0])}`]);
  });

  for (const [what, change] of [
    ["is gone", (objects: Map<string, Buffer>) => objects.delete("latest.json")],
    ["is no JSON", (objects: Map<string, Buffer>) => objects.set("latest.json", Buffer.from("x"))],
    [
      "points to an older run",
      (objects: Map<string, Buffer>) =>
        edit(objects, "latest.json", (latest) => {
          const body = objects.get(manifestKey(RUNS[1])) ?? "";
          Object.assign(latest, { runId: RUNS[1], manifestKey: manifestKey(RUNS[1]), manifestSha256: sha256(body) });
        }),
    ],
    [
      "has another hash",
      (objects: Map<string, Buffer>) => edit(objects, "latest.json", (latest) => (latest["manifestSha256"] = "00")),
    ],
  ] as const) {
    it(`says that latest.json ${what}`, async () => {
      expect(await found(change)).to.deep.equal(["pointer latest.json"]);
    });
  }

  it("never reads outside the place, whatever an altered manifest names", async () => {
    const escape = (objects: Map<string, Buffer>): void =>
      edit(objects, manifestKey(NEWEST), (manifest) => {
        manifest["typed"] = { key: "../../secret", bytes: 1, sha256: "0".repeat(64) };
      });
    const asked: string[] = [];
    const objects = threeRuns();
    escape(objects);
    const memory = inMemory(objects);
    const hash = (key: string) => (asked.push(key), memory.hash(key));
    const { differences } = await verifyEvidence({ ...memory, hash });
    expect(differences.map(({ key }) => key)).to.include("../../secret");
    expect(asked.filter((key) => key.includes(".."))).to.deep.equal([]);
  });

  it("says that a manifest of another format cannot be read, and goes on with the older ones", async () => {
    const newer = (objects: Map<string, Buffer>): void =>
      edit(objects, manifestKey(RUNS[1]), (manifest) => (manifest["schema"] = "iam-credential-reports/manifest/99"));
    expect(await found(newer)).to.deep.equal([`altered ${manifestKey(RUNS[1])}`, `unreadable ${manifestKey(RUNS[1])}`]);
  });

  it("tells of deleted and overwritten objects where versions are kept", async () => {
    const objects = threeRuns();
    objects.delete(rawKey(NEWEST));
    const memory = inMemory(objects);
    const versioned: VerifiableEvidence = {
      ...memory,
      versions: () => "checked",
      list: async (prefix) => [
        ...(await memory.list(prefix)).map(({ key }) => ({ key, versions: key === csvKey(NEWEST) ? 2 : 1 })),
        ...[{ key: rawKey(NEWEST), versions: 2, deleted: true }].filter(({ key }) => key.startsWith(prefix)),
      ],
    };
    const { differences } = await verifyEvidence(versioned);
    expect(differences.map(({ kind, key }): [DifferenceKind, string] => [kind, key])).to.deep.equal([
      ["missing", rawKey(NEWEST)],
      ["overwritten", csvKey(NEWEST)],
    ]);
    expect(differences[0]?.meaning).to.contain("older version is kept");
  });
});

describe("verify", function () {
  this.timeout(60_000);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let folder: string;
  let pem: string;
  const file = (key: string): string => path.join(folder, "evidence", key);
  const write = (objects: ReadonlyMap<string, Buffer>): void => {
    for (const [key, body] of objects) {
      mkdirSync(path.dirname(file(key)), { recursive: true });
      writeFileSync(file(key), body);
    }
  };
  const check = (options: VerifyOptions = {}, lines: string[] = []): Promise<VerifyAnswer> =>
    verify(
      { log: (line) => lines.push(line), progress: { write: () => true } },
      { from: path.join(folder, "evidence"), ...options },
    );

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "verify-"));
    pem = path.join(folder, "public.pem");
    writeFileSync(pem, publicKey.export({ format: "pem", type: "spki" }));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("verifies a folder without any configuration, and says what it did", async () => {
    write(threeRuns());
    const lines: string[] = [];
    expect(await check({}, lines)).to.deep.include({
      command: "verify",
      ok: true,
      signature: "absent",
      versions: "none",
    });
    expect(lines.join("\n")).to.contain("Everything is as the manifests say");
  });

  it("checks signatures offline with the saved public key", async () => {
    write(threeRuns(privateKey));
    expect(await check()).to.deep.include({ ok: true, signature: "notChecked", publicKey: null });
    const answer = await check({ publicKey: pem });
    expect(answer).to.deep.include({ ok: true, signature: "valid", vouchedForBy: NEWEST });
    expect(answer.publicKey).to.match(/public\.pem \(SHA-256 [0-9a-f]{64}\)$/);
    expect(answer.signatures).to.deep.equal({ valid: 3, invalid: 0, absent: 0, notChecked: 0 });
  });

  it("refuses the signature of another key, unless that key is in the file too", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    write(threeRuns(other.privateKey));
    const answer = await check({ publicKey: pem });
    expect(answer).to.deep.include({ ok: false, signature: "invalid" });
    expect(new Set(answer.differences.map(({ kind }) => kind))).to.deep.equal(new Set(["signature"]));
    writeFileSync(
      pem,
      `${readFileSync(pem, "utf8")}${String(other.publicKey.export({ format: "pem", type: "spki" }))}`,
    );
    expect(await check({ publicKey: pem })).to.deep.include({ ok: true, signature: "valid" });
  });

  it("misses the signature of the newest run where a key is given, and takes an older run as vouched for by a newer one", async () => {
    write(threeRuns(privateKey));
    rmSync(file(`${manifestKey(RUNS[0])}.sig`));
    const vouched = await check({ publicKey: pem, run: RUNS[0] });
    expect(vouched).to.deep.include({ ok: true, runId: RUNS[0], signature: "absent", vouchedForBy: RUNS[1] });
    rmSync(file(`${manifestKey(NEWEST)}.sig`));
    const stripped = await check({ publicKey: pem });
    expect(stripped.differences.map(({ kind, key }) => [kind, key])).to.deep.equal([
      ["signature", `${manifestKey(NEWEST)}.sig`],
    ]);
  });

  it("signs as openssl verifies", function () {
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      return this.skip();
    }
    write(threeRuns(privateKey));
    const manifest = file(manifestKey(NEWEST));
    const said = execFileSync("openssl", [
      "dgst",
      "-sha256",
      "-verify",
      pem,
      "-signature",
      `${manifest}.sig`,
      manifest,
    ]);
    expect(String(said)).to.contain("Verified OK");
  });

  it("says what is wrong with a run that is not there, or a key that is none", async () => {
    const failure = async (options: VerifyOptions): Promise<string> => {
      const error: unknown = await check(options).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(RolloutError);
      return (error as Error).message;
    };
    expect(await failure({})).to.contain("run collect first");
    write(threeRuns());
    expect(await failure({ run: "20200101T000000Z-000000" })).to.contain("There is no run 20200101T000000Z-000000");
    writeFileSync(pem, "no key");
    expect(await failure({ publicKey: pem })).to.contain("pulumi stack output signingPublicKey");
  });

  it("exits with 4 for differences and 0 without, with one JSON object on standard output", async () => {
    write(threeRuns());
    const tsx = path.join(PROJECT, "node_modules/tsx/dist/loader.mjs");
    const orchestrate = (...more: string[]) =>
      run(
        process.execPath,
        [
          `--import=${tsx}`,
          path.join(PROJECT, "orchestrate.ts"),
          "verify",
          "--from",
          path.join(folder, "evidence"),
          "--json",
          ...more,
        ],
        { cwd: folder },
      );
    expect(answerOf<VerifyAnswer>(await orchestrate()).ok).to.equal(true);
    const told = sha256(readFileSync(file(manifestKey(RUNS[1]))));
    expect(answerOf<VerifyAnswer>(await orchestrate("--expect", told)).ok).to.equal(true);
    const untold = answerOf<VerifyAnswer>(await orchestrate("--expect", told, sha256("another")), 4);
    expect(untold.differences.map(({ expected }) => expected)).to.deep.equal([
      `a manifest with SHA-256 ${sha256("another")}`,
    ]);
    writeFileSync(file(csvKey(NEWEST)), "forged");
    const ended = await orchestrate();
    const answer = answerOf<VerifyAnswer>(ended, 4);
    expect(answer.differences).to.have.length(1);
    expect(answer.differences[0]).to.deep.include({ kind: "altered", key: csvKey(NEWEST), runId: NEWEST });
    expect(ended.stderr).to.contain("this evidence is not intact");
  });

  it("reads a folder's objects in subfolders, and takes what is no file for absent", async () => {
    write(threeRuns());
    const evidence = folderEvidence(path.join(folder, "evidence"));
    expect((await evidence.list(`runs/${NEWEST}/`)).map(({ key }) => key)).to.deep.equal([
      manifestKey(NEWEST),
      rawKey(NEWEST),
    ]);
    expect(await evidence.hash("runs/none/manifest.json")).to.equal(undefined);
    expect(existsSync(file("latest.json"))).to.equal(true);
  });
});
