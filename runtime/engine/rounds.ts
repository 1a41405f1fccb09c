import type { AccountRecord } from "../../report/manifest";
import { isQueueing } from "../credentialReport";
import { Gate } from "../gate";
import type { PendingAccount, Round } from "./workObjects";
import type { WorkStore } from "./workStore";

/** Rounds read at the same time. */
const READ_AT_ONCE = 16;

/** Reads rounds, in the order of their keys. */
export async function readRounds(work: Pick<WorkStore, "read">, keys: readonly string[]): Promise<Round[]> {
  const gate = new Gate(READ_AT_ONCE);
  return Promise.all([...keys].sort().map((key) => gate.run(() => work.read<Round>(key))));
}

/**
 * What some rounds together say of each account. Two rounds say something of the same account only where one was taken for dead and was
 * not: the report that one of them has, then counts, else what was said first.
 *
 * @param rounds In order.
 */
export function recordsOf(rounds: readonly Round[]): Map<string, AccountRecord> {
  const records = new Map<string, AccountRecord>();
  for (const record of rounds.flatMap((round) => round.records)) {
    const known = records.get(record.accountId);
    if (!known || (known.state !== "collected" && record.state === "collected")) records.set(record.accountId, record);
  }
  return records;
}

/** The first wait between two rounds, and the longest: while AWS makes reports, and while it takes no more of them. Seconds. */
const WAITS = { generating: { first: 10, most: 60 }, queueing: { first: 30, most: 90 } };

/**
 * How long to wait before the next round: twice as long after each, longer where AWS had no room, with jitter, so that batches which were
 * refused together do not come back together. Accounts that only had not had their turn are not waited for.
 *
 * @param pending Accounts that are not done.
 * @param round Number of the round that ended.
 * @param random At least 0 and below 1.
 * @returns Whole seconds, at least 1; 0 where nobody is pending.
 */
export function waitSeconds(pending: readonly PendingAccount[], round: number, random: number): number {
  if (pending.length === 0) return 0;
  const asked = pending.flatMap(({ waiting }) => (waiting ? [waiting] : []));
  if (asked.length === 0) return 1;
  const { first, most } = asked.some(isQueueing) ? WAITS.queueing : WAITS.generating;
  return Math.round(Math.min(most, first * 2 ** (round - 1)) * (0.75 + random / 2));
}
