import type { Thresholds } from "../report/controls";
import type { AccountRecord, EvidenceObject, Manifest, PreviousManifest } from "../report/manifest";
import { inOrder } from "./accounts";
import type { Clock } from "./clock";
import { consolidate, csvSink, type ConsolidationPart } from "./consolidation";
import { RunError } from "./errors";
import type { Listing } from "./listing";
import { buildManifest, checkStates, jsonBytes, LATEST_SCHEMA, manifestPieces } from "./manifest";
import { signManifest, type ManifestSigner } from "./manifestSignature";
import { findingsSink } from "./findingsSink";
import { parquetSink } from "./parquetSink";
import type { ReportArchive } from "./reportArchive";
import { keys, previousManifest, textWriter, type ObjectWriter, type Store } from "./store";

/** What a run has when it has asked everyone. */
export interface AskedRun {
  runId: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  listing: Listing;
  /** One for each listed account, in any order; their paths are filled in here. */
  records: AccountRecord[];
  archive: ReportArchive;
  store: Store;
  /** What the controls are held against. */
  thresholds: Thresholds;
  clock: Clock;
  /** Signs the manifest; without it there is no signature. */
  sign?: ManifestSigner | undefined;
  /** Says how the manifest ends, where an earlier attempt to write it may have said so; by default as proposed. */
  settleEnding?: ((proposed: Ending) => Promise<Ending>) | undefined;
  /** Whether a newer run is complete already, so that `latest.json` keeps pointing to it; false by default. */
  superseded?: boolean;
}

/** What a manifest says that would be something else in another attempt to write it. */
export interface Ending {
  /** Milliseconds since 1970. */
  finishedAt: number;
  previous: PreviousManifest | null;
}

/**
 * Writes the consolidated files, then the manifest, and points to the run only when all stand and nobody is missing.
 *
 * @throws {RunError} if the records do not add up to the accounts listed, or something cannot be written.
 */
export async function writeRun(run: AskedRun): Promise<{ manifest: Manifest; stored: EvidenceObject }> {
  const { runId, startedAt, listing, store, clock } = run;
  const records = inOrder(run.records);
  checkStates(listing, records);
  for (const [index, record] of records.entries()) record.ouPath = listing.accounts[index]?.ouPath ?? "";
  try {
    const consolidated = await writeConsolidated(run, records);
    const proposed = { previous: await previousManifest(store, runId, startedAt), finishedAt: clock.now() };
    const ending = (await run.settleEnding?.(proposed)) ?? proposed;
    const manifest = buildManifest({
      runId,
      startedAt,
      organization: listing,
      records,
      ...consolidated,
      ...ending,
    });
    const stored = await writeManifest(store, manifest);
    await signManifest(store, runId, stored, run.sign);
    if (manifest.complete && !run.superseded) {
      const latest = {
        schema: LATEST_SCHEMA,
        runId,
        manifestKey: stored.key,
        manifestSha256: stored.sha256,
        finishedAt: manifest.finishedAt,
      };
      await store.replace(keys.latest, jsonBytes(latest));
    }
    return { manifest, stored };
  } catch (error) {
    throw RunError.because(`The results of run ${runId} cannot be written to ${store.place}`, store.remedy, error);
  }
}

async function writeConsolidated(
  { runId, archive, store, thresholds }: AskedRun,
  records: readonly AccountRecord[],
): Promise<Required<Pick<Manifest, "consolidated" | "typed" | "findings" | "controls">>> {
  const collected = records.filter((record) => record.state === "collected");
  const columns = archive.columns(collected.map(({ accountId }) => accountId));
  const parts = function* (): Generator<ConsolidationPart> {
    for (const { accountId, accountName, ouPath, reportGeneratedTime } of collected) {
      yield {
        origin: { accountId, accountName, ouPath, reportGeneratedTime, runId },
        read: () => archive.read(accountId),
      };
    }
  };
  const [csv, parquet, json] = await openAll(store, [
    keys.consolidated(runId),
    keys.typed(runId),
    keys.findings(runId),
  ]);
  const held = findingsSink(json, thresholds);
  const [consolidated, typed, findings] = await consolidate(columns, parts(), [
    csvSink(csv),
    parquetSink(parquet),
    held,
  ]);
  return { consolidated, typed, findings, controls: { thresholds, results: held.results() } };
}

/** Begins these objects, or none of them. */
async function openAll<const T extends readonly string[]>(
  store: Store,
  names: T,
): Promise<{ [K in keyof T]: ObjectWriter }> {
  const writers: ObjectWriter[] = [];
  try {
    for (const name of names) writers.push(await store.open(name));
    return writers as { [K in keyof T]: ObjectWriter };
  } catch (error) {
    await Promise.all(writers.map((writer) => writer.abort()));
    throw error;
  }
}

async function writeManifest(store: Store, manifest: Manifest): Promise<EvidenceObject> {
  const writer = await store.open(keys.manifest(manifest.runId));
  try {
    const text = textWriter(writer);
    for (const piece of manifestPieces(manifest)) await text.write(piece);
    return await text.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
