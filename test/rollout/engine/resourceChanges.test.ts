import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { changeLines, replacementLines } from "../../../rollout/engine/changesInWords";
import { propertyChanges } from "../../../rollout/engine/propertyChanges";
import { resourceChange } from "../../../rollout/engine/resourceChanges";
import type { ResourceChange, StackOperation } from "../../../rollout/engine/stackEngine";

const BUCKET = "aws:s3/bucket:Bucket";

describe("resourceChange", () => {
  const event = (kind: "resourcePreEvent" | "resOutputsEvent", metadata: Partial<StepEventMetadata>): EngineEvent => {
    const urn = `urn:pulumi:logarchive::p::${metadata.type ?? BUCKET}::report-bucket`;
    const all = { type: BUCKET, provider: "", urn, op: "same", ...metadata };
    return { sequence: 1, timestamp: 1, [kind]: { metadata: all } };
  };
  const state = (values: Record<string, unknown>): NonNullable<StepEventMetadata["old"]> => ({
    type: BUCKET,
    urn: "",
    id: "",
    parent: "",
    provider: "",
    inputs: values,
    outputs: values,
  });
  const lines = (operation: StackOperation, seen: EngineEvent): string[] => {
    const change = resourceChange(operation, seen);
    return change ? changeLines(change) : [];
  };

  it("says which property replaces a resource, and from what to what", () => {
    const replace = event("resourcePreEvent", {
      op: "replace",
      keys: ["bucket"],
      diffs: ["bucket", "tags"],
      old: state({ bucket: "a", tags: {} }),
      new: state({ bucket: "b", tags: { x: "y" } }),
    });
    expect(lines("preview", replace)).to.deep.equal(["Bucket report-bucket replaced because of bucket: a → b"]);
    expect(lines("up", replace)).to.deep.equal(lines("preview", replace));
  });

  it("says what was changed or deleted behind the program's back", () => {
    const changed = event("resOutputsEvent", {
      op: "update",
      detailedDiff: { versioning: { diffKind: "update" as never, inputDiff: false }, "tags.a": undefined as never },
      old: state({ versioning: { status: "Enabled" }, tags: { team: "x" } }),
      new: state({ versioning: { status: "Suspended" }, tags: { team: "x", a: "b" } }),
    });
    expect(lines("drift", changed)).to.deep.equal([
      "Bucket report-bucket changed:",
      "  versioning.status: Enabled → Suspended",
      "  tags.a: b, where there was none",
    ]);
    expect(lines("drift", event("resOutputsEvent", { op: "delete" }))).to.deep.equal(["Bucket report-bucket is gone"]);
  });

  it("passes over what is as it was, what only the provider counts, and the engine's own resources", () => {
    const same = state({ lastModified: "today" });
    expect(lines("drift", event("resOutputsEvent", { op: "same" }))).to.deep.equal([]);
    expect(lines("drift", event("resOutputsEvent", { op: "update", old: same, new: same }))).to.deep.equal([]);
    expect(lines("drift", event("resOutputsEvent", { op: "delete", type: "pulumi:providers:aws" }))).to.deep.equal([]);
    expect(lines("up", event("resourcePreEvent", { op: "update", diffs: ["tags"] }))).to.deep.equal([]);
  });
});

describe("propertyChanges", () => {
  const paths = (before: unknown, after: unknown): string[] =>
    propertyChanges(["policy"], { policy: before }, { policy: after }).map(({ path }) => path);

  it("compares documents that are JSON in a text by what they say", () => {
    const policy = (effect: string): string => JSON.stringify({ Statement: [{ Effect: effect, Action: "s3:*" }] });
    expect(paths(policy("Allow"), policy("Deny"))).to.deep.equal(["policy.Statement[0].Effect"]);
    expect(paths("[no json", "[still none")).to.deep.equal(["policy"]);
  });

  it("names a property as a whole where too much of it differs, and shortens values", () => {
    const many = Object.fromEntries([..."abcdef"].map((letter) => [letter, "x".repeat(50)]));
    const [change, ...more] = propertyChanges(["policy"], { policy: {} }, { policy: many });
    expect(more).to.deep.equal([]);
    expect(change?.path).to.equal("policy");
    expect(change?.to).to.have.lengthOf(80);
  });

  it("says of a value that is not known yet just that", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(propertyChanges(["keyId"], { keyId: "a" }, { keyId: unknown })[0]?.to).to.contain(
      "only once it is deployed",
    );
  });
});

describe("replacementLines", () => {
  it("tells the first few with their cause, and counts the rest by type", () => {
    const bucket = (name: string): ResourceChange => ({
      type: BUCKET,
      name,
      change: "replaced",
      properties: [{ path: "bucket", from: "a", to: "b" }],
    });
    const query: ResourceChange = {
      type: "aws:athena/namedQuery:NamedQuery",
      name: "q",
      change: "replaced",
      properties: [],
    };
    const lines = replacementLines([...Array.from("12345678", bucket), query, query]);
    expect(lines).to.have.length(7);
    expect(lines[0]).to.equal("Bucket 1 replaced because of bucket: a → b");
    expect(lines[6]).to.equal("replaced with what they depend on: 2 Bucket, 2 NamedQuery");
  });
});
