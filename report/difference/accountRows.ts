import type { CollectedAccount, Manifest } from "../manifest";
import type { CredentialRow } from "../rows";

/** Rows that are not those that a run's manifest tells of, or not in its order. */
export class RunRowsError extends Error {
  override readonly name = "RunRowsError";
  constructor(
    readonly runId: string,
    /** The account whose rows were expected; null at the end of the file. */
    readonly accountId: string | null,
    problem: string,
  ) {
    super(
      `run ${runId}: ${problem}. Rows stand in order of account id, as many as the manifest counts: this file was altered or is of ` +
        "another run. Check that it is the credentials.csv of the run, unchanged (its SHA-256 is in the run's manifest).",
    );
  }
}

/** The rows of a run, an account at a time. */
export interface AccountRows {
  /** The rows of the account that comes next. */
  take(account: CollectedAccount): CredentialRow[];
  /** Passes over the rows of the account that comes next. */
  pass(account: CollectedAccount): void;
  /** After the last account: there must be no more rows. */
  end(): void;
}

/**
 * Reads a run's rows account by account, each once.
 *
 * Its methods throw {@link RunRowsError} where the rows are not those of the account that is asked for, as many as the manifest
 * counts.
 */
export function accountRows({ runId }: Manifest, rows: Iterable<CredentialRow>): AccountRows {
  const iterator: Iterator<CredentialRow, unknown> = rows[Symbol.iterator]();
  const read = (): CredentialRow | undefined => {
    const result = iterator.next();
    return result.done ? undefined : result.value;
  };
  let next = read();
  const visit = ({ accountId, rows: expected }: CollectedAccount, take: (row: CredentialRow) => void): void => {
    let found = 0;
    for (; next?.accountId === accountId; next = read()) {
      found += 1;
      take(next);
    }
    if (found === expected) return;
    const then = next ? `then come rows of account ${next.accountId}` : "then the file ends";
    throw new RunRowsError(
      runId,
      accountId,
      `account ${accountId} has ${found} rows where the manifest counts ${expected}, ${then}`,
    );
  };
  return {
    take(account) {
      const taken: CredentialRow[] = [];
      visit(account, (row) => taken.push(row));
      return taken;
    },
    pass: (account) => visit(account, () => undefined),
    end() {
      if (!next) return;
      throw new RunRowsError(
        runId,
        null,
        `after the last account that the manifest says was collected come rows of account ${next.accountId}`,
      );
    },
  };
}
