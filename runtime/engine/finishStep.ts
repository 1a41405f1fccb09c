import type { CollectedAccount, Manifest } from "../../report/manifest";
import { parseCredentialReport } from "../../report/credentialReport";
import { isAhead } from "../../report/runTimes";
import type { AnnounceRun } from "../announcement";
import { accountEvent } from "../accountEvent";
import type { DeliverReport } from "../delivery";
import { RunError } from "../errors";
import type { ImportFindings } from "../findingsImport";
import { finishRun } from "../finishRun";
import { Gate } from "../gate";
import { GoneAccounts } from "../goneAccounts";
import type { ManifestSigner } from "../manifestSignature";
import { ReportArchive } from "../reportArchive";
import type { RunSummary } from "../settings";
import { intact, type Store } from "../store";
import type { Ending } from "../writeRun";
import { sumOf } from "./effort";
import { PledgedStore } from "./pledgedStore";
import { settle } from "./settle";
import type { FinishEvent } from "./steps";
import type { StepSurroundings } from "./stepSurroundings";
import { workKeys, type Plan } from "./workObjects";
import type { WorkStore } from "./workStore";

/** What finishing a run needs beside what every step does. */
export interface FinishSurroundings extends StepSurroundings {
  store: Store;
  /** Signs the manifest; by default it is not signed. */
  sign?: ManifestSigner | undefined;
  /** Announces the run once the evidence stands; by default nobody hears of it. */
  announce?: AnnounceRun | undefined;
  /** Imports the run's findings into Security Hub, after all else; by default none are. */
  importFindings?: ImportFindings | undefined;
  /** Delivers the run's report, by way of the store that it is given; by default none is delivered. */
  delivering?: ((store: Store) => { deliver?: DeliverReport }) | undefined;
}

/** Raw reports read back at the same time: each is in memory as long. */
const READ_AT_ONCE = 32;

const REMEDY =
  "Check that bucket and key exist and let the collector's role use them, then redrive the execution: it finishes the run with what " +
  "was collected";

/**
 * Writes what a run leaves, by the very code that ends a run in one process: it reads back how every account ended and the raw reports.
 * It may be repeated, after whatever it came to: attempts agree by work objects on what the manifest says, so the second leaves what
 * the first would have left, and an attempt after one that ended answers what that one answered.
 *
 * @throws {RunError} if something of the run cannot be read or written, or a newer run has its manifest already.
 */
export async function finishBatches({ runId }: FinishEvent, around: FinishSurroundings): Promise<RunSummary> {
  const { work, store, clients, clock, log, sign, announce, delivering, importFindings } = around;
  const [callsBefore, throttledBefore] = [clients.calls(), clients.throttled()];
  const { plan, before } = await begun(runId, work);
  if (before.has(workKeys.summary(runId))) return work.read<RunSummary>(workKeys.summary(runId));
  const superseded = await isSuperseded(runId, store, clock.now());
  const archive = await ReportArchive.open();
  try {
    const settledBefore = before.has(workKeys.settled(runId));
    const settled = await settle(plan, work, new GoneAccounts(clients.organizations), settledBefore).catch(
      (error: unknown) => {
        throw RunError.because(`The results of run ${runId} cannot be read from ${work.place}`, REMEDY, error);
      },
    );
    for (const record of plan.outOfScope) log(accountEvent(runId, record));
    await readBack(
      runId,
      settled.records.filter((record) => record.state === "collected"),
      work,
      archive,
    );
    const earlier = sumOf([plan, settled.effort]);
    const pledged = new PledgedStore(store, work, runId);
    const summary = await finishRun({
      runId,
      startedAt: plan.startedAt,
      listing: plan,
      records: settled.records,
      archive,
      store: pledged,
      thresholds: plan.thresholds,
      clock,
      log,
      sign,
      announce,
      ...delivering?.(pledged),
      importFindings,
      apiCalls: () => earlier.apiCalls + clients.calls() - callsBefore,
      throttledCalls: () => earlier.throttledCalls + clients.throttled() - throttledBefore,
      settleEnding: (proposed) => agreed(workKeys.ending(runId), proposed, work),
      superseded,
    });
    await work.create(workKeys.summary(runId), summary);
    return summary;
  } finally {
    await archive.close();
  }
}

/** The plan of a run, and which objects earlier attempts to finish it left. */
async function begun(runId: string, work: WorkStore): Promise<{ plan: Plan; before: Set<string> }> {
  try {
    const plan = await work.read<Plan>(workKeys.plan(runId));
    return { plan, before: new Set(await work.list(workKeys.finish(runId))) };
  } catch (error) {
    throw RunError.because(`The plan of run ${runId} cannot be read from ${work.place}`, REMEDY, error);
  }
}

/**
 * Whether a newer run is complete. One that is dated ahead of time is nobody's run, and would keep every other from its end.
 *
 * @throws {RunError} if a newer run has its manifest and this one has none yet: the chain of manifests would not pass through it.
 */
async function isSuperseded(runId: string, store: Store, now: number): Promise<boolean> {
  const newer: Pick<Manifest, "runId" | "complete">[] = [];
  for (const id of await store.runIds(runId)) {
    const bytes = isAhead(id, now) ? undefined : await store.manifest(id);
    if (bytes) newer.push(JSON.parse(Buffer.from(bytes).toString("utf8")) as Manifest);
  }
  const [first] = newer;
  if (first && !(await store.manifest(runId))) {
    throw new RunError(
      "RunSuperseded",
      `Run ${first.runId} is newer than run ${runId} and has its manifest, so that the chain of manifests cannot take in this one any more`,
      "Nothing is to be done: the newer run has newer evidence. If that one lacks accounts, start a run",
    );
  }
  return newer.some(({ complete }) => complete);
}

/** Reads the raw reports of the accounts that were collected into the archive, and checks each against its record. */
async function readBack(
  runId: string,
  records: readonly CollectedAccount[],
  work: WorkStore,
  archive: ReportArchive,
): Promise<void> {
  const gate = new Gate(READ_AT_ONCE);
  const one = async ({ accountId, raw }: CollectedAccount): Promise<void> => {
    const { fetched } = await work.readRaw(runId, accountId);
    const bytes = intact(raw, fetched.bytes);
    await archive.add(accountId, bytes, parseCredentialReport(bytes, accountId).columns);
  };
  try {
    await Promise.all(records.map((record) => gate.run(() => one(record))));
  } catch (error) {
    throw RunError.because(`The raw reports of run ${runId} cannot be read from ${work.place}`, REMEDY, error);
  }
}

/** What this attempt proposes, or what an earlier one has agreed on. */
async function agreed(key: string, proposed: Ending, work: WorkStore): Promise<Ending> {
  return (await work.create(key, proposed)) ? proposed : work.read<Ending>(key);
}
