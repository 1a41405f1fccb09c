import { activeKeys, ageInDays, lastActivity } from "../ages";
import { ATTENTION_BITS, filterBits, ROW_FILTERS } from "../attention";
import { isoTime, type DateCell, type Flag } from "../cells";
import { keyExists, type AccessKey, type CredentialRow } from "../rows";
import { NOTHING, type PagedTable, type TableColumn, type TableRow } from "./table";
import { counted, visible } from "./text";

const COLUMNS: readonly TableColumn[] = [
  { label: "User", kind: "text", at: 2, heading: true },
  { label: "Account", kind: "account", at: 1 },
  { label: "Created", kind: "date", at: 3 },
  { label: "Password", kind: "text", at: 4 },
  { label: "MFA", kind: "text", at: 5 },
  { label: "Password last used", kind: "date", at: 6 },
  { label: "Access keys", kind: "lines", at: 7 },
  { label: "Last activity", kind: "date", at: 8 },
  { label: "Attention", kind: "marks", at: 0 },
];

/** The table of all users: root users that draw attention, then users by the number of their marks, then as in the CSV. */
export function userTable(rows: readonly CredentialRow[], accountIndex: ReadonlyMap<string, number>): PagedTable {
  const drawn = rows.map((row) => userRow(row, accountIndex.get(row.accountId) ?? 0));
  drawn.sort((a, b) => weight(b[0]) - weight(a[0]));
  return {
    id: "users",
    caption: "Users of the collected accounts, root users included",
    columns: COLUMNS,
    rows: drawn,
  };
}

function userRow(row: CredentialRow, account: number): TableRow {
  const ages = activeKeys(row).flatMap((key) => ageInDays(key.lastRotated, row) ?? []);
  return [
    filterBits(row),
    account,
    visible(row.user),
    dateText(row.created),
    flagText(row.passwordEnabled),
    flagText(row.mfaActive),
    dateText(row.passwordLastUsed),
    [ages.length === 0 ? null : Math.max(...ages), ...row.keys.filter(keyExists).flatMap((key) => keyLines(key, row))],
    dateText(lastActivity(row)),
  ];
}

/** A date cell in words: the day in UTC, or what the report says instead. */
export function dateText(cell: DateCell): string {
  switch (cell.kind) {
    case "date":
      return isoTime(cell.at).slice(0, 10);
    case "never":
      return "never";
    case "none":
      return NOTHING;
    case "unsupported":
      return "not reported";
    case "unknown":
      return "not known";
  }
}

/** A boolean cell in words. */
export function flagText(flag: Flag): string {
  if (typeof flag === "boolean") return flag ? "yes" : "no";
  return flag === "unsupported" ? "not reported" : "not known";
}

/** State and age of a key, and below it its last use. */
function keyLines(key: AccessKey, row: CredentialRow): [string, string] {
  const days = ageInDays(key.lastRotated, row);
  const age = days === undefined ? "age not known" : counted(days, "day");
  return [`${key.number}: ${key.active === true ? "active" : "inactive"}, ${age}`, keyUse(key)];
}

function keyUse({ lastUsed, service, region }: AccessKey): string {
  if (lastUsed.kind === "never") return "never used";
  if (lastUsed.kind !== "date") return "use not known";
  return ["used " + dateText(lastUsed), service, region]
    .filter((part) => part !== null)
    .map(visible)
    .join(", ");
}

const ROOT_BITS = ROW_FILTERS.reduce((bits, filter, n) => (filter.id.startsWith("root") ? bits | (1 << n) : bits), 0);

function weight(bits: number): number {
  const marks = bitCount(bits & ATTENTION_BITS);
  // More than any user can have: root can do everything.
  return marks > 0 && (bits & ROOT_BITS) !== 0 ? marks + 100 : marks;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
