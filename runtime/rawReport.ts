import type { KeepRaw } from "./accountTask";
import type { FetchedReport } from "./credentialReport";
import { keys, type Store } from "./store";

/** Metadata of a raw report: when AWS generated it, as in the manifest. */
export const GENERATED_TIME = "generated-time";

/** What the bucket tells of a raw report beside its bytes. */
export function rawMetadata({ generatedTime }: Pick<FetchedReport, "generatedTime">): Record<string, string> {
  return { [GENERATED_TIME]: generatedTime };
}

/** Stores the raw reports of a run that one process collects: none of them can be there before. */
export function storeRaw(store: Store, runId: string): KeepRaw {
  return async (accountId, fetched, endsAt) => {
    const options = { endsAt, metadata: rawMetadata(fetched) };
    return { fetched, raw: await store.put(keys.raw(runId, accountId), fetched.bytes, options) };
  };
}
