import { countAccounts, type Manifest } from "./manifest";
import type { CredentialRow } from "./rows";

/** Counts the rows of a consolidated CSV by what the manifest says of them. */
export class RowCensus {
  private rows = 0;
  private readonly byAccount = new Map<string, number>();
  private readonly byRun = new Map<string, number>();

  add({ accountId, runId }: Pick<CredentialRow, "accountId" | "runId">): void {
    this.rows += 1;
    this.byAccount.set(accountId, (this.byAccount.get(accountId) ?? 0) + 1);
    this.byRun.set(runId, (this.byRun.get(runId) ?? 0) + 1);
  }

  /**
   * Where the manifest of a run and the rows of its consolidated CSV contradict each other: one sentence each, none for an
   * intact run. A page that shows one next to the other must not be read as evidence.
   */
  contradictions(manifest: Manifest): string[] {
    return [...inManifest(manifest), ...this.withManifest(manifest)];
  }

  private *withManifest(manifest: Manifest): Generator<string> {
    if (manifest.rows !== this.rows) {
      yield `The manifest counts ${manifest.rows} rows, the consolidated CSV has ${this.rows}.`;
    }
    const collected = new Set<string>();
    for (const account of manifest.accounts) {
      if (account.state !== "collected") continue;
      collected.add(account.accountId);
      const present = this.byAccount.get(account.accountId) ?? 0;
      if (present !== account.rows) {
        yield `Account ${account.accountId} has ${account.rows} rows by the manifest, ${present} in the consolidated CSV.`;
      }
    }
    for (const accountId of this.byAccount.keys()) {
      if (!collected.has(accountId)) {
        yield `Account ${accountId} has rows in the consolidated CSV, but the manifest does not call it collected.`;
      }
    }
    const foreign = this.rows - (this.byRun.get(manifest.runId) ?? 0);
    if (foreign > 0) yield `Rows of another run than ${manifest.runId} stand in the consolidated CSV: ${foreign}.`;
  }
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
