import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { satisfies } from "semver";
import { compositionOf } from "../../rollout/sbom/composition";
import { PROJECT, run } from "../support/commandLine";
import { LOCKED, LOCKED_PROJECT, nameOf, PACKAGE } from "../support/lockFile";

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const asked = { ...PACKAGE.dependencies, ...PACKAGE.devDependencies };

/** Folders whose entry is not as it should be. */
const wrong = (
  isRight: (entry: { integrity?: string; resolved?: string; link?: boolean; version?: string }) => boolean,
) => [...LOCKED].filter(([, entry]) => !isRight(entry)).map(([folder]) => folder);

describe("the lock file", () => {
  it("has exactly the versions that package.json asks for, and package.json asks for one version each", () => {
    for (const [name, version] of Object.entries(asked)) {
      expect(version, name).to.match(EXACT);
      expect(LOCKED.get(`node_modules/${name}`)?.version, name).to.equal(version);
    }
    expect(LOCKED_PROJECT.dependencies).to.deep.equal(PACKAGE.dependencies);
    expect(LOCKED_PROJECT.devDependencies).to.deep.equal(PACKAGE.devDependencies);
  });

  it("holds each package to the hash of its archive, SHA-512", () => {
    expect(wrong(({ integrity }) => /^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).to.deep.equal([]);
  });

  it("has packages of the registry only: none from Git, an address or a folder, and no registry by its name", () => {
    expect(wrong(({ resolved, link }) => resolved === undefined && link === undefined)).to.deep.equal([]);
    expect(wrong(({ version }) => EXACT.test(version ?? ""))).to.deep.equal([]);
    const ranges = [...LOCKED].flatMap(([folder, { dependencies, optionalDependencies }]) =>
      Object.entries({ ...dependencies, ...optionalDependencies })
        .filter(([, range]) => /^(git|http|file|link|github)|[/]/.test(range) && !range.startsWith("npm:"))
        .map(([name, range]) => `${folder}: ${name} ${range}`),
    );
    expect(ranges).to.deep.equal([]);
    expect(readFileSync(path.join(PROJECT, "package-lock.json"), "utf8")).not.to.contain(".tgz");
  });

  it("gives every package a version that it can work with, of each package that it needs", () => {
    const unmet = [...LOCKED].flatMap(([folder, { dependencies = {} }]) =>
      Object.entries(dependencies).flatMap(([name, range]) => {
        const found = resolve(folder, name);
        const wanted = range.replace(/^npm:.*@/, "");
        return found !== undefined && satisfies(found, wanted)
          ? []
          : [`${folder} needs ${name} ${range}, and has ${found}`];
      }),
    );
    expect(unmet).to.deep.equal([]);
  });

  it("is what npm would install, as npm says itself", async () => {
    const ended = await run("npm", ["ls", "--package-lock-only", "--all", "--json", "--offline"]);
    const { problems = [] } = JSON.parse(ended.stdout) as { problems?: string[] };
    expect(problems).to.deep.equal([]);
  });

  it("has no package that its makers gave up, among those that run in the function", () => {
    const running = new Set(compositionOf(PROJECT).packages.map(({ name }) => name));
    const given = [...LOCKED].filter(([folder, { deprecated }]) => deprecated && running.has(nameOf(folder)));
    expect(given.map(([folder, { deprecated }]) => `${folder}: ${deprecated}`)).to.deep.equal([]);
  });
});

/** The version that Node would load, from the folder of a package upwards. */
function resolve(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = at.slice(0, Math.max(at.lastIndexOf("/node_modules/"), 0))) {
    const found = LOCKED.get(`${at === "" ? "" : `${at}/`}node_modules/${name}`);
    if (found || at === "") return found?.version;
  }
}
