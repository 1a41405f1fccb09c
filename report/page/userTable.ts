import { activeKeys, ageInDays, lastActivity } from "../ages";
import { ATTENTION_BITS, filterBits } from "../attention";
import type { DateCell, Flag } from "../cells";
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

/** The table of all users, those that draw most attention first, then in the order of the CSV. */
export function userTable(rows: readonly CredentialRow[], accountIndex: ReadonlyMap<string, number>): PagedTable {
  const drawn = rows.map((row) => userRow(row, accountIndex.get(row.accountId) ?? 0));
  drawn.sort((a, b) => bitCount(b[0] & ATTENTION_BITS) - bitCount(a[0] & ATTENTION_BITS));
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
    [ages.length === 0 ? null : Math.max(...ages), ...row.keys.filter(keyExists).map((key) => keyText(key, row))],
    dateText(lastActivity(row)),
  ];
}

/** A date cell in words: the day in UTC, or what the report says instead. */
export function dateText(cell: DateCell): string {
  switch (cell.kind) {
    case "date":
      return cell.at.slice(0, 10);
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

function keyText(key: AccessKey, row: CredentialRow): string {
  const days = ageInDays(key.lastRotated, row);
  const age = days === undefined ? "age not known" : counted(days, "day");
  const place = [key.service, key.region].filter((name) => name !== null).join(", ");
  const use =
    key.lastUsed.kind === "date"
      ? `used ${dateText(key.lastUsed)}${place ? ` (${visible(place)})` : ""}`
      : key.lastUsed.kind === "never"
        ? "never used"
        : "use not known";
  return `${key.number}: ${key.active === true ? "active" : "inactive"}, ${age}, ${use}`;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
