import type { Assessment } from "./assessment";
import type { CredentialRow } from "./rows";

/**
 * Makes a text of a run's rows, one row after the other, so that the memory it takes does not grow with the run: what is
 * returned is written at once. `begin`, then `add` for every row in file order, then `end`.
 */
export interface RowWriter {
  begin(): string;
  /** @param assessments The row held against its controls, as `assess` gives them. */
  add(row: CredentialRow, assessments: readonly Assessment[]): string;
  end(): string;
}
