import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { policyPackLauncher } from "../../emulation/policyPack";
import { PROJECT, run } from "../support/commandLine";

describe("what the engine starts of a policy pack", () => {
  let folder: string;
  const pack = (name: string, yaml: string): string => {
    const made = path.join(folder, name);
    mkdirSync(made);
    writeFileSync(path.join(made, "PulumiPolicy.yaml"), yaml);
    return made;
  };
  const refusal = (made: string): Promise<string> =>
    policyPackLauncher(folder, made).then(
      () => "not refused",
      (error: Error) => error.message,
    );
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "launcher-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is an executable that runs the pack in its folder, whatever that is called", async () => {
    const made = pack("it's a pack", "runtime:\n  name: nodejs\n");
    writeFileSync(path.join(made, "package.json"), JSON.stringify({ name: "pack", version: "1.0.0" }));
    const says = "require('node:fs').writeFileSync('ran', process.cwd()); process.exit(0)";
    writeFileSync(path.join(made, "index.js"), says);
    symlinkSync(path.join(PROJECT, "node_modules"), path.join(made, "node_modules"));
    const launcher = await policyPackLauncher(path.join(folder, "launchers"), made);
    expect(statSync(launcher).mode & 0o111).to.equal(0o111);
    expect((await run(launcher, ["127.0.0.1:1"])).stderr).to.equal("");
    expect(path.basename(readFileSync(path.join(made, "ran"), "utf8"))).to.equal("it's a pack");
    expect(await policyPackLauncher(path.join(folder, "launchers"), made)).to.equal(launcher);
  }).timeout(30_000);

  it("is an executable itself that was named", async () => {
    const file = path.join(folder, "pack");
    writeFileSync(file, "#!/bin/sh\n");
    expect(await policyPackLauncher(folder, file)).to.equal(file);
  });

  it("is refused of another language, and without its packages", async () => {
    expect(await refusal(pack("python", "runtime: python\n"))).to.match(/of the runtime python.*nodejs only/);
    expect(await refusal(pack("bare", "runtime: nodejs\n"))).to.match(/install its packages there \(npm ci\)/);
  });
});
