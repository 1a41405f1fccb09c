import { accountRows } from "./accountRows";
import { CHANGE_KINDS, type Change, type ChangeKind } from "./change";
import type { Thresholds } from "../controls";
import type { AccountRecord, Manifest } from "../manifest";
import type { CredentialRow } from "../rows";
import { changesOfUsers } from "./userChanges";

export { CHANGE_KINDS, type Change, type ChangeKind } from "./change";

/** A run that is compared. */
export interface ComparedRun {
  runId: string;
  /** ISO 8601 in UTC. */
  finishedAt: string;
  /** Every account in scope was collected; what was not collected shows no change. */
  complete: boolean;
}

/** What changed from one run to another. */
export interface Difference {
  from: ComparedRun;
  to: ComparedRun;
  counts: Record<ChangeKind, number>;
  /** In order of account id; within an account in the order of the newer run's rows, then those who were removed. */
  changes: Change[];
}

/** A run as it is compared: its manifest and its rows. */
export interface RunRows {
  manifest: Manifest;
  /** In file order, which is the order of account ids. Read once, and only an account's rows are held at a time. */
  rows: Iterable<CredentialRow>;
}

/**
 * What changed between two runs, account by account.
 *
 * - An account that is collected in only one of them entered or left coverage. Nothing is said of its users and its findings:
 *   they may have been there before, or be there still.
 * - Users are the same if name and creation time are; a user whose creation time alone is found again, and that of one
 *   user only, was renamed; one whose name alone is found again was recreated, and is another person or machine.
 * - An access key that got another rotation date in its slot was rotated; one that was deleted and made anew in the same slot
 *   looks the same. To activate or deactivate a key leaves its rotation date alone.
 * - A cell that says neither yes nor no is no change, whatever it was before.
 * - A finding is opened where a control fails that did not before, and closed where it no longer does: by what somebody
 *   did, by the days that passed, or because the report no longer says enough (`after` tells which). Findings are of names, as ARNs
 *   are: who was recreated takes over those of the name. Both runs are held against the same thresholds.
 *
 * @throws {RunRowsError} if the rows of a run are not those that its manifest tells of, in its order
 */
export function differenceOf(before: RunRows, after: RunRows, thresholds: Thresholds): Difference {
  const older = byId(before.manifest);
  const newer = byId(after.manifest);
  const olderRows = accountRows(before.manifest, before.rows);
  const newerRows = accountRows(after.manifest, after.rows);
  const changes: Change[] = [];
  for (const accountId of [...new Set([...older.keys(), ...newer.keys()])].sort()) {
    const was = older.get(accountId);
    const is = newer.get(accountId);
    const { accountName = "", ouPath = "" } = is ?? was ?? {};
    const wasCollected = was?.state === "collected";
    const isCollected = is?.state === "collected";
    if (wasCollected && isCollected) {
      for (const change of changesOfUsers(olderRows.take(was), newerRows.take(is), thresholds)) {
        const { kind, user, control, before, after } = change;
        changes.push({ kind, accountId, accountName, ouPath, user, control, before, after });
      }
    } else if (wasCollected || isCollected) {
      if (wasCollected) olderRows.pass(was);
      if (isCollected) newerRows.pass(is);
      changes.push({
        ...{ kind: isCollected ? "accountEntered" : "accountLeft", accountId, accountName, ouPath },
        ...{ user: null, control: null, before: stateOf(was), after: stateOf(is) },
      });
    }
  }
  olderRows.end();
  newerRows.end();
  return { from: comparedRun(before.manifest), to: comparedRun(after.manifest), counts: countKinds(changes), changes };
}

/** How many changes there are of each kind, kinds without any included. */
export function countKinds(changes: Iterable<Pick<Change, "kind">>): Record<ChangeKind, number> {
  const counts = Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, 0])) as Record<ChangeKind, number>;
  for (const { kind } of changes) counts[kind] += 1;
  return counts;
}

function byId({ accounts }: Manifest): ReadonlyMap<string, AccountRecord> {
  return new Map(accounts.map((account) => [account.accountId, account]));
}

function comparedRun({ runId, finishedAt, complete }: Manifest): ComparedRun {
  return { runId, finishedAt, complete };
}

/** The state of an account in a run, with the reason. */
function stateOf(account: AccountRecord | undefined): string {
  switch (account?.state) {
    case "collected":
      return "collected";
    case "notCollected":
      return `not collected: ${account.code} at ${account.step}`;
    case "outOfScope":
      return `out of scope: ${account.reason}`;
    case undefined:
      return "not listed";
  }
}
