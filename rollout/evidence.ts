import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { MANIFEST_SCHEMA, type EvidenceObject, type Manifest } from "../report/manifest";
import { keys } from "../runtime/store";
import { messageOf, RolloutError } from "./errors";
import type { Session } from "./session";

/** Where a run's objects are read from: the bucket, or a folder of the same layout. */
export interface Evidence {
  /** For people: the bucket's or the folder's name. */
  place: string;
  /** Name of the bucket, where it is one. */
  bucket?: string;
  /** Ids of all runs, oldest first. */
  runIds(): Promise<string[]>;
  /** Bytes of an object; undefined if there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
}

/** A run as it was read and checked. */
export interface ReadRun {
  manifest: Manifest;
  manifestSha256: string;
  /** The consolidated CSV. */
  csv: Uint8Array;
}

/** The bucket of the log-archive account. */
export function bucketEvidence(bucket: string, session: Session): Evidence {
  const client = new S3Client({ ...session, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined });
  return {
    place: `s3://${bucket}`,
    bucket,
    async runIds() {
      const ids: string[] = [];
      for await (const page of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: keys.runs, Delimiter: "/" },
      )) {
        ids.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix?.split("/")[1] ?? ""));
      }
      return ids.sort();
    },
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
  };
}

/** A folder with the bucket's layout. */
export function folderEvidence(folder: string): Evidence {
  const absent = (error: unknown): undefined => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  };
  return {
    place: folder,
    runIds: async () => (await readdir(path.join(folder, keys.runs)).catch(absent))?.sort() ?? [],
    read: async (key) => readFile(path.join(folder, key)).catch(absent),
  };
}

/**
 * Reads a run, the newest with a manifest if none is named, and checks the consolidated CSV against the manifest.
 *
 * @throws RolloutError if there is no such run, it cannot be read, or it was altered
 */
export async function readRun(evidence: Evidence, runId?: string): Promise<ReadRun> {
  try {
    const candidates = runId === undefined ? (await evidence.runIds()).reverse() : [runId];
    for (const id of candidates) {
      const bytes = await evidence.read(keys.manifest(id));
      if (!bytes) continue;
      const manifest = parseManifest(bytes, id);
      return { manifest, manifestSha256: sha256(bytes), csv: await readChecked(evidence, manifest.consolidated) };
    }
  } catch (cause) {
    if (cause instanceof RolloutError) throw cause;
    const advice =
      cause instanceof Error && cause.name === "NoSuchBucket"
        ? "Nothing is deployed: run up, then collect"
        : "The reading role must be one of readerRoleArns in Pulumi.security.yaml and Pulumi.logarchive.yaml";
    throw new RolloutError(`The evidence in ${evidence.place} cannot be read: ${messageOf(cause)}. ${advice}`, 1, {
      cause,
    });
  }
  throw new RolloutError(
    runId === undefined
      ? `No run has left a manifest in ${evidence.place}: run collect first`
      : `There is no run ${runId} in ${evidence.place}`,
  );
}

function parseManifest(bytes: Uint8Array, runId: string): Manifest {
  const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as Manifest;
  const schema: string = manifest.schema;
  if (schema !== MANIFEST_SCHEMA) {
    throw new RolloutError(
      `The manifest of run ${runId} is of format ${JSON.stringify(schema)}, and this version reads ` +
        `${MANIFEST_SCHEMA}: use the version of this tool that matches`,
    );
  }
  return manifest;
}

async function readChecked(evidence: Evidence, object: EvidenceObject): Promise<Uint8Array> {
  const bytes = await evidence.read(object.key);
  if (!bytes) throw new RolloutError(`${object.key} is missing from ${evidence.place}, though the manifest names it`);
  if (sha256(bytes) !== object.sha256) {
    throw new RolloutError(
      `${object.key} in ${evidence.place} is not what the collector wrote: its SHA-256 is ${sha256(bytes)}, the manifest ` +
        `says ${object.sha256}. Look at its older versions; the report is not made from altered evidence`,
    );
  }
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
