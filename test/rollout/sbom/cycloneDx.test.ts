import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect } from "chai";
import { buildRuntime } from "../../../components/runtimeBundle";
import { bundle, sbom } from "../../../rollout/commands/bundle";
import { compositionOf, identityOf } from "../../../rollout/sbom/composition";
import { collectorArchive } from "../../../components/collectorArchive";
import { SETTINGS } from "../../support/collectorRun";
import { answerOf, PROJECT, run } from "../../support/commandLine";

interface Document {
  serialNumber: string;
  metadata: {
    timestamp?: string;
    component: { "bom-ref": string; hashes: { content: string }[]; properties: Named[] };
  };
  components: {
    "bom-ref": string;
    purl: string;
    hashes: { alg: string; content: string }[];
    licenses: { license?: { id?: string } }[];
  }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}
interface Named {
  name: string;
  value: string;
}

describe("the software bill of materials of the function's code", () => {
  const document = JSON.parse(sbom(PROJECT)) as Document;

  it("keeps to the schema of CycloneDX 1.6, strictly", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(sbom(PROJECT))).to.equal(null);
    // and the validator finds what is wrong
    const wrong = { ...document, components: [{ type: "something" }] };
    expect(await validator.validate(JSON.stringify(wrong))).not.to.equal(null);
  });

  it("has the packages whose code is in the bundle, each with version, licence, address and the hash of the lock file, and no others", () => {
    const lock = JSON.parse(readFileSync(path.join(PROJECT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    const kept = [...buildRuntime().sources].filter(([, { bytes }]) => bytes > 0).map(([file]) => file);
    const folders = new Set(kept.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []));
    const expected = [...folders].map((folder) => {
      const { version, integrity } = lock.packages[folder] ?? { version: "", integrity: "" };
      const name = folder.slice("node_modules/".length);
      return [
        `pkg:npm/${name.replace("@", "%40")}@${version}`,
        Buffer.from(integrity.slice(7), "base64").toString("hex"),
      ];
    });
    expect(document.components.map(({ purl, hashes }) => [purl, hashes[0]?.content])).to.have.deep.members(expected);
    expect(document.components.every(({ hashes }) => hashes[0]?.alg === "SHA-512")).to.equal(true);
    expect(document.components.filter(({ licenses }) => !licenses[0]?.license?.id)).to.deep.equal([]);
    // read for the bundle, and nothing of it is left
    expect(document.components.map(({ purl }) => purl).join()).not.to.contain("/bowser@");
  });

  it("says what uses what: each package is reached from the project's own code", () => {
    const uses = new Map(document.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
    const reached = new Set<string>();
    const visit = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      uses.get(ref)?.forEach(visit);
    };
    visit(document.metadata.component["bom-ref"]);
    expect([...reached]).to.have.members([
      document.metadata.component["bom-ref"],
      ...document.components.map((component) => component["bom-ref"]),
    ]);
    expect(uses.get(document.metadata.component["bom-ref"])).to.include(
      identityOf({ name: "csv-parse", version: "7.0.3" }),
    );
  });

  it("is the same each time, says no time, and names the bundle by the hash that the stack has as output", () => {
    expect(sbom(PROJECT)).to.equal(sbom(PROJECT));
    expect(document.metadata).not.to.have.property("timestamp");
    expect(document.metadata.component.hashes).to.deep.equal([{ alg: "SHA-256", content: buildRuntime().sha256 }]);
    const facts = Object.fromEntries(document.metadata.component.properties.map(({ name, value }) => [name, value]));
    expect(Number(facts["iam-credential-reports:packagesInBundle"])).to.equal(document.components.length);
    expect(Number(facts["iam-credential-reports:bundleBytes"])).to.equal(buildRuntime().code.length);
    expect(Number(facts["iam-credential-reports:zipBytes"])).to.be.within(100_000, 400_000);
  });

  it("is refused where what is installed is not what the lock file has", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "sbom-"));
    try {
      writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify({ packages: {} }));
      writeFileSync(path.join(folder, "package.json"), "{}");
      expect(() => compositionOf(folder, { ...buildRuntime(), sources: new Map() })).not.to.throw();
      const nested = path.relative(folder, path.join(PROJECT, "node_modules/csv-parse/lib/index.js"));
      const sources = new Map([[nested, { bytes: 1, imports: [] }]]);
      expect(() => compositionOf(folder, { ...buildRuntime(), sources })).to.throw(
        /csv-parse 7\.0\.3.*has none.*npm ci/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is printed by a command that needs no configuration, as one JSON document", async () => {
    const ended = await run(process.execPath, ["--import=tsx", "orchestrate.ts", "sbom"]);
    expect(ended.code, ended.stderr).to.equal(0);
    expect(JSON.parse(ended.stdout)).to.deep.equal(document);
  });
});

describe("the hashes of the function's code", () => {
  let folder: string;
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "bundle-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("are made anew from a clone and the settings of a deployed function", async () => {
    const settings = path.join(folder, "settings.json");
    writeFileSync(settings, JSON.stringify(SETTINGS));
    const { codeSha256, bundleSha256, zip } = collectorArchive(SETTINGS);
    const ended = await run(process.execPath, [
      "--import=tsx",
      "orchestrate.ts",
      "bundle",
      "--settings",
      settings,
      "--json",
    ]);
    expect(answerOf(ended)).to.deep.include({
      bundleSha256,
      codeSha256,
      codeSha256Hex: Buffer.from(codeSha256, "base64").toString("hex"),
      zipBytes: zip.length,
      packages: compositionOf(PROJECT).packages.length,
    });
    expect(ended.stderr).to.contain(codeSha256);
  });

  it("of the runtime need no settings, and that of the archive is not guessed", () => {
    expect(bundle(PROJECT, {}, log)).to.have.all.keys("command", "bundleSha256", "bundleBytes", "packages", "zipBytes");
    expect(lines.at(-1)).to.contain("--settings");
  });

  it("are not made of settings that cannot be read, or are none", () => {
    const file = path.join(folder, "other.json");
    expect(() => bundle(PROJECT, { settings: file }, log)).to.throw(/cannot be read.*ENOENT/);
    writeFileSync(file, "{}");
    expect(() => bundle(PROJECT, { settings: file }, log)).to.throw("holds no settings of a collector");
  });
});
