import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PROJECT, run } from "../support/commandLine";
import { LOCKED, nameOf, PACKAGE } from "../support/lockFile";

interface Installer {
  NODE_SHA256: Record<string, string>;
  installCommands(allowScripts: Record<string, boolean>): string[][];
  nodeProblem(platform: string, bytes: Uint8Array, known?: object): { refuse: boolean; text: string } | undefined;
}

describe("what runs when the packages are installed", () => {
  let installer: Installer;

  before(async () => {
    installer = (await import(path.join(PROJECT, "scripts/install.mjs"))) as Installer;
  });

  it("is named in allowScripts, allowed or not, and allowScripts names nothing else", () => {
    const withScript = [...LOCKED]
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([folder]) => nameOf(folder));
    expect([...new Set(withScript)]).to.have.members(Object.keys(PACKAGE.allowScripts));
  });

  it("is the script of no package but those that are allowed, whatever npm there is", () => {
    const [ci, ...more] = installer.installCommands(PACKAGE.allowScripts);
    expect(ci?.slice(0, 2)).to.deep.equal(["ci", "--ignore-scripts"]);
    expect(
      more.map(([command, ...names]) => [command, ...names.filter((name) => !name.startsWith("--"))]),
    ).to.deep.equal([["rebuild", "node"]]);
    expect(installer.installCommands({ esbuild: false })).to.have.length(1);
  });

  it("is no script of a package for another platform either, of which this machine's lock would not tell", () => {
    const scripts = [...LOCKED].filter(([, entry]) => entry.optional && entry.hasInstallScript);
    expect(scripts.map(([folder]) => folder)).to.deep.equal([]);
  });

  it("leaves the Node that the project was tried with: what was fetched is held against its hash before it runs", () => {
    const platform = `${process.platform}-${process.arch}`;
    const executable = readFileSync(path.join(PROJECT, "node_modules/.bin/node"));
    const known = { [platform]: createHash("sha256").update(executable).digest("hex") };
    expect(installer.nodeProblem(platform, executable, known)).to.equal(undefined);
    expect(installer.NODE_SHA256[platform] ?? known[platform]).to.equal(known[platform]);
    const other = installer.nodeProblem(platform, Buffer.from("another"), known);
    expect(other).to.include({ refuse: true });
    expect(other?.text).to.contain(known[platform]).and.contain("It was not run");
    expect(installer.nodeProblem("plan9-mips", executable)).to.include({ refuse: false });
  });

  it("is asked for by its exact version, so that the hashes are those of this Node", () => {
    expect(PACKAGE.devDependencies["node"]).to.equal("24.21.0");
  });

  it("keeps addresses of registries out of the lock file, and asks no registry for more than packages", async () => {
    const ended = await run("npm", ["config", "get", "omit-lockfile-registry-resolved"]);
    expect(ended.stdout.trim()).to.equal("true");
  });
});
