import type { Coverage, Evidence, EvidenceAge } from "../coverage";
import { stackedBar } from "./charts";
import { accountsOf } from "./accountTable";
import { accountsLink, rowsAddress } from "./links";
import { counted, dateTime, duration, escape, escapePath, grouped } from "./text";

/** The coverage statement: what the run covers in words, as a bar, and account by account where it does not. */
export function coverageSection(coverage: Coverage, contradictions: readonly string[]): string {
  const { counts } = coverage;
  const bar = stackedBar(
    [
      ["tone-accent", counts.collected],
      ["tone-alert", counts.notCollected],
      ["tone-rest", counts.outOfScope],
    ],
    counts.listed,
  );
  return `<section id="coverage" aria-labelledby="coverage-title">
<h2 id="coverage-title">Coverage</h2>
<p class="statement">${statement(coverage)}</p>
<div class="coverage-bar">${bar}</div>
<ul class="legend">
<li><span class="key tone-accent"></span>${toAccounts("collected", counts.collected)}</li>
<li><span class="key tone-alert"></span>${toAccounts("missing", counts.notCollected)}</li>
<li><span class="key tone-rest"></span>${toAccounts("out of scope", counts.outOfScope)}</li>
<li class="soft">${counted(counts.listed, "account")} listed by AWS Organizations</li>
</ul>
${contradictionNotice(contradictions)}${missingTable(coverage)}${outOfScopeTable(coverage)}</section>`;
}

function toAccounts(state: Parameters<typeof accountsOf>[0], count: number): string {
  const text = `<b>${grouped(count)}</b> ${state}`;
  return count === 0 ? text : accountsLink(accountsOf(state), count, text);
}

function statement({ counts, complete }: Coverage): string {
  const beyond =
    counts.outOfScope === 0
      ? ""
      : ` ${counted(counts.outOfScope, "listed account is", "listed accounts are")} out of scope, for the reason given below.`;
  if (counts.inScope === 0) return `No account was in scope: this run shows nothing.${beyond}`;
  if (complete) {
    return `This run covers <strong>every account in scope</strong>: ${grouped(counts.collected)} of ${grouped(counts.inScope)}.${beyond}`;
  }
  const lost = counts.notCollected === 1 ? "One is missing" : `${grouped(counts.notCollected)} are missing`;
  return (
    `This run covers <strong>${grouped(counts.collected)} of ${counted(counts.inScope, "account")}</strong> in scope. ` +
    `<strong class="alert">${lost}:</strong> nothing below speaks for ${counts.notCollected === 1 ? "it" : "them"}.${beyond}`
  );
}

function contradictionNotice(contradictions: readonly string[]): string {
  if (contradictions.length === 0) return "";
  const shown = contradictions.slice(0, 20).map((text) => `<li>${escape(text)}</li>`);
  const rest = contradictions.length - shown.length;
  return `<div class="notice" role="alert">
<h3>Manifest and rows contradict each other</h3>
<p>Do not use this page as evidence before the cause is known: compare the SHA-256 of the consolidated CSV with the manifest.</p>
<ul>${shown.join("")}${rest > 0 ? `<li>and ${grouped(rest)} more</li>` : ""}</ul>
</div>
`;
}

function missingTable({ missing }: Coverage): string {
  const rows = missing.map(
    (account) =>
      `<tr><th scope="row">${escape(account.accountName)}<small>${escape(account.accountId)}</small><small>${escapePath(account.ouPath)}</small></th>` +
      `<td><code>${escape(account.step)}</code>${account.attempts > 1 ? `<small>${counted(account.attempts, "try", "tries")}</small>` : ""}</td>` +
      `<td class="cause"><b>${escape(account.code)}</b><br>${escape(account.message)}</td>` +
      `<td class="remedy">${escape(account.remedy)}</td></tr>`,
  );
  return accountsTable({
    id: "missing",
    label: "Missing accounts",
    caption: "Missing: in scope, but without a report in this run",
    head: ["Account", "Lost at", "Cause, in the words of AWS", "Remedy"],
    rows,
  });
}

function outOfScopeTable({ outOfScope }: Coverage): string {
  const rows = outOfScope.map(
    (account) =>
      `<tr><th scope="row">${escape(account.accountName)}<small>${escape(account.accountId)}</small></th>` +
      `<td>${escapePath(account.ouPath)}</td><td>${escape(account.reason)}</td></tr>`,
  );
  return accountsTable({
    id: "out-of-scope",
    label: "Accounts out of scope",
    caption: "Out of scope: not asked",
    head: ["Account", "Organizational unit", "Reason"],
    rows,
  });
}

/** Rows that stand open; a browser draws the others when they are unfolded. */
const OPEN_ROWS = 200;

interface AccountsTable {
  id: string;
  label: string;
  caption: string;
  head: readonly string[];
  rows: readonly string[];
}

/** Every account by name, however many. */
function accountsTable({ id, label, caption, head, rows }: AccountsTable): string {
  if (rows.length === 0) return "";
  const headings = head.map((text) => `<th scope="col">${text}</th>`).join("");
  const table = (some: readonly string[], name: string, caption: string) =>
    `<div class="scroll" role="region" aria-label="${name}" tabindex="0">
<table${name === label ? ` id="${id}"` : ""} class="${id}">
<caption>${caption}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>${some.join("\n")}</tbody>
</table>
</div>
`;
  const rest = rows.slice(OPEN_ROWS);
  if (rest.length === 0) return table(rows, label, caption);
  return `${table(rows.slice(0, OPEN_ROWS), label, caption)}<details class="on-paper"><summary>and ${counted(rest.length, "more account")}</summary>
${table(rest, `${label}, continued`, `${caption} (continued)`)}</details>
`;
}

/** How old the reports were when the run finished. */
export function evidenceSection(evidence: Evidence, finishedAt: string): string {
  const { oldest, newest, median } = evidence;
  const body =
    oldest === null || newest === null || median === null
      ? `<p>No report was collected, so there is no evidence to date.</p>`
      : `<dl class="facts">
<div><dt>Oldest report</dt><dd><b>${duration(oldest.age)}</b>${accountLink(oldest)}<small>${dateTime(oldest.reportGeneratedTime)}</small></dd></div>
<div><dt>Median</dt><dd><b>${duration(median)}</b>${olderText(evidence.olderThanFourHours)}</dd></div>
<div><dt>Newest report</dt><dd><b>${duration(newest.age)}</b>${accountLink(newest)}<small>${dateTime(newest.reportGeneratedTime)}</small></dd></div>
</dl>`;
  return `<section id="evidence" aria-labelledby="evidence-title">
<h2 id="evidence-title">Age of the evidence</h2>
<p>AWS generates an account's credential report at most every four hours and answers with the stored one in between. These ages are
counted to the end of the run, ${dateTime(finishedAt)}; each account's own is in the <a href="#accounts">table of accounts</a>.</p>
${body}
</section>`;
}

function accountLink({ accountId, accountName }: EvidenceAge): string {
  return `<a href="#${escape(rowsAddress({ accountId }))}">${escape(accountName)}</a>`;
}

function olderText(count: number): string {
  return count === 0 ? "no report older than four hours" : `${counted(count, "report")} older than four hours`;
}
