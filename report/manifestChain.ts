import type { Difference } from "./verification";

/**
 * Judges the chain of manifests: each names the one before it with its SHA-256, so that whoever alters or removes an old run has
 * to alter every newer one as well. Pure: what was read is handed in.
 */

/** What the chain needs of a manifest. */
export interface ManifestFacts {
  runId: string;
  key: string;
  /** Of the bytes as they were found. */
  sha256: string;
  bytes: number;
  complete: boolean;
  startedAt: string;
  finishedAt: string;
  previous: { runId: string; key: string; sha256: string } | null;
  /** Why it cannot be read as a manifest, in words; the fields above it then say nothing. */
  problem?: string;
}

/** What was read of the pointer to the newest complete run. */
export interface LatestFacts {
  runId: unknown;
  manifestKey: unknown;
  manifestSha256: unknown;
}

/** How the chain ended, and what is wrong with it. */
export interface ChainVerdict {
  differences: Difference[];
  /** Ids of the runs in the chain, newest first. */
  runIds: string[];
  /** `first`: at the first run of all; `expired`: the runs before it have expired; `broken`: see the differences. */
  end: "first" | "expired" | "broken";
  /** With `expired`: the run that the last manifest names and that has expired. */
  expired?: string;
}

/**
 * Follows the chain from the newest manifest to the first.
 *
 * After a break it goes on with the newest older manifest, so that one break hides no other.
 *
 * @param mayHaveExpired whether a run of that id may have been removed by the bucket's life cycle
 */
export function judgeChain(
  manifests: readonly ManifestFacts[],
  mayHaveExpired: (runId: string) => boolean = () => false,
): ChainVerdict {
  const descending = [...manifests].sort((a, b) => (a.runId < b.runId ? 1 : -1));
  const byId = new Map(descending.map((facts) => [facts.runId, facts]));
  const differences: Difference[] = [];
  const seen = new Set<string>();
  let end = "first" as ChainVerdict["end"];
  let expired: string | undefined;
  const resume = (before: string): ManifestFacts | undefined => {
    end = "broken";
    return descending.find(({ runId }) => runId < before);
  };
  let current = descending[0];
  while (current) {
    const { runId, key, previous, problem } = current;
    seen.add(runId);
    if (problem !== undefined) {
      differences.push(unreadable(current, problem));
      current = resume(runId);
      continue;
    }
    if (!previous) break;
    if (!(previous.runId < runId)) {
      differences.push({
        kind: "chain",
        key,
        runId,
        found: previous.runId,
        meaning: "The manifest names a later run as the one before it, which no collector does: it was altered",
      });
      current = resume(runId);
      continue;
    }
    const next = byId.get(previous.runId);
    if (!next) {
      if (mayHaveExpired(previous.runId)) {
        expired = previous.runId;
        end = end === "broken" ? end : "expired";
        break;
      }
      differences.push({
        kind: "missing",
        key: previous.key,
        runId: previous.runId,
        expected: `SHA-256 ${previous.sha256}`,
        meaning: `The manifest of run ${runId} names it as the one before, and it is gone: restore it from an older version or a copy`,
      });
      current = resume(previous.runId);
      continue;
    }
    if (next.sha256 !== previous.sha256) {
      differences.push({
        kind: "altered",
        key: next.key,
        runId: next.runId,
        expected: `SHA-256 ${previous.sha256}`,
        found: `SHA-256 ${next.sha256}`,
        meaning:
          `The manifest of run ${runId} names it with another SHA-256: one of the two was altered since. ` +
          `Do not rely on the run until the right version is found`,
      });
    }
    current = next;
  }
  for (const { runId, key } of descending) {
    if (seen.has(runId)) continue;
    differences.push({
      kind: "chain",
      key,
      runId,
      meaning:
        "The run has a manifest, and the chain from the newest run does not pass through it: it was added later, the chain was cut, " +
        "or two runs went on at the same time. Nothing newer vouches for it",
    });
  }
  return { differences, runIds: [...seen], end, ...(expired !== undefined && { expired }) };
}

/** Manifests that were told of, and that are not there: neither truncation nor a newest run written anew shows in the chain itself. */
export function judgeExpected(told: readonly string[], manifests: readonly ManifestFacts[]): Difference[] {
  const there = new Set(manifests.map(({ sha256 }) => sha256));
  return told
    .filter((sha256) => !there.has(sha256.toLowerCase()))
    .map((sha256) => ({
      kind: "missing",
      key: "runs/",
      runId: null,
      expected: `a manifest with SHA-256 ${sha256}`,
      meaning:
        "No manifest has this SHA-256: since it was told, its run was removed with every trace, or written anew. Or it has expired, or is of " +
        "another bucket",
    }));
}

/** What is wrong with latest.json; `undefined` where there is none. */
export function judgePointer(
  key: string,
  latest: LatestFacts | undefined,
  manifests: readonly ManifestFacts[],
): Difference[] {
  const complete = manifests.filter((facts) => facts.problem === undefined && facts.complete);
  const newest = complete.reduce<ManifestFacts | undefined>(
    (best, facts) => (best && best.runId > facts.runId ? best : facts),
    undefined,
  );
  const difference = (meaning: string, found?: string): Difference[] => [
    {
      kind: "pointer",
      key,
      runId: newest?.runId ?? null,
      ...(newest ? { expected: `${newest.runId}, SHA-256 ${newest.sha256}` } : {}),
      ...(found === undefined ? {} : { found }),
      meaning: `${meaning}. It is a pointer, not evidence; the next complete run sets it right`,
    },
  ];
  if (!latest) {
    return newest
      ? difference("There is a complete run, and nothing points to it: its last step failed, or somebody removed it")
      : [];
  }
  const found = `${String(latest.runId)}, SHA-256 ${String(latest.manifestSha256)}`;
  const target = manifests.find(({ runId }) => runId === latest.runId);
  if (!target || target.key !== latest.manifestKey)
    return difference("It points to a manifest that is not there", found);
  if (target.sha256 !== latest.manifestSha256) {
    return difference("Its SHA-256 is not that of the manifest that it points to: one of the two was altered", found);
  }
  if (target.problem === undefined && !target.complete) return difference("It points to an incomplete run", found);
  if (newest && newest.runId !== target.runId) {
    return difference("It points to an older run: the newest failed in its last step, or somebody set it back", found);
  }
  return [];
}

function unreadable({ key, runId, sha256 }: ManifestFacts, problem: string): Difference {
  return {
    kind: "unreadable",
    key,
    runId,
    found: `SHA-256 ${sha256}`,
    meaning: `${problem}: it was altered, or written by a newer version of this project, which then has to verify it`,
  };
}
