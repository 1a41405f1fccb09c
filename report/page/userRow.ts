import { ageInDays, lastActivity } from "../ages";
import type { Assessment } from "../assessment";
import { provingColumns } from "../findings";
import { cellOf, keyExists, type AccessKey, type CredentialRow } from "../rows";
import { dateText, flagText, NOTHING } from "./cellCodes";
import type { AssessedRow } from "./firstRows";
import { rowsAddress } from "./links";
import { isMarked, type ControlWords } from "./marks";
import type { TableColumn } from "./table";
import { counted, escape } from "./text";

/** The columns of the table of users, in the order of {@link renderUserRow}. */
export const USER_COLUMNS: readonly TableColumn[] = [
  { label: "User", kind: "text" },
  { label: "Account", kind: "account" },
  { label: "Created", kind: "date" },
  { label: "Password", kind: "text" },
  { label: "MFA", kind: "text" },
  { label: "Password last used", kind: "date" },
  { label: "Access keys", kind: "lines" },
  { label: "Last activity", kind: "date" },
  { label: "Attention", kind: "marks" },
];

/** One user as HTML; the script of the page builds the same elements from the packed row. */
export function renderUserRow({ row, assessments }: AssessedRow, words: ReadonlyMap<string, ControlWords>): string {
  const account = `<a href="#${escape(rowsAddress({ accountId: row.accountId }))}">${escape(row.accountName)}</a><small>${escape(row.accountId)}</small>`;
  return (
    `<tr><th scope="row" class="text">${escape(row.user)}</th><td class="account">${account}</td>` +
    cell("date", dateText(row.created)) +
    cell("text", flagText(row.passwordEnabled)) +
    cell(row.mfaActive === false ? "text warn" : "text", flagText(row.mfaActive)) +
    cell("date", dateText(row.passwordLastUsed)) +
    `<td class="lines">${row.keys
      .filter(keyExists)
      .flatMap((key) => keyLines(key, row))
      .map((line) => `<span class="line">${escape(line)}</span>`)
      .join("")}</td>` +
    cell("date", dateText(lastActivity(row))) +
    `<td class="marks">${attention(row, assessments, words)}</td></tr>`
  );
}

function cell(kind: string, text: string): string {
  return `<td class="${text === NOTHING ? "none" : kind}">${text}</td>`;
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
  return ["used " + dateText(lastUsed), service, region].filter((part) => part !== null).join(", ");
}

function attention(
  row: CredentialRow,
  assessments: readonly Assessment[],
  words: ReadonlyMap<string, ControlWords>,
): string {
  const marked = assessments.filter(isMarked).flatMap((assessment) => {
    const said = words.get(assessment.control.id);
    return said ? [{ ...assessment, said }] : [];
  });
  if (marked.length === 0) return "";
  const marks = marked.map(({ result, exception, said }) => {
    const kind = exception !== null ? "mark excepted" : result === "fail" ? "mark" : "mark unclear";
    return `<span class="${kind}">${escape(said.mark)}${result === "fail" ? "" : "?"}</span>`;
  });
  const proofs = marked.map(({ control, result, exception, said }) => {
    const because = result === "fail" ? said.failure : said.unclear;
    const until =
      exception === null ? "" : `<p>Excepted until ${escape(exception.expires)}: ${escape(exception.reason)}</p>`;
    const cells = provingColumns(row, control).map(
      (column) => `<li><code>${column}</code> ${escape(cellOf(row, column)) || "(empty)"}</li>`,
    );
    return `<div class="proof"><p><b>${escape(because)}</b><small>${escape(said.names)}</small></p>${until}<ul>${cells.join("")}</ul></div>`;
  });
  return `<details><summary>${marks.join(" ")}</summary>${proofs.join("")}</details>`;
}
