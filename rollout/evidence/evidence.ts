import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { GetObjectCommand, paginateListObjectsV2, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { EvidenceObject, Manifest } from "../../report/manifest";
import { ManifestError, readManifest as checkedManifest } from "../../report/manifestReader";
import { isAhead } from "../../report/runTimes";
import { hasExpired, type Retention } from "../../report/retention";
import type { FoundObject, ListedObject } from "../../report/verification";
import { systemClock } from "../../runtime/clock";
import { visible } from "../../report/page/text";
import { errorCode } from "../../runtime/errors";
import { withRetry } from "../../runtime/retry";
import { keys } from "../../runtime/store";
import { messageOf, RolloutError } from "../errors";
import { folderOf, listVersionFolders, listVersions } from "./bucketVersions";
import type { Session } from "../session";

/** Where a run's objects are read from: the bucket, or a folder of the same layout. */
export interface Evidence {
  /** For people: the bucket's or the folder's name. */
  place: string;
  /** Name of the bucket, where it is one. */
  bucket?: string;
  /** What the life cycle of the bucket takes away, by the configuration. */
  retention?: Retention;
  /** Ids of all runs, oldest first. */
  runIds(): Promise<string[]>;
  /** Bytes of an object; undefined if there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
}

/** Evidence whose every object can be looked at, for verification. */
export interface VerifiableEvidence extends Evidence {
  /** Whether older versions of objects are known from what was listed so far; a folder has none. */
  versions(): "checked" | "notChecked" | "none";
  /** Ids of runs of which there is nothing any more but deleted versions, oldest first; none where there are no versions to be seen. */
  deletedRunIds(): Promise<string[]>;
  /** The same as `read`, with the time at which the object was put, in milliseconds since 1970; a folder does not know it. */
  readDated(key: string): Promise<{ bytes: Uint8Array; writtenAt?: number } | undefined>;
  /** The objects whose keys begin with the prefix, in order of key; with those of which only versions are left. */
  list(prefix: string): Promise<ListedObject[]>;
  /** Size and SHA-256 of an object, read piece by piece; undefined if there is none. */
  hash(key: string): Promise<FoundObject | undefined>;
}

/** A run as it was read and checked. */
export interface ReadRun {
  manifest: Manifest;
  manifestSha256: string;
  /** The consolidated CSV, as text: it is UTF-8 that the collector wrote, so nothing is lost. */
  csv: string;
}

/** The bucket of the log-archive account. */
export function bucketEvidence(
  bucket: string,
  session: Session,
  overrides: Pick<S3ClientConfig, "endpoint"> = {},
  retention?: Retention,
): VerifiableEvidence {
  const elsewhere = overrides.endpoint !== undefined || process.env["AWS_ENDPOINT_URL"] !== undefined;
  const client = new S3Client({ ...session, ...overrides, forcePathStyle: elsewhere });
  const get = async <T>(key: string, take: (body: Readable, at?: Date) => Promise<T>): Promise<T | undefined> => {
    try {
      const { Body, LastModified } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return await take(Body as Readable, LastModified);
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return undefined;
      throw error;
    }
  };
  let mayListVersions: boolean | undefined;
  const ifVersions = async <T>(list: () => Promise<T>): Promise<T | undefined> => {
    if (mayListVersions === false) return undefined;
    try {
      const found = await list();
      mayListVersions = true;
      return found;
    } catch (error) {
      if (!["AccessDenied", "NotImplemented"].includes(errorCode(error))) throw error;
      mayListVersions = false;
      return undefined;
    }
  };
  const runIds = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: keys.runs, Delimiter: "/" })) {
      ids.push(...(page.CommonPrefixes ?? []).map(folderOf));
    }
    return ids.sort();
  };
  return {
    place: `s3://${bucket}`,
    bucket,
    ...(retention && { retention }),
    runIds,
    async deletedRunIds() {
      const there = new Set(await runIds());
      const ever = (await ifVersions(() => listVersionFolders(client, bucket))) ?? [];
      return ever.filter((id) => !there.has(id)).sort();
    },
    read: (key) => get(key, wholeOf),
    readDated: (key) =>
      get(key, async (body, at) => ({ bytes: await wholeOf(body), ...(at && { writtenAt: at.getTime() }) })),
    versions: () => (mayListVersions === true ? "checked" : "notChecked"),
    async list(prefix) {
      const versions = await ifVersions(() => listVersions(client, bucket, prefix));
      if (versions) return versions;
      const found: ListedObject[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key, LastModified: at } of page.Contents ?? []) {
          found.push({ key: Key ?? "", ...(at && { writtenAt: at.getTime() }) });
        }
      }
      return found;
    },
    // The SDK tries a request again, but not a body that breaks off.
    hash: (key) => withRetry(() => get(key, hashOf), { clock: systemClock }),
  };
}

async function wholeOf(body: Readable): Promise<Uint8Array> {
  return Buffer.concat((await body.toArray()) as Uint8Array[]);
}

/** A folder with the bucket's layout. */
export function folderEvidence(folder: string): VerifiableEvidence {
  const absent = (error: unknown): undefined => {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return undefined;
    throw error;
  };
  return {
    place: folder,
    runIds: async () => (await readdir(path.join(folder, keys.runs)).catch(absent))?.sort() ?? [],
    read: async (key) => readFile(within(folder, key)).catch(absent),
    deletedRunIds: () => Promise.resolve([]),
    readDated: async (key) => {
      const bytes = await readFile(within(folder, key)).catch(absent);
      return bytes && { bytes };
    },
    versions: () => "none",
    async list(prefix) {
      const entries = await readdir(path.join(folder, prefix), { recursive: true, withFileTypes: true }).catch(absent);
      return (entries ?? [])
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
        .sort()
        .map((key) => ({ key }));
    },
    hash: async (key) => hashOf(createReadStream(within(folder, key))).catch(absent),
  };
}

/** The path of a key; a manifest that somebody altered may name any. */
function within(folder: string, key: string): string {
  if (!key.includes("\0") && !key.split(/[/\\]/).includes("..")) return path.join(folder, key);
  throw new RolloutError(`${visible(key)} is no key of evidence: it leads out of ${folder}`);
}

async function hashOf(body: Readable): Promise<FoundObject> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).byteLength;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * Reads a run, the newest with a manifest if none is named, and checks the consolidated CSV against the manifest.
 *
 * @param now milliseconds since 1970; a run that is dated later is nobody's, and is read only if it is named
 * @throws RolloutError if there is no such run, it cannot be read, or it was altered
 */
export async function readRun(evidence: Evidence, runId?: string, now = Date.now()): Promise<ReadRun> {
  try {
    const candidates = runId === undefined ? (await evidence.runIds()).reverse() : [runId];
    for (const id of candidates) {
      const found = await findRun(evidence, id);
      if (found && runId === undefined && isAhead(id, now)) throw aheadOfTime(evidence.place, id);
      if (found) return found;
    }
  } catch (cause) {
    throw unreadableEvidence(evidence.place, cause);
  }
  throw new RolloutError(
    runId === undefined
      ? `No run has left a manifest in ${evidence.place}: run collect first`
      : `There is no run ${runId} in ${evidence.place}`,
  );
}

/**
 * The same for a run that need not be there: undefined if it left no manifest.
 *
 * @throws RolloutError if it cannot be read, or was altered
 */
export async function findRun(evidence: Evidence, runId: string): Promise<ReadRun | undefined> {
  try {
    const found = await readManifest(evidence, runId);
    return found && { ...found, csv: await readChecked(evidence, runId, found.manifest.consolidated) };
  } catch (cause) {
    throw unreadableEvidence(evidence.place, cause);
  }
}

/** Reads the manifest of a run; undefined if the run left none. */
export async function readManifest(evidence: Evidence, runId: string): Promise<Omit<ReadRun, "csv"> | undefined> {
  const bytes = await evidence.read(keys.manifest(runId));
  return bytes && { manifest: parseManifest(bytes, runId), manifestSha256: sha256(bytes) };
}

function aheadOfTime(place: string, runId: string): RolloutError {
  return new RolloutError(
    `Run ${runId} in ${place} is dated ahead of time, so no collector wrote it, and it is not read for the newest: find out who put it there ` +
      "(verify says what else is wrong), and name another run with --run until it is gone",
  );
}

/** Why evidence cannot be read, with what to do. */
export function unreadableEvidence(place: string, cause: unknown): RolloutError {
  if (cause instanceof RolloutError) return cause;
  const advice =
    cause instanceof Error && cause.name === "NoSuchBucket"
      ? "Nothing is deployed: run up, then collect"
      : "The reading role must be one of readerRoleArns in Pulumi.security.yaml and Pulumi.logarchive.yaml";
  return new RolloutError(`The evidence in ${place} cannot be read: ${messageOf(cause)}. ${advice}`, 1, { cause });
}

function parseManifest(bytes: Uint8Array, runId: string): Manifest {
  try {
    return checkedManifest(bytes, runId);
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause;
    const advice = "Run verify: if it does not name the run, the manifest is of another version of this project";
    throw new RolloutError(`The manifest of run ${runId} ${cause.message}. ${advice}`, 1, { cause });
  }
}

async function readChecked(evidence: Evidence, runId: string, object: EvidenceObject): Promise<string> {
  const bytes = await evidence.read(object.key);
  if (!bytes && hasExpired(evidence.retention, runId, object.key, undefined)) {
    throw new RolloutError(
      `${object.key} in ${evidence.place} has expired: what is made of raw reports is kept for ` +
        `${evidence.retention?.days.consolidated} days (consolidatedRetentionDays), and the manifest of run ${runId} outlives it. ` +
        "Name a newer run",
    );
  }
  if (!bytes) throw new RolloutError(`${object.key} is missing from ${evidence.place}, though the manifest names it`);
  if (sha256(bytes) !== object.sha256) {
    throw new RolloutError(
      `${object.key} in ${evidence.place} is not what the collector wrote: its SHA-256 is ${sha256(bytes)}, the manifest ` +
        `says ${object.sha256}. Look at its older versions; the report is not made from altered evidence`,
    );
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
