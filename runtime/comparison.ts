import { credentialRows } from "../report/consolidatedReader";
import type { Thresholds } from "../report/controls";
import { differenceOf, type Difference } from "../report/difference/difference";
import type { Manifest } from "../report/manifest";
import { earlierManifests } from "./earlierRuns";
import { requireMeans, type Means } from "./means";
import type { Store } from "./store";

/**
 * What changed since the run before, by the evidence of both in the store, whose hashes are checked again.
 *
 * @param leaveMs Time that has to be left afterwards.
 * @returns Undefined where there is no run before.
 * @throws if evidence cannot be read or was altered, or there is too little time or memory.
 */
export async function compareWithRunBefore(
  manifest: Manifest,
  context: Means & { store: Store; thresholds: Thresholds; leaveMs: number },
): Promise<Difference | undefined> {
  const { store, thresholds, leaveMs } = context;
  const before = (await earlierManifests(store, manifest).next()).value;
  if (!before) return undefined;
  const [rows, rowsBefore] = [manifest.rows, before.rows];
  requireMeans(context, "to compare it", { rows, rowsBefore, read: rows + rowsBefore, leaveMs });
  const [older, newer] = [await store.read(before.consolidated), await store.read(manifest.consolidated)];
  return differenceOf(
    { manifest: before, rows: credentialRows(text(older)) },
    { manifest, rows: credentialRows(text(newer)) },
    thresholds,
  );
}

/** The text of a consolidated file. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
