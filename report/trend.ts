import type { ControlResults } from "./findings";
import type { AccountCounts, Manifest } from "./manifest";

/** What one run adds to a trend: all of it stands in the run's manifest. */
export interface TrendPoint {
  runId: string;
  /** ISO 8601 in UTC. */
  finishedAt: string;
  complete: boolean;
  counts: AccountCounts;
  /** Users of all collected accounts, root users included. */
  rows: number;
  /** Subjects by control and result; null for runs of versions that did not count them. */
  controls: ControlResults[] | null;
}

/** A run's point in a trend. */
export function trendPoint({ runId, finishedAt, complete, counts, rows, controls }: Manifest): TrendPoint {
  return { runId, finishedAt, complete, counts, rows, controls: controls?.results ?? null };
}
