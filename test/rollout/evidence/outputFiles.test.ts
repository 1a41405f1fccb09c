import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { RolloutError } from "../../../rollout/errors";
import { OutputFiles } from "../../../rollout/evidence/outputFiles";

describe("OutputFiles", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "outputs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("gives files their names only when all are written, pieces in their order", () => {
    const files = new OutputFiles(path.join(folder, "run"));
    const [one, other] = [files.open("one.txt"), files.open("other.txt")];
    one.write("é".repeat(1_500_000));
    one.write("a");
    one.write("b");
    one.write("c");
    other.write("other");
    expect(readdirSync(path.join(folder, "run")).sort()).to.deep.equal(["one.txt.tmp", "other.txt.tmp"]);
    files.commit();
    expect(readdirSync(path.join(folder, "run")).sort()).to.deep.equal(["one.txt", "other.txt"]);
    expect(readFileSync(path.join(folder, "run/one.txt"), "utf8")).to.equal(`${"é".repeat(1_500_000)}abc`);
    files.abandon();
    expect(existsSync(path.join(folder, "run/other.txt"))).to.equal(true);
  });

  it("leaves nothing when it is given up, and what was there before as it was", () => {
    writeFileSync(path.join(folder, "one.txt"), "before");
    const files = new OutputFiles(folder);
    files.open("one.txt").write("after");
    files.open("two.txt").write("after");
    files.abandon();
    expect(readdirSync(folder)).to.deep.equal(["one.txt"]);
    expect(readFileSync(path.join(folder, "one.txt"), "utf8")).to.equal("before");
  });

  it("names the file that cannot be written, and what to do", () => {
    writeFileSync(path.join(folder, "taken"), "a file where a folder should be");
    expect(() => new OutputFiles(path.join(folder, "taken")).open("report.html")).to.throw(
      RolloutError,
      /taken\/report\.html cannot be written: .*Choose another folder with --out/,
    );
  });
});
