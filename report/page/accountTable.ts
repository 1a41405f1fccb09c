import type { CredentialFigures, RootMfa } from "../accountFigures";
import type { AccountSummary } from "../summary";
import type { UnitSummary } from "../units";
import { flagText, NOTHING } from "./cellCodes";
import { rowsAddress } from "./links";
import type { Cell, Line, LineTable, TableColumn } from "./table";
import { duration, visible } from "./text";

/** Figures that accounts and units share. */
const FIGURES: readonly TableColumn[] = [
  { label: "Users", kind: "count", selects: rowsAddress({ show: "users" }) },
  { label: "Fail a control", kind: "count", selects: rowsAddress({ state: "fail" }), warn: true },
  { label: "With password", kind: "count", selects: rowsAddress({ show: "console" }) },
  {
    label: "Of these, no MFA",
    kind: "count",
    selects: rowsAddress({ control: "console-mfa", state: "fail" }),
    warn: true,
  },
  { label: "With active key", kind: "count", selects: rowsAddress({ show: "key-active" }) },
  { label: "Oldest key, days", kind: "number" },
];

/** What became of an account, in words. */
const STATES = { collected: "collected", notCollected: "missing", outOfScope: "out of scope" } as const;

const ACCOUNT_COLUMNS: readonly TableColumn[] = [
  { label: "Account", kind: "account" },
  { label: "Organizational unit", kind: "path" },
  ...FIGURES,
  { label: "Root MFA", kind: "text", warn: true },
  { label: "Report, age at end of run", kind: "lines" },
];

/** The part of an address that selects the accounts of a state of {@link STATES}. */
export function accountsOf(state: (typeof STATES)[keyof typeof STATES]): string {
  return new URLSearchParams({ "accounts-state": state }).toString();
}

const UNIT_COLUMNS: readonly TableColumn[] = [
  { label: "Organizational unit", kind: "unit" },
  { label: "Accounts", kind: "accounts" },
  { label: "Collected", kind: "accounts", selects: `&${accountsOf("collected")}` },
  { label: "Missing", kind: "accounts", selects: `&${accountsOf("missing")}`, warn: true },
  ...FIGURES,
];

/** The table of all listed accounts in the manifest's order; an account without a report in the run says so. */
export function accountTable(accounts: readonly AccountSummary[]): LineTable {
  return { id: "accounts", caption: "All listed accounts", columns: ACCOUNT_COLUMNS, lines: accounts.map(accountLine) };
}

/** The table of organizational units, each with the totals of all below it. */
export function unitTable(units: readonly UnitSummary[]): LineTable {
  return {
    id: "units",
    caption: "Organizational units, each with all units below it",
    columns: UNIT_COLUMNS,
    lines: units.map(({ ouPath, listed, collected, notCollected, figures }): Line => [
      rowsAddress({ ouPath }),
      visible(ouPath),
      listed,
      collected,
      notCollected,
      ...figureCells(figures),
    ]),
  };
}

function accountLine({ record, figures }: AccountSummary): Line {
  const { accountId, accountName, ouPath } = record;
  return [
    rowsAddress({ accountId }),
    [null, visible(accountName), visible(accountId)],
    visible(ouPath),
    ...figureCells(figures),
    figures === null ? NOTHING : rootMfaText(figures.rootMfa),
    figures === null ? [null, STATES[record.state]] : [figures.reportAge, duration(figures.reportAge)],
  ];
}

function figureCells(figures: CredentialFigures | null): Cell[] {
  if (figures === null) return [null, null, null, null, null, null];
  const { users, failing, console, consoleWithoutMfa, withActiveKey, oldestActiveKey } = figures;
  return [users, failing, console, consoleWithoutMfa, withActiveKey, oldestActiveKey];
}

function rootMfaText(rootMfa: RootMfa): string {
  return rootMfa === "passwordRemoved" ? "no password" : flagText(rootMfa);
}
