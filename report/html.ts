import { createHash } from "node:crypto";
import { ROW_FILTERS } from "./attention";
import type { Manifest } from "./manifest";
import { accountTable } from "./page/accountTable";
import { keyAgeChart, mfaChart } from "./page/charts";
import { limitsSection, provenanceSection } from "./page/closing";
import { coverageSection, evidenceSection } from "./page/coverage";
import { figuresSection } from "./page/figures";
import { PAGE_SCRIPT } from "./page/script";
import { PAGE_STYLES } from "./page/styles";
import { PAGE_ROWS, PRINT_ROWS, renderTable, type PagedTable, type TableContext } from "./page/table";
import { counted, dateTime, escape, grouped, scriptJson, visible } from "./page/text";
import { userTable } from "./page/userTable";
import type { CredentialRow } from "./rows";
import { summarise, type KeyFigures, type Summary } from "./summary";

/** What the page is made from. */
export interface ReportInput {
  manifest: Manifest;
  /** Rows of the run's consolidated CSV, as `readCredentialRows` gives them. */
  rows: readonly CredentialRow[];
  /** Column names of the consolidated CSV, shown under provenance. */
  columns?: readonly string[];
  /** Lower-case hexadecimal SHA-256 of the manifest's bytes, shown under provenance. */
  manifestSha256?: string;
  /** Name of the bucket, to say where all rows are; without it the key alone is named. */
  bucket?: string;
}

/**
 * Renders a run as one self-contained HTML page: nothing is loaded from anywhere, and its content-security policy
 * (https://www.w3.org/TR/CSP3/) allows only the style sheet and the script whose hashes it names.
 *
 * The same input gives the same bytes; the clock is not read.
 */
export function renderReport(input: ReportInput): string {
  const { manifest, rows } = input;
  const summary = summarise(manifest, rows);
  const { key } = manifest.consolidated;
  const location = input.bucket === undefined ? key : `s3://${input.bucket}/${key}`;
  // Rows of an account that the manifest does not list contradict it; they are shown all the same.
  const named = new Map([...manifest.accounts, ...rows].map(({ accountId, accountName }) => [accountId, accountName]));
  const accountIndex = new Map([...named.keys()].map((accountId, index) => [accountId, index]));
  const [accounts, users] = [accountTable(summary.accounts), userTable(rows, accountIndex)];
  const context: TableContext = {
    accounts: [...named].map(([accountId, accountName]) => [visible(accountId), visible(accountName)] as const),
    marks: ROW_FILTERS.flatMap(({ mark }, n) => (mark === null ? [] : [[1 << n, mark] as const])),
  };
  const data = {
    ...context,
    filters: ROW_FILTERS.map(({ id, label }) => [id, label]),
    pageRows: PAGE_ROWS,
    printRows: PRINT_ROWS,
    tables: [accounts, users].map(({ id, columns, rows }) => ({ id, columns, rows })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Credential report ${escape(manifest.organizationId)}, run ${escape(manifest.runId)}</title>
<style>${PAGE_STYLES}</style>
</head>
<body>
<a class="skip" href="#coverage">Skip to the coverage statement</a>
${masthead(manifest, summary)}
<main>
${coverageSection(summary.coverage, summary.contradictions)}
${evidenceSection(summary.evidence, manifest.finishedAt)}
${figuresSection(summary)}
${chartsSection(summary)}
<div class="tables">
${accountsSection(summary, accounts, context, location)}
${usersSection(users, context, location)}
</div>
${limitsSection()}
${provenanceSection({ manifest, manifestSha256: input.manifestSha256, columns: input.columns, location })}
</main>
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function contentSecurityPolicy(): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(PAGE_STYLES)}`,
    `script-src ${hash(PAGE_SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

const CONTENTS = [
  ["coverage", "Coverage"],
  ["evidence", "Age of the evidence"],
  ["figures", "Key figures"],
  ["charts", "Charts"],
  ["accounts", "Accounts"],
  ["users", "Users"],
  ["limits", "What it cannot show"],
  ["provenance", "Provenance"],
] as const;

function masthead(manifest: Manifest, { coverage }: Summary): string {
  const badge = coverage.complete
    ? `<span class="badge complete">Complete</span>`
    : `<span class="badge incomplete">Incomplete</span>`;
  return `<header class="masthead">
<p class="kicker">IAM credential reports of an AWS organization</p>
<div class="title"><h1>Organization ${escape(manifest.organizationId)}</h1>${badge}</div>
<p class="run">Run <code>${escape(manifest.runId)}</code>, finished ${dateTime(manifest.finishedAt)}</p>
<nav class="contents" aria-label="Contents"><ul>${CONTENTS.map(([id, label]) => `<li><a href="#${id}">${label}</a></li>`).join("")}</ul></nav>
</header>`;
}

function chartsSection({ keys, accounts }: Summary): string {
  return `<section id="charts" aria-labelledby="charts-title">
<h2 id="charts-title">Keys and MFA</h2>
<div class="charts">
<figure><figcaption>Age of active access keys<small>${keyNote(keys)}</small></figcaption>
${keyAgeChart(keys)}</figure>
<figure><figcaption>MFA of console users by account<small>accounts with most users without MFA first</small></figcaption>
${mfaChart(accounts)}</figure>
</div>
</section>`;
}

function keyNote({ active, inactive, ageUnknown }: KeyFigures): string {
  const unknown = ageUnknown > 0 ? `; the age of ${grouped(ageUnknown)} is not known` : "";
  return `${counted(active, "active key")}; ${counted(inactive, "inactive key")} not counted${unknown}`;
}

function accountsSection(summary: Summary, table: PagedTable, context: TableContext, location: string): string {
  return `<section id="accounts" aria-labelledby="accounts-title">
<h2 id="accounts-title">Accounts</h2>
${accountsWithoutUsers(summary)}
<search id="accounts-search" aria-label="Accounts" hidden><label>Search accounts<input type="search" id="accounts-q" placeholder="Name, id or organizational unit"></label></search>
${renderTable(table, context, location)}
</section>`;
}

const NAMED_ACCOUNTS = 20;

function accountsWithoutUsers({ accountsWithoutUsers: empty, coverage }: Summary): string {
  if (coverage.counts.collected === 0) return "";
  if (empty.length === 0) return `<p>Every collected account has IAM users.</p>`;
  const names = empty.slice(0, NAMED_ACCOUNTS).map((account) => escape(account.accountName));
  const rest = empty.length - names.length;
  const list = `${names.join(", ")}${rest > 0 ? ` and ${grouped(rest)} more` : ""}`;
  return `<p>${counted(empty.length, "collected account has", "collected accounts have")} no IAM users: ${list}.</p>`;
}

function usersSection(table: PagedTable, context: TableContext, location: string): string {
  // Places for the links of the figures to lead to where no script runs.
  const targets = ROW_FILTERS.map(({ id }) => `<span class="target" id="show=${id}"></span>`).join("");
  return `<section id="users" aria-labelledby="users-title">
${targets}<h2 id="users-title" tabindex="-1">Users</h2>
<p>One row for each IAM user and each root user; first those that draw most attention, root users before others. Days and ages are as of each account's own report; dates are in UTC.</p>
<search id="users-search" aria-label="Users" hidden>
<label>Search users<input type="search" id="users-q" placeholder="User, account or date"></label>
<label>Account<select id="users-account"><option value="">All accounts</option></select></label>
<label>Show<select id="users-show"><option value="">All rows</option></select></label>
<button type="button" id="users-clear">Clear filters</button>
</search>
${renderTable(table, context, location)}
</section>`;
}
