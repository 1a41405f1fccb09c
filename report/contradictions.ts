import { countAccounts, type Manifest } from "./manifest";
import type { CredentialRow } from "./rows";

/**
 * Where the manifest of a run and the rows of its consolidated CSV contradict each other: one sentence each, none for an
 * intact run. A page that shows one next to the other must not be read as evidence.
 */
export function contradictions(manifest: Manifest, rows: readonly CredentialRow[]): string[] {
  return [...inManifest(manifest), ...betweenManifestAndRows(manifest, rows)];
}

/** The rows of each account, in file order. */
export function groupByAccount(rows: readonly CredentialRow[]): Map<string, CredentialRow[]> {
  const byAccount = new Map<string, CredentialRow[]>();
  for (const row of rows) {
    const group = byAccount.get(row.accountId);
    if (group) group.push(row);
    else byAccount.set(row.accountId, [row]);
  }
  return byAccount;
}

function* inManifest(manifest: Manifest): Generator<string> {
  const counts = countAccounts(manifest.accounts);
  for (const name of ["listed", "inScope", "collected", "notCollected", "outOfScope"] as const) {
    if (counts[name] !== manifest.counts[name]) {
      yield `The manifest says ${name} is ${manifest.counts[name]}, but lists ${counts[name]} such accounts.`;
    }
  }
  if (manifest.complete && counts.notCollected > 0) {
    yield `The manifest calls the run complete, but lists ${counts.notCollected} accounts that were not collected.`;
  }
}

function* betweenManifestAndRows(manifest: Manifest, rows: readonly CredentialRow[]): Generator<string> {
  if (manifest.rows !== rows.length) {
    yield `The manifest counts ${manifest.rows} rows, the consolidated CSV has ${rows.length}.`;
  }
  const byAccount = groupByAccount(rows);
  const collected = new Set<string>();
  for (const account of manifest.accounts) {
    if (account.state !== "collected") continue;
    collected.add(account.accountId);
    const present = byAccount.get(account.accountId)?.length ?? 0;
    if (present !== account.rows) {
      yield `Account ${account.accountId} has ${account.rows} rows by the manifest, ${present} in the consolidated CSV.`;
    }
  }
  for (const accountId of byAccount.keys()) {
    if (!collected.has(accountId)) {
      yield `Account ${accountId} has rows in the consolidated CSV, but the manifest does not call it collected.`;
    }
  }
  const foreign = rows.filter((row) => row.runId !== manifest.runId).length;
  if (foreign > 0) yield `Rows of another run than ${manifest.runId} stand in the consolidated CSV: ${foreign}.`;
}
