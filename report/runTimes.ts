import type { EvidenceObject } from "./manifest";
import type { ManifestFacts } from "./manifestChain";
import type { Difference, ListedObject } from "./verification";

/**
 * Judges whether a run was written when it says that it was. S3 says of each object when it was put, and nobody can choose that: whoever
 * forges a run of an earlier night, or writes an old one anew, does so today. Pure: times are handed in.
 */

/** How far the clocks of the collector, of S3 and of whoever verifies may be apart. Milliseconds. */
const CLOCKS_APART_MS = 5 * 60_000;

/** A manifest stands that long after the end that it names, at most: the last step of a run may be tried again. Milliseconds. */
const WRITTEN_WITHIN_MS = 3600_000;

/** The longest that a run can go on: an execution that failed may be taken up again for 14 days. Milliseconds. */
export const LONGEST_RUN_MS = 15 * 24 * 3600_000;

/** When a run began, to the second, as its id says, in milliseconds since 1970; undefined for what is no run id. */
export function beginningOf(runId: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{6}$/.exec(runId);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * What is wrong with the times that the manifests name: a run that began at another time than its id says, ended before it began or in the
 * future, or went on when the next had begun.
 *
 * @param now milliseconds since 1970
 */
export function judgeManifestTimes(manifests: readonly ManifestFacts[], now: number): Difference[] {
  const readable = manifests.filter(({ problem }) => problem === undefined);
  const ascending = [...readable].sort((a, b) => (a.runId < b.runId ? -1 : 1));
  return ascending.flatMap((facts, index): Difference[] => {
    const { runId, key, startedAt, finishedAt } = facts;
    const differ = (meaning: string, expected: string, found: string): Difference[] => [
      { kind: "time", key, runId, expected, found, meaning },
    ];
    const began = beginningOf(runId);
    const [started, finished] = [Date.parse(startedAt), Date.parse(finishedAt)];
    // earlier versions took the time once more when the run had been let in, and so a little after that of its id
    const fits = began !== undefined && started >= began && started <= began + CLOCKS_APART_MS;
    if (!fits || Number.isNaN(finished)) {
      const expected = began === undefined ? "a run id" : `begun at ${iso(began)}`;
      return differ("The manifest's times are not those of its run id: no collector wrote it", expected, startedAt);
    }
    if (began > now + CLOCKS_APART_MS) return [aheadOfTime(key, runId, now)];
    if (finished < started || finished > now + CLOCKS_APART_MS) {
      const meaning = "The manifest says that the run ended before it began, or in the future: no collector wrote it";
      return differ(meaning, `between ${startedAt} and ${iso(now)}`, finishedAt);
    }
    const next = beginningOf(ascending[index + 1]?.runId ?? "");
    if (next === undefined || finished <= next + CLOCKS_APART_MS) return [];
    const meaning =
      "The manifest says that the run ended after the next one had begun, and there is one at a time: it was written anew later, or an " +
      "execution was redriven while another run went on. Compare its SHA-256 with the one that was told when the run ended";
    return differ(meaning, `ended by ${iso(next)}`, finishedAt);
  });
}

/** Times at which the objects of a run can have been put. */
interface RunTimes {
  runId: string;
  began: number;
  /** When the last object can have been put. */
  over: number;
}

/** The times of a run by its manifest; undefined where the manifest names none that are times. */
export function timesOf({ runId, finishedAt, problem }: ManifestFacts): RunTimes | undefined {
  const began = beginningOf(runId);
  const finished = Date.parse(finishedAt);
  if (problem !== undefined || began === undefined || Number.isNaN(finished)) return undefined;
  return { runId, began, over: finished + WRITTEN_WITHIN_MS };
}

/**
 * Objects that were put when their run was not going on, as far as the bucket tells when that was.
 *
 * @param listed what lies in the places of the run
 * @param objects keys of what the run puts itself
 */
export function judgeWritten(
  times: RunTimes,
  listed: readonly ListedObject[],
  objects: ReadonlySet<EvidenceObject["key"]>,
): Difference[] {
  const { runId, began, over } = times;
  return listed.flatMap(({ key, writtenAt, deleted }): Difference[] => {
    if (writtenAt === undefined || deleted || !objects.has(key)) return [];
    if (writtenAt >= began - CLOCKS_APART_MS && writtenAt <= over) return [];
    const meaning =
      writtenAt < began
        ? "It was put before its run began, so the run is dated ahead and no collector wrote it: look in CloudTrail for who did"
        : "It was put long after its run had ended: the run is dated back, or it was written anew and older versions were removed. Do not " +
          "rely on it; look in CloudTrail for who did it, and compare the manifest's SHA-256 with the one that was told when the run ended";
    return [{ kind: "time", key, runId, expected: `put by ${iso(over)}`, found: `put at ${iso(writtenAt)}`, meaning }];
  });
}

/** A run that is dated ahead of time, whether it has a manifest or not. */
export function aheadOfTime(key: string, runId: string, now: number): Difference {
  const meaning =
    "The run is dated ahead of time, so no collector wrote it, and it stands before every run that comes: find out who put it there. Name " +
    "another run with --run until it is gone";
  return { kind: "time", key, runId, expected: `begun by ${iso(now)}`, found: runId, meaning };
}

/** Whether a run of that id lies ahead of time. */
export function isAhead(runId: string, now: number): boolean {
  return (beginningOf(runId) ?? 0) > now + CLOCKS_APART_MS;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
