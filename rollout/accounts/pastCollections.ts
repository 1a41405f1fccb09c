import type { AccountRecord, Manifest } from "../../report/manifest";
import { messageOf, RolloutError } from "../errors";
import { readManifest, unreadableEvidence, type Evidence } from "../evidence/evidence";

/** When an account was last collected. */
export type AccountHistory =
  /** In the newest run. */
  | ({ state: "newest" } & Collection)
  /** In an earlier run; `newestRun` says why not in the newest. */
  | ({ state: "earlier"; newestRun: string } & Collection)
  /** In none of the runs that were read, and there are older ones. */
  | { state: "notLately"; newestRun: string }
  /** In no run. */
  | { state: "never"; newestRun: string | null }
  /** The notes say why. */
  | { state: "unknown" };

/** One account in one run. */
export interface Collection {
  runId: string;
  /** When AWS made the report, ISO 8601 in UTC. */
  reportGeneratedTime: string;
}

/** The newest runs, as far as they say when accounts were collected. */
export interface PastCollections {
  /** The newest run with a manifest; null where there is none or it is not known. */
  newestRun: Pick<Manifest, "runId" | "finishedAt" | "complete"> | null;
  /** Manifests that were read. */
  runsRead: number;
  /** Why nothing is known, or what could not be read, in words. */
  notes: string[];
  of(accountId: string): AccountHistory;
}

/** Nights that are looked back. */
const MOST_RUNS = 30;

/** Where the manifests cannot be read: every account's history is unknown. */
export function unknownPast(why: string): PastCollections {
  return { newestRun: null, runsRead: 0, notes: [why], of: () => ({ state: "unknown" }) };
}

/**
 * Reads manifests, the newest first, until all these accounts are met as collected, and thirty at most.
 *
 * @param inScope Accounts that are looked for.
 * @throws RolloutError if the evidence cannot be read
 */
export async function readPast(
  evidence: Evidence,
  inScope: readonly string[],
  { signal, onRun }: { signal?: AbortSignal; onRun?: (read: number) => void } = {},
): Promise<PastCollections> {
  const wanted = new Set(inScope);
  const collected = new Map<string, Collection>();
  const notes: string[] = [];
  let newest: Manifest | undefined;
  let runsRead = 0;
  let ids: string[];
  try {
    ids = (await evidence.runIds()).reverse();
  } catch (cause) {
    throw unreadableEvidence(evidence.place, cause);
  }
  let tried = 0;
  while (tried < ids.length && runsRead < MOST_RUNS && wanted.size > 0) {
    signal?.throwIfAborted();
    const runId = ids[tried++] ?? "";
    const manifest = await manifestOf(evidence, runId, notes);
    if (!manifest) continue;
    runsRead += 1;
    onRun?.(runsRead);
    newest ??= manifest;
    for (const account of manifest.accounts) {
      if (account.state !== "collected" || collected.has(account.accountId)) continue;
      collected.set(account.accountId, { runId, reportGeneratedTime: account.reportGeneratedTime });
      wanted.delete(account.accountId);
    }
  }
  const all = tried === ids.length;
  const records = new Map(newest?.accounts.map((account) => [account.accountId, account]));
  return {
    newestRun: newest ? { runId: newest.runId, finishedAt: newest.finishedAt, complete: newest.complete } : null,
    runsRead,
    notes,
    of: (accountId) => {
      const found = collected.get(accountId);
      const newestRun = newest ? inNewest(records.get(accountId)) : null;
      if (found?.runId === newest?.runId && found) return { state: "newest", ...found };
      if (found) return { state: "earlier", ...found, newestRun: newestRun ?? "" };
      // an account that nobody looked for may be in older runs
      return all || newestRun === null ? { state: "never", newestRun } : { state: "notLately", newestRun };
    },
  };
}

/** The manifest of a run; undefined where it left none, or one that is of no use, which is noted. */
async function manifestOf(evidence: Evidence, runId: string, notes: string[]): Promise<Manifest | undefined> {
  try {
    return (await readManifest(evidence, runId))?.manifest;
  } catch (error) {
    if (!(error instanceof RolloutError || error instanceof SyntaxError))
      throw unreadableEvidence(evidence.place, error);
    notes.push(`run ${runId} is left out: ${messageOf(error)}`);
    return undefined;
  }
}

/** Why an account is not collected in a run. */
function inNewest(record: AccountRecord | undefined): string {
  switch (record?.state) {
    case undefined:
      return "was not listed";
    case "outOfScope":
      return `was out of scope: ${record.reason}`;
    case "notCollected":
      return `${record.step}: ${record.code}: ${record.message}`;
    case "collected":
      return "";
  }
}
