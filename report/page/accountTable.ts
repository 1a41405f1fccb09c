import type { AccountSummary } from "../summary";
import { NOTHING, type PagedTable, type TableColumn, type TableRow } from "./table";
import { duration, visible } from "./text";
import { flagText } from "./userTable";

const COLUMNS: readonly TableColumn[] = [
  { label: "Account", kind: "account", at: 1, heading: true },
  { label: "Organizational unit", kind: "text", at: 2 },
  { label: "Users", kind: "number", at: 3 },
  { label: "With password", kind: "number", at: 4 },
  { label: "Of these, no MFA", kind: "number", at: 5, warn: true },
  { label: "Active keys", kind: "number", at: 6 },
  { label: "Oldest key, days", kind: "number", at: 7 },
  { label: "Root MFA", kind: "text", at: 8, warn: true },
  { label: "Report, age at end of run", kind: "lines", at: 9 },
];

const STATES = { collected: "collected", notCollected: "missing", outOfScope: "out of scope" };

/** The table of all listed accounts in the manifest's order; an account without a report in the run says so. */
export function accountTable(accounts: readonly AccountSummary[]): PagedTable {
  return { id: "accounts", caption: "All listed accounts", columns: COLUMNS, rows: accounts.map(accountRow) };
}

function accountRow({ record, figures }: AccountSummary, index: number): TableRow {
  const ou = visible(record.ouPath);
  if (figures === null) {
    return [0, index, ou, null, null, null, null, null, NOTHING, [null, STATES[record.state]]];
  }
  return [
    0,
    index,
    ou,
    figures.users,
    figures.console,
    figures.consoleWithoutMfa,
    figures.activeKeys,
    figures.oldestActiveKey,
    figures.rootMfa === "passwordRemoved" ? "no password" : flagText(figures.rootMfa),
    [figures.reportAge, duration(figures.reportAge)],
  ];
}
