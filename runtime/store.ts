import { createHash } from "node:crypto";

import type { EvidenceObject, PreviousManifest } from "../report/manifest";

/** Where a run keeps its evidence: the bucket, or a folder of the same layout. */
export interface Store {
  /** Name of the bucket or path of the folder, for people. */
  readonly place: string;
  /**
   * Writes an object that must not exist yet.
   *
   * @throws {CallError} if it exists, or cannot be written.
   */
  put(key: string, body: Uint8Array): Promise<EvidenceObject>;
  /** Writes an object whether it exists or not: for pointers to evidence, never for evidence. */
  replace(key: string, body: Uint8Array): Promise<EvidenceObject>;
  /** The runs that left something, oldest first; with `after`, those whose id is greater. */
  runIds(after?: string): Promise<string[]>;
  /** The bytes of `runs/<runId>/manifest.json`, or undefined if the run left none. */
  manifest(runId: string): Promise<Uint8Array | undefined>;
}

/** Keys of what a run leaves. */
export const keys = {
  runs: "runs/",
  raw: (runId: string, accountId: string) => `runs/${runId}/raw/${accountId}.csv`,
  manifest: (runId: string) => `runs/${runId}/manifest.json`,
  /** Partitioned the way Athena reads it: the date is the date of the run id. */
  consolidated: (runId: string) =>
    `credentials/run_date=${runId.slice(0, 4)}-${runId.slice(4, 6)}-${runId.slice(6, 8)}/run=${runId}/credentials.csv`,
  latest: "latest.json",
};

/** Describes bytes that are kept under a key. */
export function evidence(key: string, body: Uint8Array): EvidenceObject {
  return { key, bytes: body.byteLength, sha256: createHash("sha256").update(body).digest("hex") };
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
