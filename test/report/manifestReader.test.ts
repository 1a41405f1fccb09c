import { expect } from "chai";

import { ManifestError, readManifest } from "../../report/manifestReader";
import { collected, manifestOf, notCollected, outOfScope, RUN_ID } from "./factories";

const MANIFEST = manifestOf([
  collected("111122223333", "Management"),
  notCollected("222233334444", "Lost"),
  outOfScope("333344445555", "Closed"),
]);

const bytesOf = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
const first = (more: object) => ({ ...MANIFEST, accounts: [{ ...MANIFEST.accounts[0], ...more }] });

describe("reading a manifest", () => {
  it("gives what was written, and lets fields pass that it does not know", () => {
    expect(readManifest(bytesOf(MANIFEST), RUN_ID)).to.deep.equal(MANIFEST);
    expect(readManifest(bytesOf({ ...MANIFEST, newer: { field: 1 } }), RUN_ID)).to.have.property("newer");
  });

  for (const [what, document, problem] of [
    ["no JSON", undefined, "is not JSON"],
    ["a list", [], "is not a JSON object"],
    ["null", null, "is not a JSON object"],
    [
      "another version",
      { ...MANIFEST, schema: "iam-credential-reports/manifest/2" },
      "use the version of this tool that matches",
    ],
    ["another run", { ...MANIFEST, runId: "20250101T000000Z-000000" }, "says that it is of run"],
    ["a run that is a path", { ...MANIFEST, runId: "../../../tmp/x" }, "as runId, expected the id of a run"],
    ["an end that is no time", { ...MANIFEST, finishedAt: "soon" }, "as finishedAt, expected a time"],
    [
      "a key that leads out",
      { ...MANIFEST, consolidated: { key: "../secret", bytes: 1, sha256: "a".repeat(64) } },
      "as consolidated.key",
    ],
    [
      "a key from the root",
      { ...MANIFEST, consolidated: { key: "/etc/passwd", bytes: 1, sha256: "a".repeat(64) } },
      "as consolidated.key",
    ],
    [
      "a key with backslashes",
      { ...MANIFEST, consolidated: { key: "..\\x", bytes: 1, sha256: "a".repeat(64) } },
      "as consolidated.key",
    ],
    [
      "an account whose id is a path",
      first({ accountId: "../../etc" }),
      "as accounts[0].accountId, expected twelve digits",
    ],
    ["an account of a state that every object has", first({ state: "constructor" }), "as accounts[0].state"],
    ["a count below nothing", { ...MANIFEST, rows: -1 }, "as rows, expected a whole number"],
    ["a count of 10^300", { ...MANIFEST, rows: 1e300 }, "as rows, expected a whole number"],
    ["accounts that are none", { ...MANIFEST, accounts: { length: 1e9 } }, "as accounts, expected a list"],
    ["no counts", { ...MANIFEST, counts: undefined }, "has nothing as counts, expected an object"],
  ] as const) {
    it(`refuses ${what}, naming the place`, () => {
      const bytes = document === undefined ? Buffer.from("{") : bytesOf(document);

      expect(() => readManifest(bytes, RUN_ID))
        .to.throw(ManifestError, problem)
        .with.property("message")
        .with.length.below(400);
    });
  }

  it("takes nothing from the prototype of objects", () => {
    const text = JSON.stringify({ ...MANIFEST, counts: undefined }).replace("{", '{"__proto__":{"counts":{}},');

    expect(() => readManifest(Buffer.from(text), RUN_ID)).to.throw(ManifestError, "counts");
  });
});
