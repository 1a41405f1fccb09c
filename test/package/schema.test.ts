import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { inputProblems } from "../../package/inputs";
import { SCHEMA_FILE } from "../../package/provider";
import type { PackageSchema } from "../../package/schema";
import { schemaOf } from "../../package/typesToSchema";
import { currentSchema, schemaText } from "../../package/writeSchema";
import { PROJECT } from "../support/commandLine";
import { COMPONENTS } from "../support/everyComponent";

const NAME = "iam-credential-reports";
const KEY = `${NAME}:index:ReportKey`;

describe("the package's schema", function () {
  this.timeout(60_000);
  const committed = readFileSync(SCHEMA_FILE, "utf8");
  const { resources, types } = JSON.parse(committed) as PackageSchema;

  it("is what the components' types say: run npm run schema after a change of them", () => {
    expect(schemaText(currentSchema())).to.equal(committed);
  });

  it("has every component, and a description of each and of everything that it is given", () => {
    const tokens = COMPONENTS.map(({ component }) => `${NAME}:index:${component}`);
    expect(Object.keys(resources)).to.have.members(tokens);
    for (const [token, { description, inputProperties }] of Object.entries(resources)) {
      expect(description, token).to.be.a("string");
      for (const [name, property] of Object.entries(inputProperties)) {
        expect(property.description, `${token} ${name}`).to.be.a("string");
      }
    }
  });

  it("says what has to be given, what may be known later, and leaves out what only TypeScript can give", () => {
    const key = resources[KEY];
    expect(key?.requiredInputs).to.include.members(["alias", "readerRoleArns"]).and.not.include("tags");
    expect(key?.inputProperties["alias"]).to.include({ type: "string" }).and.not.have.property("plain");
    expect(key?.inputProperties["protect"]).to.include({ type: "boolean", plain: true });
    expect(key?.inputProperties).not.to.have.property("transform");
    expect(key?.properties["keyArn"]).to.include({ type: "string" });
    expect(Object.keys(types)).to.include(`${NAME}:index:Thresholds`);
  });

  it("refers to no type that it lacks", () => {
    const references = committed.match(/#\/types\/[^"]+/g) ?? [];
    const tokens = Object.keys(types).map((token) => `#/types/${token}`);
    expect(tokens).to.include.members(references);
  });

  it("cannot say everything: what it cannot is named by component and argument", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "schema-"));
    try {
      symlinkSync(path.join(PROJECT, "node_modules"), path.join(folder, "node_modules"));
      const file = path.join(folder, "thing.ts");
      const withArgument = (type: string): (() => PackageSchema) => {
        writeFileSync(
          file,
          `import * as pulumi from "@pulumi/pulumi";
           interface Args { size: ${type} }
           export class Thing extends pulumi.ComponentResource {
             constructor(name: string, args: Args) { super("t:index:Thing", name, args); }
           }`,
        );
        return () => schemaOf(file, { name: "t", version: "1.0.0", description: "", license: "MIT" });
      };
      expect(withArgument("number | string")).to.throw(/Thing\.size is a union.*string \| number/);
      expect(withArgument("() => number")).to.throw(/Thing\.size cannot be expressed in the schema: \(\) => number/);
      expect(withArgument('"large" | "small"')().resources["t:index:Thing"]?.inputProperties["size"]).to.deep.equal({
        type: "string",
        plain: true,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is kept by the example in YAML", () => {
    const example = parse(readFileSync(path.join(PROJECT, "docs/examples/package/Pulumi.yaml"), "utf8")) as {
      packages: Record<string, string>;
      resources: Record<string, { type: string; properties: Record<string, unknown> }>;
    };
    expect(path.resolve(PROJECT, "docs/examples/package", example.packages[NAME] ?? "")).to.equal(
      path.resolve(PROJECT),
    );
    for (const { type, properties } of Object.values(example.resources)) {
      const described = resources[type.replace(":", ":index:")];
      expect(described, type).to.be.an("object");
      if (described) expect(inputProblems(described, properties)).to.deep.equal([]);
    }
  });
});
