import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { zip, zipOf } from "../../emulation/provider/archive";
import { sameArchive, sameDocument, sameIdOrArn, samePolicy, sameSettings } from "../../emulation/provider/compare";
import { readConfiguration } from "../../emulation/provider/configuration";
import { COVERED_TYPES, invokeFunction, resourceType } from "../../emulation/provider/coverage";
import {
  changesBetween,
  checkInputs,
  previewOutputs,
  recordedOutputs,
  rulesOf,
} from "../../emulation/provider/lifecycle";
import { ARCHIVE_SIGNATURE, SIGNATURE_KEY, UNKNOWN } from "../../emulation/provider/wire";

const statement = { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Principal: { AWS: "111111111111" } };
const document = (one: object): string => JSON.stringify({ Version: "2012-10-17", Statement: one });
const seed = { name: "thing", seed: new Uint8Array([1]) };

describe("the table of resource types", () => {
  for (const token of COVERED_TYPES) {
    it(`names ${token} and its properties as the real provider does`, async () => {
      const [name = "", module = "", typeName = ""] = token.split(":");
      // the tokens of the Cloud Control provider do not name the file
      const file = name === "aws" ? module : `${module}/${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}`;
      const source = await readFile(require.resolve(`@pulumi/${name}/${file}.js`), "utf8");
      expect(source).to.include(`'${token}'`);
      const type = resourceType(token);
      for (const property of Object.keys(rulesOf(type))) {
        expect(source, property).to.include(`resourceInputs["${property}"] = args?.${property};`);
      }
      const outputs = [...type.computed, ...(type.regional ? ["region"] : []), ...(type.tagged ? ["tagsAll"] : [])];
      for (const output of outputs) expect(source, output).to.include(`resourceInputs["${output}"] =`);
      expect(type.computed).to.include.members([...(type.volatile ?? [])]);
    });
  }

  it("has nothing for names of Object's own", () => {
    expect(() => resourceType("constructor")).to.throw("does not cover the resource type constructor");
    expect(() => invokeFunction("toString")).to.throw("does not cover the function toString");
  });
});

describe("comparison with what AWS hands back", () => {
  it("takes policies for the same that AWS has reordered and unwrapped", () => {
    const returned = {
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: ["s3:PutObject", "s3:GetObject"],
      Effect: "Allow",
    };
    expect(samePolicy(document([statement]), document(returned))).to.equal(true);
    expect(
      samePolicy(document({ Condition: { Bool: { x: true } } }), document({ Condition: { Bool: { x: ["true"] } } })),
    ).to.equal(true);
  });

  it("tells policies apart that allow something else", () => {
    const changes = [
      { ...statement, Action: ["s3:GetObject"] },
      { ...statement, Effect: "Deny" },
      { ...statement, Principal: { AWS: "222222222222" } },
      { ...statement, Principal: "*" },
      { ...statement, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } },
    ];
    for (const change of changes) expect(samePolicy(document([statement]), document([change]))).to.equal(false);
  });

  it("takes documents, settings, names and archives for the same by what they mean", () => {
    expect(sameDocument('{"a":1,"b":2}', '{ "b": 2, "a": 1 }')).to.equal(true);
    expect(sameDocument("not json", "not json")).to.equal(true);
    expect(sameSettings([{ a: { b: "" }, c: 1 }], [{ c: 1 }])).to.equal(true);
    expect(sameSettings([{ c: 1 }], [{ c: 2 }])).to.equal(false);
    expect(sameIdOrArn("arn:aws:kms:eu-central-1:111111111111:key/abc", "abc")).to.equal(true);
    const archive = (hash: string) => ({ [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, hash });
    expect(sameArchive(archive("a"), archive("a"))).to.equal(true);
    expect(sameArchive(archive("a"), archive("b"))).to.equal(false);
    expect(sameArchive(archive(""), archive(""))).to.equal(false);
  });
});

describe("the life of a resource", () => {
  const role = resourceType("aws:iam/role:Role");
  const inputs = { name: "reader", assumeRolePolicy: document([statement]) };

  it("gives a name of its own where the program gives none, and keeps it", () => {
    const first = checkInputs(role, seed, {}, { assumeRolePolicy: "{}" }, {}).inputs;
    expect(first.name).to.match(/^thing-[0-9a-f]{7}$/);
    const later = checkInputs(role, { ...seed, seed: new Uint8Array([2]) }, first, { assumeRolePolicy: "{}" }, {});
    expect(later.inputs.name).to.equal(first.name);
  });

  it("adds the default tags of the provider, the program's first", () => {
    const tags = { owner: "audit" };
    const { inputs: checked } = checkInputs(role, seed, {}, { ...inputs, tags }, { owner: "all", project: "reports" });
    expect(checked.tags).to.deep.equal({ owner: "audit", project: "reports" });
  });

  it("sees no change in what AWS fills in by itself", () => {
    const actual = { ...inputs, arn: "arn", maxSessionDuration: 3600, path: "/", description: "", tags: {} };
    expect(changesBetween(role, recordedOutputs(role, inputs, actual), inputs)).to.deep.equal([]);
  });

  it("sees that the program took a setting back", () => {
    const recorded = { ...inputs, maxSessionDuration: 7200, tags: { owner: "audit" } };
    expect(changesBetween(role, recorded, inputs)).to.deep.equal([
      { property: "maxSessionDuration", kind: "delete", replaces: false },
      { property: "tags", kind: "delete", replaces: false },
    ]);
  });

  it("takes a value that is not known yet for a change", () => {
    const changes = changesBetween(role, inputs, { ...inputs, name: UNKNOWN });
    expect(changes).to.deep.equal([{ property: "name", kind: "update", replaces: true }]);
  });

  it("shows in a preview what is known, and that the rest will be", () => {
    expect(previewOutputs(role, inputs)).to.deep.include({ name: "reader", arn: UNKNOWN, tagsAll: {} });
    const recorded = { ...inputs, arn: "arn" };
    expect(previewOutputs(role, { ...inputs, description: "d" }, recorded)).to.deep.include({
      arn: "arn",
      description: "d",
    });
  });
});

describe("the provider's configuration", () => {
  it("reads values that the engine sends as JSON text", () => {
    const roles = [{ roleArn: "arn:aws:iam::222222222222:role/a", externalId: "x" }, {}];
    const configuration = readConfiguration(
      {
        region: "eu-central-1",
        assumeRoles: JSON.stringify(roles),
        allowedAccountIds: '["222222222222"]',
        defaultTags: '{"tags":{"project":"reports"}}',
      },
      {},
    );
    expect(configuration).to.deep.equal({
      region: "eu-central-1",
      assumeRoles: [roles[0]],
      allowedAccountIds: ["222222222222"],
      forbiddenAccountIds: [],
      defaultTags: { project: "reports" },
    });
  });

  it("takes the Region from the environment, and asks for one where there is none", () => {
    expect(readConfiguration({}, { AWS_REGION: "eu-west-1" }).region).to.equal("eu-west-1");
    expect(() => readConfiguration({}, {})).to.throw("Set aws:region");
  });
});

describe("archives", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "archive-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("gives the same bytes for the same files, whatever their order", () => {
    const [a, b] = ["a.js", "b.js"].map((name) => ({ name, bytes: Buffer.from(name.repeat(50)) }));
    if (!a || !b) throw new Error("two entries");
    expect(zip([a, b]).equals(zip([b, a]))).to.equal(true);
  });

  it("can be read by another program", async () => {
    const path = join(folder, "code.zip");
    await writeFile(path, zip([{ name: "dir/ä.js", bytes: Buffer.from("exports.x = 1;\n") }]));
    const read = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.read('dir/ä.js'))";
    const { stdout } = await promisify(execFile)("python3", ["-c", read, path]);
    expect(stdout.trim()).to.equal("None b'exports.x = 1;\\n'");
  });

  it("names what it cannot pack", async () => {
    const archive = {
      [SIGNATURE_KEY]: ARCHIVE_SIGNATURE,
      assets: { "x.js": { [SIGNATURE_KEY]: "c", uri: "https://x" } },
    };
    const message = await zipOf(archive, folder).then(
      () => "none",
      (error: Error) => error.message,
    );
    expect(message).to.include('"x.js"');
  });
});
