import {
  consolidatedColumns,
  consolidatedHeader,
  consolidatedRows,
  type ConsolidatedAccount,
} from "../report/consolidated";
import type { CredentialReport } from "../report/credentialReport";

/** Gathers reports as they arrive, in any order, and gives them back as one CSV in order of account id. */
export interface Consolidation {
  add(account: ConsolidatedAccount, report: CredentialReport): Promise<void>;
  /** The consolidated CSV in pieces; nothing is added after this. */
  pieces(): AsyncIterable<string>;
}

/** Keeps all rows in memory until they are written. */
export function memoryConsolidation(): Consolidation {
  const parts: { account: ConsolidatedAccount; report: CredentialReport }[] = [];
  return {
    add: (account, report) => {
      parts.push({ account, report });
      return Promise.resolve();
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- in memory there is nothing to wait for; elsewhere there is
    pieces: async function* () {
      parts.sort((a, b) => (a.account.accountId < b.account.accountId ? -1 : 1));
      const columns = consolidatedColumns(parts.map(({ report }) => report.columns));
      yield consolidatedHeader(columns);
      for (const { account, report } of parts) yield consolidatedRows(columns, account, report);
    },
  };
}
