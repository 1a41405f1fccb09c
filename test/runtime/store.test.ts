import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { FolderStore } from "../../runtime/folderStore";
import { evidence, formatRunId, keys, previousManifest } from "../../runtime/store";
import { rejection } from "../support/collectorRun";

describe("FolderStore", () => {
  let folder: string;
  let store: FolderStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "evidence-"));
    store = new FolderStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("never overwrites, and says what is in the way", async () => {
    const first = await store.put("runs/a/raw/1.csv", Buffer.from("first"));
    const error = await rejection(store.put("runs/a/raw/1.csv", Buffer.from("second")));
    expect(error).to.include({ code: "EEXIST" });
    expect(first).to.deep.equal(evidence("runs/a/raw/1.csv", Buffer.from("first")));
    expect(readdirSync(join(folder, "runs/a/raw")), "no temporary file is left").to.deep.equal(["1.csv"]);
  });

  it("replaces pointers", async () => {
    await store.replace(keys.latest, Buffer.from("1"));
    await store.replace(keys.latest, Buffer.from("2"));
    expect(readdirSync(folder)).to.deep.equal(["latest.json"]);
  });

  it("reads an object back, and refuses it when it is not what its manifest says", async () => {
    const object = await store.put("credentials/a.csv", Buffer.from("as it was written"));
    expect(Buffer.from(await store.read(object)).toString()).to.equal("as it was written");
    await store.replace(object.key, Buffer.from("as somebody would like it"));
    expect((await rejection(store.read(object))).message).to.match(/^credentials\/a\.csv was altered: its SHA-256 is/);
  });

  it("finds the newest manifest before a run, and null in an empty folder", async () => {
    const at = Date.parse("2026-11-23T03:00:00Z");
    const [older, newer, now] = [-100, -1, 0].map((days) => formatRunId(at + days * 86_400_000, 0.5)) as [
      string,
      string,
      string,
    ];
    expect(await previousManifest(store, now, at)).to.equal(null);

    await store.put(keys.manifest(older), Buffer.from("older"));
    await store.put(keys.raw(newer, "1"), Buffer.from("died before its manifest"));
    expect((await previousManifest(store, now, at))?.runId).to.equal(older);

    await store.put(keys.manifest(newer), Buffer.from("newer"));
    const { sha256 } = evidence("", Buffer.from("newer"));
    expect(await previousManifest(store, now, at)).to.deep.equal({ runId: newer, key: keys.manifest(newer), sha256 });
  });
});

describe("formatRunId", () => {
  it("sorts by time, within a second too, and looks the same for every chance", () => {
    const times = [
      "2026-11-23T03:00:00.001Z",
      "2026-11-23T03:00:00.999Z",
      "2026-11-23T03:00:01Z",
      "2027-01-01T00:00:00Z",
    ];
    const ids = times.map((time, index) => formatRunId(Date.parse(time), [0.999999999, 0, 0.5, 0][index] ?? 0));
    expect(ids).to.deep.equal([
      "20261123T030000Z-001fff",
      "20261123T030000Z-3e7000",
      "20261123T030001Z-000800",
      "20270101T000000Z-000000",
    ]);
    expect([...ids].sort()).to.deep.equal(ids);
  });
});
