import { MANIFEST_SCHEMA, type Manifest } from "../report/manifest";
import { readManifest } from "../report/manifestReader";
import { intact, type Store } from "./store";

/** Earlier runs that are looked at, at the most: a month of daily runs. */
export const EARLIER_RUNS = 29;

/**
 * The manifests before one, newest first: each is the one that its successor names, and is checked against the SHA-256 that its
 * successor gives. They end at the first run, at a run that has expired, and at one that another version wrote.
 *
 * @throws if one of them was altered, or cannot be read
 */
export async function* earlierManifests(
  store: Pick<Store, "manifest">,
  manifest: Manifest,
): AsyncGenerator<Manifest, void, undefined> {
  let previous = manifest.previous;
  for (let count = 0; previous !== null && count < EARLIER_RUNS; count += 1) {
    const bytes = await store.manifest(previous.runId);
    if (!bytes) return;
    const { key, sha256 } = previous;
    const checked = intact({ key, sha256, bytes: bytes.byteLength }, bytes);
    if (isOfAnotherVersion(checked)) return;
    const earlier = readManifest(checked, previous.runId);
    yield earlier;
    previous = earlier.previous;
  }
}

function isOfAnotherVersion(bytes: Uint8Array): boolean {
  const document = JSON.parse(Buffer.from(bytes).toString()) as { schema?: unknown } | null;
  return document?.schema !== MANIFEST_SCHEMA;
}
