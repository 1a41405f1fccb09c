import type { Summary } from "../summary";
import type { AssessedRow } from "./firstRows";
import { rowsAddress } from "./links";
import type { ControlWords } from "./marks";
import { renderFrame, renderLines, type LineTable } from "./table";
import { counted, escape, grouped } from "./text";
import { renderUserRow, USER_COLUMNS } from "./userRow";

/** The sections of the tables. Searches show up once the script has unpacked the rows. */

/** All listed accounts. */
export function accountsSection(summary: Summary, table: LineTable, location: string): string {
  return `<section id="accounts" aria-labelledby="accounts-title">
<h2 id="accounts-title" tabindex="-1">Accounts</h2>
${accountsWithoutUsers(summary)}
<search id="accounts-search" aria-label="Accounts" hidden><label>Search accounts<input type="search" id="accounts-q" placeholder="Name, id or organizational unit"></label>
${choice("accounts", "ou", "Organizational unit", "All units")}
${choice("accounts", "state", "State", "Any state")}
${clearButton("accounts")}</search>
${renderLines(table, location)}
</section>`;
}

const NAMED_ACCOUNTS = 20;

function accountsWithoutUsers({ accountsWithoutUsers: empty, coverage }: Summary): string {
  if (coverage.counts.collected === 0) return "";
  if (empty.length === 0) return `<p>Every collected account has IAM users.</p>`;
  const names = empty
    .slice(0, NAMED_ACCOUNTS)
    .map(({ accountId, accountName }) => `<a href="#${escape(rowsAddress({ accountId }))}">${escape(accountName)}</a>`);
  const rest = empty.length - names.length;
  const list = `${names.join(", ")}${rest > 0 ? ` and ${grouped(rest)} more` : ""}`;
  return `<p>${counted(empty.length, "collected account has", "collected accounts have")} no IAM users: ${list}.</p>`;
}

/** Totals of the organizational units. */
export function unitsSection(table: LineTable, location: string): string {
  return `<section id="units" aria-labelledby="units-title">
<h2 id="units-title" tabindex="-1">Organizational units</h2>
<p>${table.lines.length === 0 ? "No account is in an organizational unit." : "Totals of each unit and of all units below it."}</p>
<search id="units-search" aria-label="Organizational units" hidden><label>Search units<input type="search" id="units-q" placeholder="Name"></label>
${clearButton("units")}</search>
${renderLines(table, location)}
</section>`;
}

/** A filter; the script adds what can be chosen. */
function choice(table: string, name: string, label: string, all: string): string {
  return `<label>${label}<select id="${table}-${name}"><option value="">${all}</option></select></label>`;
}

function clearButton(table: string): string {
  return `<button type="button" id="${table}-clear">Clear filters</button>`;
}

/** Names of the filters' choices that the script adds, by the id of their element. */
const CHOICES = [
  ["account", "Account", "All accounts"],
  ["ou", "Organizational unit", "All units"],
  ["control", "Control", "Any control"],
  ["state", "State", "Any state"],
  ["show", "Show", "All rows"],
] as const;

/** All users, those first that draw most attention. */
export function usersSection(
  first: readonly AssessedRow[],
  total: number,
  words: ReadonlyMap<string, ControlWords>,
  location: string,
): string {
  const choices = CHOICES.map(([name, label, all]) => choice("users", name, label, all));
  const frame = renderFrame({
    id: "users",
    caption: "Users of the collected accounts, root users included",
    columns: USER_COLUMNS,
    first: first.map((row) => renderUserRow(row, words)),
    total,
    location,
  });
  return `<section id="users" aria-labelledby="users-title">
<h2 id="users-title" tabindex="-1">Users</h2>
<p>One row for each IAM user and each root user; first those that draw most attention, by the severity of the controls that fail. Open
the marks of a row to see the cells that prove them. Days and ages are as of each account's own report; dates are in UTC.</p>
<search id="users-search" aria-label="Users" hidden>
<label>Search users<input type="search" id="users-q" placeholder="User, account or date"></label>
${choices.join("\n")}
${clearButton("users")}
</search>
${frame}
</section>`;
}
