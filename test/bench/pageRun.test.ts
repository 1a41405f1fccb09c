import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { RUN_FILES, writePageRun, type PageRun } from "../../bench/pageRun";
import { credentialRows } from "../../report/consolidatedReader";

describe("the run of the page's bench", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bench-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const written = async (seed: number) => {
    await writePageRun(folder, 20, 10, seed);
    const csv = readFileSync(join(folder, RUN_FILES.rows), "utf8");
    const input = JSON.parse(readFileSync(join(folder, RUN_FILES.input), "utf8")) as PageRun;
    return { csv, input };
  };

  it("has as many rows as its manifest says, with names and dates that hardly repeat", async () => {
    const { csv, input } = await written(1);
    const rows = [...credentialRows(csv)];
    expect(rows).to.have.length(input.manifest.rows).and.to.have.length(220);
    const users = rows.filter(({ isRoot }) => !isRoot);
    expect(new Set(users.map(({ user }) => user)).size).to.be.above(180);
    expect(new Set(users.map(({ created }) => JSON.stringify(created))).size).to.be.above(180);
  });

  it("is the same for the same seed", async () => {
    const first = await written(1);
    expect(await written(1)).to.deep.equal(first);
    expect((await written(2)).csv).not.to.equal(first.csv);
  });
});
