import { createHash } from "node:crypto";

import type { EvidenceObject, PreviousManifest } from "../report/manifest";

/** Where a run keeps its evidence: the bucket, or a folder of the same layout. */
export interface Store {
  /** Name of the bucket or path of the folder, for people. */
  readonly place: string;
  /** What to do when it cannot be written, in words. */
  readonly remedy: string;
  /**
   * Writes an object that must not exist yet.
   *
   * @throws {CallError} if it exists, or cannot be written.
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<EvidenceObject>;
  /** Writes an object whether it exists or not: for pointers to evidence, never for evidence. */
  replace(key: string, body: Uint8Array): Promise<EvidenceObject>;
  /**
   * Begins an object of unknown size that must not exist yet. Nothing is seen of it until it is closed.
   *
   * @throws {CallError} if it cannot be begun; that it exists may show only when it is closed.
   */
  open(key: string): Promise<ObjectWriter>;
  /** The runs that left something, oldest first; with `after`, those whose id is greater. */
  runIds(after?: string): Promise<string[]>;
  /** The bytes of `runs/<runId>/manifest.json`, or undefined if the run left none. */
  manifest(runId: string): Promise<Uint8Array | undefined>;
  /**
   * The bytes of an object that a manifest names.
   *
   * @throws if it cannot be read, or is not what the manifest says.
   */
  read(object: EvidenceObject): Promise<Uint8Array>;
}

/** How an object is put. */
export interface PutOptions {
  /** Milliseconds since 1970; no try begins after it. */
  endsAt?: number | undefined;
  /** What the bucket tells about the object beside its bytes; a folder keeps none. */
  metadata?: Record<string, string> | undefined;
}

/**
 * Writes one object piece by piece, in little memory. One call at a time; after a failure, {@link ObjectWriter.abort}.
 */
export interface ObjectWriter {
  /** Takes the next bytes, which the caller may not change afterwards; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the object, which then exists whole. */
  close(): Promise<EvidenceObject>;
  /** Gives the object up and leaves nothing of it; never throws, and does nothing after a close. */
  abort(): Promise<void>;
}

/** Characters gathered before they go on. */
const PIECE_CHARACTERS = 256 * 1024;

/** Writes text to an object, gathering small pieces. */
export function textWriter(writer: ObjectWriter) {
  let text = "";
  const flush = async (): Promise<void> => {
    const piece = Buffer.from(text);
    text = "";
    await writer.write(piece);
  };
  return {
    async write(piece: string): Promise<void> {
      text += piece;
      if (text.length >= PIECE_CHARACTERS) await flush();
    },
    /** Ends the object. */
    async close(): Promise<EvidenceObject> {
      await flush();
      return writer.close();
    },
  };
}

/** Keys of what a run leaves. */
export const keys = {
  runs: "runs/",
  rawFolder: (runId: string) => `runs/${runId}/raw/`,
  raw: (runId: string, accountId: string) => `${keys.rawFolder(runId)}${accountId}.csv`,
  manifest: (runId: string) => `runs/${runId}/manifest.json`,
  /** Of the bytes of the manifest, where the security stack has a key to sign with. */
  signature: (runId: string) => `runs/${runId}/manifest.json.sig`,
  /** The page of a run: made of the evidence, and not evidence itself. */
  page: (runId: string) => `runs/${runId}/report.html`,
  /** Partitioned the way Athena reads it: the date is the date of the run id. */
  consolidated: (runId: string) => `credentials/${partition(runId)}/credentials.csv`,
  /** Beside the consolidated CSV, not within: Athena reads every file below a table's prefix. */
  typed: (runId: string) => `credentials_typed/${partition(runId)}/credentials.parquet`,
  /** JSON Lines, the form in which Athena reads JSON. */
  findings: (runId: string) => `findings/${partition(runId)}/findings.json`,
  latest: "latest.json",
  /** Names the run that is going on: no evidence. */
  running: "running.json",
};

function partition(runId: string): string {
  return `run_date=${runId.slice(0, 4)}-${runId.slice(4, 6)}-${runId.slice(6, 8)}/run=${runId}`;
}

/** Describes bytes that are kept under a key. */
export function evidence(key: string, body: Uint8Array): EvidenceObject {
  return { key, bytes: body.byteLength, sha256: createHash("sha256").update(body).digest("hex") };
}

/** The bytes of an object as they were read, having checked that they are those that were written. */
export function intact(object: EvidenceObject, bytes: Uint8Array): Uint8Array {
  const { sha256 } = evidence(object.key, bytes);
  if (sha256 === object.sha256) return bytes;
  throw new Error(`${object.key} was altered: its SHA-256 is ${sha256}, and its manifest says ${object.sha256}`);
}

/**
 * A run id that sorts by time: `YYYYMMDDTHHMMSSZ-` and six hexadecimal digits, three of them the millisecond, so that runs of
 * one second keep their order, and three by chance.
 */
export function formatRunId(startedAt: number, random: number): string {
  const iso = new Date(startedAt).toISOString();
  const millisecond = Number(iso.slice(20, 23)).toString(16).padStart(3, "0");
  const chance = Math.floor(random * 0x1000)
    .toString(16)
    .padStart(3, "0");
  return `${iso.slice(0, 19).replace(/[-:]/g, "")}Z-${millisecond}${chance}`;
}

/** When a run of such an id was started, in milliseconds since 1970. */
export function startOfRun(runId: string): number {
  const [, year, month, day, hour, minute, second, ms = ""] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{3})/.exec(runId) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + Number.parseInt(ms, 16);
}

/** Looked back first; a bucket with runs every hour for years is listed whole only if there is nothing in this time. */
const LOOK_BACK_MS = 40 * 24 * 3600_000;

/** Finds the newest manifest of the runs before this one. Runs that died before writing theirs are passed over. */
export async function previousManifest(
  store: Store,
  runId: string,
  startedAt: number,
): Promise<PreviousManifest | null> {
  const recent = formatRunId(startedAt - LOOK_BACK_MS, 0);
  for (const after of [recent, undefined]) {
    const before = (await store.runIds(after)).filter((id) => id < runId && (after !== undefined || id <= recent));
    for (const id of before.reverse()) {
      const bytes = await store.manifest(id);
      if (bytes) return { runId: id, key: keys.manifest(id), sha256: evidence(keys.manifest(id), bytes).sha256 };
    }
  }
  return null;
}
