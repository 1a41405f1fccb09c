import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { consolidate, csvSink, type ConsolidationSink } from "../../runtime/consolidation";
import { FolderStore } from "../../runtime/folderStore";
import { ReportArchive } from "../../runtime/reportArchive";
import { Spool } from "../../runtime/spool";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import { member, rejection } from "../support/collectorRun";
import { credentialReportCsv, userRow } from "../support/credentialReports";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spool-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the spool", () => {
  it("gives back what was added, whatever came at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 30 }), async (bodies) => {
        const spool = await Spool.open(folder);
        try {
          await Promise.all(bodies.map((body, n) => spool.add(member(n), body)));
          for (const [n, body] of [...bodies.entries()].reverse()) {
            expect(Buffer.from(await spool.read(member(n))).equals(body)).to.equal(true);
          }
        } finally {
          await spool.close();
        }
      }),
      { numRuns: 30 },
    );
  });

  it("leaves no file for anybody to find, not even while it is open, so that a killed run leaves none either", async () => {
    const spool = await Spool.open(folder);
    await spool.add(member(1), Buffer.from("secret names"));
    if (process.platform !== "win32") expect(readdirSync(folder)).to.deep.equal([]);
    await spool.close();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("says which account it does not have", async () => {
    const spool = await Spool.open(folder);
    expect((await rejection(spool.read(member(7)))).message).to.include(member(7));
    await spool.close();
  });
});

describe("the archive of a run's reports", () => {
  it("names the columns of all accounts in account order, known ones first", async () => {
    const archive = await ReportArchive.open();
    const wide = (extra: string) => [...KNOWN_COLUMNS, extra];
    await archive.add(member(2), Buffer.from("2"), wide("b"));
    await archive.add(member(1), Buffer.from("1"), wide("a"));
    await archive.add(member(3), Buffer.from("3"), wide("b"));

    expect(archive.columns([1, 2, 3].map(member))).to.deep.equal([...KNOWN_COLUMNS, "a", "b"]);
    await archive.close();
  });
});

describe("consolidation", () => {
  const columns = KNOWN_COLUMNS;
  const report = (accountId: string) => ({
    columns: [...columns],
    rows: [Object.values(userRow(accountId, "alice")).slice(0, columns.length)],
  });
  const part = (accountId: string, read = () => Promise.resolve(report(accountId))) => ({
    origin: { accountId, accountName: "", ouPath: "", reportGeneratedTime: "2026-11-20T01:02:03Z", runId: "run" },
    read,
  });

  it("reads each report when its turn comes, one at a time", async () => {
    const store = new FolderStore(folder);
    const order: string[] = [];
    const sink = csvSink(await store.open("a.csv"));
    const watched: ConsolidationSink = {
      ...sink,
      add: async (origin, account) => {
        order.push(`write ${origin.accountId}`);
        await sink.add(origin, account);
      },
    };
    const parts = [member(1), member(2)].map((id) =>
      part(id, () => {
        order.push(`read ${id}`);
        return Promise.resolve(report(id));
      }),
    );

    const [object] = await consolidate(columns, parts, [watched]);

    expect(order).to.deep.equal([1, 2].flatMap((n) => [`read ${member(n)}`, `write ${member(n)}`]));
    expect(object).to.include({ key: "a.csv" });
    expect(readdirSync(folder)).to.deep.equal(["a.csv"]);
  });

  it("gives every object up when one report cannot be read, and leaves nothing", async () => {
    const store = new FolderStore(folder);
    const sinks = [csvSink(await store.open("a.csv")), csvSink(await store.open("b.csv"))];
    const broken = part(member(2), () => Promise.reject(new Error("disk is gone")));

    const error = await rejection(consolidate(columns, [part(member(1)), broken], sinks));

    expect(error.message).to.equal("disk is gone");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("gives the same bytes whichever account came first", async () => {
    const store = new FolderStore(folder);
    const hashes: string[] = [];
    for (const [n, arrival] of [
      [1, 2, 3],
      [3, 1, 2],
    ].entries()) {
      const archive = await ReportArchive.open();
      for (const m of arrival) {
        await archive.add(member(m), Buffer.from(credentialReportCsv(member(m))), [...columns]);
      }
      const parts = [1, 2, 3].map((m) => part(member(m), () => archive.read(member(m))));
      const [object] = await consolidate(columns, parts, [csvSink(await store.open(`${n}.csv`))]);
      hashes.push(object.sha256);
      await archive.close();
    }
    expect(hashes[1]).to.equal(hashes[0]);
  });
});
