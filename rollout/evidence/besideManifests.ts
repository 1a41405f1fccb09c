import type { ManifestFacts } from "../../report/manifestChain";
import { hasExpired, type Retention } from "../../report/retention";
import { aheadOfTime, beginningOf, isAhead, judgeWritten, LONGEST_RUN_MS, timesOf } from "../../report/runTimes";
import {
  extraObject,
  isEvidenceKey,
  unvouchedObject,
  type Difference,
  type ListedObject,
} from "../../report/verification";
import { keys } from "../../runtime/store";
import { inParallel } from "../inParallel";
import type { VerifiableEvidence } from "./evidence";
import type { ReadManifest } from "./manifestFacts";
import type { SignatureState } from "./verification";

/*
 * What lies in the bucket beside the manifests and what they name: runs that left none, rows that none vouches for, what was deleted.
 */

/** Objects, or manifests, read at the same time. */
export const PARALLEL = 8;

/** Folders of what is made of the raw reports, whether a manifest names something in them or not. */
const DATASETS = ["credentials", "credentials_typed", "findings"];

/** A manifest with what is known of it beside its bytes. */
export type Signed = Pick<ReadManifest, "facts"> & {
  signature: SignatureState;
  elsewhere: string[];
  writtenAt?: number;
};

/** When the manifests were deleted that others name and that are not there, by run, as far as the versions of the bucket say. */
export async function deletionsOf(
  evidence: VerifiableEvidence,
  manifests: readonly ManifestFacts[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const there = new Set(manifests.map(({ runId }) => runId));
  const gone = manifests.flatMap(({ previous }) => (previous && !there.has(previous.runId) ? [previous.runId] : []));
  const listed = await inParallel(gone, PARALLEL, signal, (runId) => evidence.list(keys.manifest(runId)));
  return new Map(
    gone.flatMap((runId, index) => {
      const found = listed[index]?.find(({ key }) => key === keys.manifest(runId));
      return found?.deletedAt === undefined ? [] : [[runId, found.deletedAt]];
    }),
  );
}

/** What lies in the places of these runs, below `runs/`. */
export async function listRuns(
  evidence: VerifiableEvidence,
  runIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, ListedObject[]>> {
  const listed = await inParallel(runIds, PARALLEL, signal, (runId) => evidence.list(`${keys.runs}${runId}/`));
  return new Map(runIds.map((runId, index) => [runId, listed[index] ?? []]));
}

/** When a manifest of a run that is not looked at in full was put. */
export function judgeManifest({ facts, writtenAt }: Signed): Difference[] {
  const times = timesOf(facts);
  if (!times || writtenAt === undefined) return [];
  return judgeWritten(times, [{ key: facts.key, writtenAt }], new Set([facts.key]));
}

/** Objects of runs without a manifest that were put when no run of that id can have gone on. */
export function misdated(runs: ReadonlyMap<string, readonly ListedObject[]>, now: number): Difference[] {
  return [...runs].flatMap(([runId, objects]) => {
    if (isAhead(runId, now)) return [aheadOfTime(`${keys.runs}${runId}`, runId, now)];
    const began = beginningOf(runId) ?? 0;
    return judgeWritten(
      { runId, began, over: began + LONGEST_RUN_MS },
      objects,
      new Set(objects.map(({ key }) => key)),
    );
  });
}

/** Runs whose manifest was there and was deleted, as the versions of the bucket say. */
export function deletedManifests(
  runs: ReadonlyMap<string, readonly ListedObject[]>,
  retention: Retention | undefined,
): Difference[] {
  const wasDeleted = (runId: string, { key, deleted, deletedAt }: ListedObject): boolean =>
    key === keys.manifest(runId) && deleted === true && !hasExpired(retention, runId, key, deletedAt);
  return [...runs]
    .filter(([runId, objects]) => objects.some((object) => wasDeleted(runId, object)))
    .map(([runId]) => ({
      kind: "missing",
      key: keys.manifest(runId),
      runId,
      meaning: "The run had a manifest, and it was deleted; an older version is kept: restore it and verify again",
    }));
}

/** The objects below the folders of datasets, by the run of their partition; "" for those of none. */
export async function listDatasets(
  evidence: VerifiableEvidence,
  manifests: readonly Signed[],
  signal: AbortSignal | undefined,
): Promise<Map<string, ListedObject[]>> {
  const named = manifests.flatMap(({ elsewhere }) => elsewhere.filter(isEvidenceKey));
  const folders = new Set([
    ...DATASETS,
    ...named.filter((key) => key.includes("/")).map((key) => key.slice(0, key.indexOf("/"))),
  ]);
  const byRun = new Map<string, ListedObject[]>();
  for (const listed of await inParallel([...folders], PARALLEL, signal, (folder) => evidence.list(`${folder}/`))) {
    for (const object of listed) {
      const runId = /\/run=([^/]+)\//.exec(object.key)?.[1] ?? "";
      const objects = byRun.get(runId);
      if (objects) objects.push(object);
      else byRun.set(runId, [object]);
    }
  }
  return byRun;
}

/** What lies among the datasets and no manifest names; runs that are checked in full judge their own. */
export function strayObjects(
  datasets: ReadonlyMap<string, readonly ListedObject[]>,
  manifests: readonly Signed[],
  checked: ReadonlySet<string>,
  goingOn: ReadonlySet<string>,
  died: ReadonlySet<string>,
): Difference[] {
  const byRun = new Map(manifests.map((manifest) => [manifest.facts.runId, manifest]));
  return [...datasets].flatMap(([runId, objects]) => {
    const manifest = byRun.get(runId);
    const judgedElsewhere = checked.has(runId) || goingOn.has(runId) || manifest?.facts.problem !== undefined;
    if (judgedElsewhere) return [];
    const named = new Set(manifest?.elsewhere);
    return objects
      .filter(({ key, deleted }) => !deleted && !named.has(key))
      .map(({ key }) => (died.has(runId) ? unvouchedObject(key, runId) : extraObject(key, manifest ? runId : null)));
  });
}
