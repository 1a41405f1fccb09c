import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ensureVirtualEnvironment } from "../../emulation/emulator";
import { silent } from "./emulatedAws";

describe("the virtual environment", function () {
  this.timeout(120_000);
  const before_ = { PATH: process.env["PATH"], XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] };
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "cache-"));
  });
  afterEach(async () => {
    Object.assign(process.env, before_);
    if (before_.XDG_CACHE_HOME === undefined) delete process.env["XDG_CACHE_HOME"];
    await rm(cache, { recursive: true, force: true });
  });

  /** What it says with `python3` being this shell script, or absent. */
  async function failure(script?: string): Promise<string> {
    const bin = await mkdtemp(join(cache, "bin-"));
    if (script !== undefined) await writeFile(join(bin, "python3"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    Object.assign(process.env, { PATH: bin, XDG_CACHE_HOME: cache });
    const message = await ensureVirtualEnvironment(silent).then(
      () => "none",
      (error: Error) => error.message,
    );
    expect(existsSync(join(cache, "iam-credential-reports"))).to.equal(false);
    return message;
  }

  it("says how to install Python when there is none", async () => {
    expect(await failure())
      .to.include("python3 is not on PATH")
      .and.include("apt install python3");
  });

  it("says which Python is too old", async () => {
    expect(await failure("echo 3.9"))
      .to.include("version 3.9, too old")
      .and.include("3.11 or newer");
  });

  it("says when Python cannot make virtual environments", async () => {
    const message = await failure("echo 'No module named ensurepip' >&2; exit 1");
    expect(message).to.include("No module named ensurepip").and.include("python3-venv");
  });

  it("is made once", async () => {
    const lines: string[] = [];
    const first = await ensureVirtualEnvironment(silent);
    const again = await ensureVirtualEnvironment((line) => lines.push(line));
    expect(again).to.equal(first);
    expect(lines).to.deep.equal([]);
  });
});
