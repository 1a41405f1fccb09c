import type { EvidenceObject } from "./manifest";
import { expiryOf, hasExpired, type Retention } from "./retention";

/**
 * Judges whether the objects of a run are what its manifest says. Pure: what was found is handed in, with the hashes made.
 */

/** What was found under a key. */
export interface FoundObject {
  /** Size in bytes. */
  bytes: number;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  sha256: string;
}

/** An object as a listing names it. */
export interface ListedObject {
  key: string;
  /** Versions that are kept, deletions included; absent where there are none or they may not be listed. */
  versions?: number;
  /** The newest version is a deletion: the object is gone, and older versions of it are kept. */
  deleted?: boolean;
  /** When that was, in milliseconds since 1970. */
  deletedAt?: number;
  /** When what is there was put, in milliseconds since 1970; a folder does not know. */
  writtenAt?: number;
}

/** What can be wrong; `meaning` of a difference says it in a sentence. */
export type DifferenceKind =
  /** A manifest names it, and it is not there. */
  | "missing"
  /** It is there with other bytes. */
  | "altered"
  /** It is among the evidence, and no manifest names it. */
  | "extra"
  /** What the manifest says is there, and so is an older version that nobody should have been able to replace. */
  | "overwritten"
  /** A manifest that cannot be read as one. */
  | "unreadable"
  /** A run that the chain of manifests passes by. */
  | "chain"
  /** A signature that is wrong, or that should be there. */
  | "signature"
  /** It was written at another time than its run says, or the times of the run cannot be. */
  | "time"
  /** latest.json points elsewhere than to the newest complete run. */
  | "pointer";

/** One way in which evidence is not what it should be. */
export interface Difference {
  kind: DifferenceKind;
  key: string;
  /** The run that it belongs to; null where it belongs to none. */
  runId: string | null;
  expected?: string;
  found?: string;
  /** What it means and what to do, for people. */
  meaning: string;
}

/** Everything that judging one run takes. */
export interface RunFindings {
  runId: string;
  /** What the manifest names. */
  expected: readonly EvidenceObject[];
  /** By key; a key that is not here is missing. */
  found: ReadonlyMap<string, FoundObject>;
  /** All objects in the places of the run. */
  listed: readonly ListedObject[];
  /** Keys in those places that no manifest names and that belong there: manifest, signature, page. */
  companions: ReadonlySet<string>;
  /** Companions that are written once, as evidence is. */
  once: ReadonlySet<string>;
  /** What the bucket's life cycle takes away; absent where it takes nothing. */
  retention?: Retention;
}

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Every object that a manifest names, wherever in it: whatever has a key, a size and a SHA-256. So a later version's objects are
 * found without this code knowing them.
 */
export function evidenceObjects(manifest: unknown): EvidenceObject[] {
  if (Array.isArray(manifest)) return manifest.flatMap(evidenceObjects);
  if (typeof manifest !== "object" || manifest === null) return [];
  const { key, bytes, sha256 } = manifest as Partial<Record<keyof EvidenceObject, unknown>>;
  if (typeof key === "string" && typeof bytes === "number" && typeof sha256 === "string") {
    return [{ key, bytes, sha256 }];
  }
  return Object.values(manifest).flatMap(evidenceObjects);
}

/** Whether a key is one that a run can have written: a path below the place, without steps out of it. */
export function isEvidenceKey(key: string): boolean {
  return (
    key !== "" && !key.includes("\\") && key.split("/").every((step) => step !== "" && step !== "." && step !== "..")
  );
}

/** Whether a key lies in the place of another run. */
function isOfAnotherRun(key: string, runId: string): boolean {
  const named = /^runs\/([^/]+)\//.exec(key)?.[1] ?? /\/run=([^/]+)\//.exec(key)?.[1];
  return named !== undefined && named !== runId;
}

/** What is wrong with the objects of a run. */
export function judgeRun(run: RunFindings): Difference[] {
  const { runId, expected, listed } = run;
  const byKey = new Map(listed.map((object) => [object.key, object]));
  const named = new Set(expected.map(({ key }) => key));
  return [
    ...expected.flatMap((object) => judgeObject(object, run, byKey.get(object.key))),
    ...listed
      .filter(({ key, deleted }) => !deleted && !named.has(key) && !run.companions.has(key))
      .map(({ key }) => extraObject(key, runId)),
    ...listed
      .filter(({ key, versions = 1, deleted }) => !deleted && versions > 1 && (named.has(key) || run.once.has(key)))
      .map(({ key, versions = 1 }) => overwritten(key, runId, versions)),
  ];
}

/** Keys of what the manifest names and the life cycle took away. */
export function expiredObjects({ runId, expected, found, listed, retention }: RunFindings): string[] {
  const deletions = new Map(listed.map(({ key, deletedAt }) => [key, deletedAt]));
  return expected
    .map(({ key }) => key)
    .filter((key) => !found.has(key) && hasExpired(retention, runId, key, deletions.get(key)));
}

/** An object among the evidence that no manifest names. */
export function extraObject(key: string, runId: string | null): Difference {
  const meaning =
    runId === null
      ? "It lies among the evidence and belongs to no run, so nothing vouches for it: find out who put it there, and leave it out"
      : "It lies among the objects of the run and its manifest does not name it, so the run did not leave it: find out who put it there, and leave it out";
  return { kind: "extra", key, runId, meaning };
}

/** An object that queries would read, of a run that left no manifest and can leave none any more. */
export function unvouchedObject(key: string, runId: string): Difference {
  const meaning =
    "Its run left no manifest, so nothing vouches for it, and queries read it all the same: the run died while it wrote, or somebody put it " +
    "there. Leave that run out, and look in the log of its time and in CloudTrail which of the two it was";
  return { kind: "extra", key, runId, meaning };
}

function judgeObject(object: EvidenceObject, run: RunFindings, listed: ListedObject | undefined): Difference[] {
  const { key, bytes, sha256 } = object;
  const { runId } = run;
  const expected = `${bytes} bytes, SHA-256 ${sha256}`;
  if (!isEvidenceKey(key) || !SHA256.test(sha256)) {
    const meaning = "The manifest names what no run can have written, so the manifest itself is not the collector's";
    return [{ kind: "altered", key, runId, expected, meaning }];
  }
  if (isOfAnotherRun(key, runId)) {
    const meaning =
      "The manifest takes the object of another run for its own, which no collector does: it was altered, or forged to pass old evidence off as new";
    return [{ kind: "altered", key, runId, expected, meaning }];
  }
  const found = run.found.get(key);
  if (!found) {
    if (hasExpired(run.retention, runId, key, listed?.deletedAt)) return [];
    const meaning = deletedEarly(run, key, listed?.deletedAt)
      ? `The manifest names it, and it was deleted on ${day(listed?.deletedAt)}, before its retention ended: that was not the life cycle. ` +
        "An older version is kept: restore that version and verify again"
      : listed?.deleted
        ? "The manifest names it, and it was deleted; an older version is kept: restore that version and verify again"
        : "The manifest names it, and it is gone: what the run says of it can no longer be shown. Look for older versions or a copy";
    return [{ kind: "missing", key, runId, expected, meaning }];
  }
  if (found.sha256 === sha256 && found.bytes === bytes) return [];
  const meaning =
    "It is not what the run wrote: do not rely on it. " +
    ((listed?.versions ?? 1) > 1
      ? "Older versions are kept: the one with the expected SHA-256 is the evidence"
      : "The copy with the expected SHA-256 is the evidence, if there is one");
  return [{ kind: "altered", key, runId, expected, found: `${found.bytes} bytes, SHA-256 ${found.sha256}`, meaning }];
}

/** Whether it was deleted while the life cycle still had to keep it, although by now it would have gone. */
function deletedEarly({ runId, retention }: RunFindings, key: string, deletedAt: number | undefined): boolean {
  if (retention === undefined || deletedAt === undefined) return false;
  const expiry = expiryOf(retention, runId, key);
  return expiry !== undefined && deletedAt < expiry && expiry <= retention.now;
}

function day(ms = 0): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function overwritten(key: string, runId: string, versions: number): Difference {
  return {
    kind: "overwritten",
    key,
    runId,
    expected: "1 version",
    found: `${versions} versions`,
    meaning:
      "A run writes each object once, and this one was written or deleted again since. Compare the versions, and look in CloudTrail for who did it",
  };
}
