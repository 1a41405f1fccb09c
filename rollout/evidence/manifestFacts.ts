import { createHash } from "node:crypto";
import { MANIFEST_SCHEMA } from "../../report/manifest";
import type { ManifestFacts } from "../../report/manifestChain";
import { evidenceObjects } from "../../report/verification";
import { keys } from "../../runtime/store";

/** A manifest as it was read: what the chain needs of it, and the objects that it names. */
export interface ReadManifest {
  facts: ManifestFacts;
  objects: ReturnType<typeof evidenceObjects>;
}

/**
 * Takes from a manifest what verification needs. It may be anything, since whoever altered it chose its bytes: then
 * `facts.problem` says what is wrong, and it names no objects.
 */
export function readManifest(runId: string, bytes: Uint8Array): ReadManifest {
  const base = {
    runId,
    key: keys.manifest(runId),
    bytes: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  const unreadable = (problem: string): ReadManifest => ({
    facts: { ...base, complete: false, startedAt: "", finishedAt: "", previous: null, problem },
    objects: [],
  });
  const document = parse(bytes);
  if (!isRecord(document)) return unreadable("The manifest is not JSON");
  if (document["schema"] !== MANIFEST_SCHEMA) {
    return unreadable(`The manifest is of format ${JSON.stringify(document["schema"])}, not ${MANIFEST_SCHEMA}`);
  }
  if (document["runId"] !== runId)
    return unreadable(`The manifest says that it is of run ${String(document["runId"])}`);
  const { complete, startedAt, finishedAt, previous } = document;
  const timed = typeof startedAt === "string" && typeof finishedAt === "string";
  if (typeof complete !== "boolean" || !timed || !isPrevious(previous)) {
    return unreadable("The manifest lacks complete, startedAt, finishedAt or previous, or says what they cannot be");
  }
  return { facts: { ...base, complete, startedAt, finishedAt, previous }, objects: evidenceObjects(document) };
}

/** A JSON document; undefined where it is none. */
export function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrevious(value: unknown): value is ManifestFacts["previous"] {
  if (value === null) return true;
  return isRecord(value) && ["runId", "key", "sha256"].every((name) => typeof value[name] === "string");
}
