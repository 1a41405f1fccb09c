import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { EvidenceObject, Manifest } from "../../report/manifest";
import { keys } from "../../runtime/store";
import type { Run } from "../report/factories";

/** Writes an object into a folder with the bucket's layout. */
export function putObject(folder: string, key: string, text: string): EvidenceObject {
  const file = path.join(folder, key);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { key, bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") };
}

/** Writes runs, oldest first, as the collector chains them: the manifest and the consolidated CSV of each. */
export function putRuns(folder: string, runs: Readonly<Record<string, Run>>, more: Partial<Manifest> = {}): void {
  let previous: Manifest["previous"] = null;
  for (const [runId, run] of Object.entries(runs)) {
    const consolidated = putObject(folder, keys.consolidated(runId), run.csv);
    const manifest: Manifest = { ...run.manifest, runId, consolidated, previous, ...more };
    const { key, sha256 } = putObject(folder, keys.manifest(runId), JSON.stringify(manifest));
    previous = { runId, key, sha256 };
  }
}
