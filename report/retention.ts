import { beginningOf } from "./runTimes";

/**
 * When the bucket's life cycle may have taken an object away. Pure: the days and the time are handed in.
 *
 * The days are those of the configuration, which is reviewed, and not those of the bucket: whoever shortens the bucket's life cycle to
 * be rid of evidence is not excused by what he set.
 */

/** What has days of its own. */
export type RetainedKind = "raw" | "consolidated" | "other";

/** Days after which objects expire, by kind; 0 is never. */
export type RetentionDays = Readonly<Record<RetainedKind, number>>;

/** What is kept how long, held against a time. */
export interface Retention {
  days: RetentionDays;
  /** Milliseconds since 1970. */
  now: number;
}

const DAY_MS = 24 * 3600_000;

/** The days of each kind: one that has none of its own is kept as everything else is. */
export function retentionDaysOf(settings: {
  retentionDays: number;
  rawRetentionDays: number;
  consolidatedRetentionDays: number;
}): RetentionDays {
  const { retentionDays: other, rawRetentionDays, consolidatedRetentionDays } = settings;
  return { raw: rawRetentionDays || other, consolidated: consolidatedRetentionDays || other, other };
}

/** Of which kind an object of a run is. What stands in another run's place is of no kind that goes earlier. */
export function retainedKind(runId: string, key: string): RetainedKind {
  if (key.startsWith(`runs/${runId}/raw/`)) return "raw";
  const isConsolidated = /^(credentials|credentials_typed|findings)\//.test(key) && key.includes(`/run=${runId}/`);
  return isConsolidated ? "consolidated" : "other";
}

/**
 * The first moment at which the life cycle can have removed an object of a run, in milliseconds since 1970; undefined where it never
 * does. S3 counts from when the object came into being, which is never before the run began, and waits for the next midnight.
 */
export function expiryOf({ days }: Retention, runId: string, key: string): number | undefined {
  const period = days[retainedKind(runId, key)];
  const began = beginningOf(runId);
  return period === 0 || began === undefined ? undefined : began + period * DAY_MS;
}

/**
 * Whether an object that is not there can have been removed by the life cycle.
 *
 * @param deletedAt When it was deleted, as its versions say: before its time, that was somebody else. Milliseconds since 1970.
 */
export function hasExpired(
  retention: Retention | undefined,
  runId: string,
  key: string,
  deletedAt: number | undefined,
): boolean {
  if (!retention) return false;
  const expiry = expiryOf(retention, runId, key);
  return expiry !== undefined && expiry <= retention.now && !(deletedAt !== undefined && deletedAt < expiry);
}
