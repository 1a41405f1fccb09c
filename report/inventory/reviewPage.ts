import { createHash } from "node:crypto";
import type { Assessment } from "../assessment";
import type { Thresholds } from "../controls";
import { subjectOf, type AccountRecord, type Manifest } from "../manifest";
import { escape, escapePath } from "../page/text";
import type { CredentialRow } from "../rows";
import type { RowWriter } from "../rowWriter";
import { ACCOUNT_STATES } from "./accounts";
import { daysAgo, reviewEntry } from "./review";
import { REVIEW_STYLES } from "./reviewStyles";

/**
 * `access-review.html`: the user access review list to print and sign, one table and one signature line for each account. One
 * self-contained file without script, whose content-security policy allows its own style sheet and nothing else.
 *
 * What was not collected is named first: a signature must not seem to cover it. The name of the account stands on every sheet of paper.
 * Nothing is kept in memory.
 */
export function reviewPageWriter(options: { manifest: Manifest; thresholds: Thresholds }): RowWriter {
  return new ReviewPage(options.manifest, options.thresholds);
}

class ReviewPage implements RowWriter {
  /** Of the section that is open; null before the first. */
  private account: string | null = null;
  private sections = 0;

  constructor(
    private readonly manifest: Manifest,
    private readonly thresholds: Thresholds,
  ) {}

  begin(): string {
    const { runId, finishedAt } = this.manifest;
    const { kind, id } = subjectOf(this.manifest);
    const policy = `default-src 'none'; style-src '${sha256(REVIEW_STYLES)}'; base-uri 'none'; form-action 'none'`;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>User access review ${escape(id)}, run ${escape(runId)}</title>
<style>${REVIEW_STYLES}</style>
</head>
<body>
<header>
<h1>User access review</h1>
<p>${kind === "account" ? "Account" : "Organization"} ${escape(id)}, run ${escape(runId)}, finished ${escape(minutes(finishedAt))}. Days are counted back from each
account's own credential report. Tick one decision for each user, and sign for each account.</p>
${coverage(this.manifest.accounts)}
<p class="soft">A credential report shows console passwords, MFA, two access keys and two signing certificates of each user. It shows no
permissions, no groups or roles, no users of IAM Identity Center, no SSH keys and no service-specific credentials: review those elsewhere.</p>
</header>
<main>
`;
  }

  add(row: CredentialRow, assessments: readonly Assessment[]): string {
    const line = userLine(row, assessments, this.thresholds);
    if (row.accountId === this.account) return line;
    const between = this.account === null ? "" : SECTION_END;
    this.account = row.accountId;
    this.sections += 1;
    return between + sectionBegin(row, `account-${this.sections}`) + line;
  }

  end(): string {
    return `${this.account === null ? "<p>No account was collected.</p>\n" : SECTION_END}</main>\n</body>\n</html>\n`;
  }
}

const SECTION_END = `</tbody>
</table>
<p class="sign"><span>Reviewer</span><span>Date</span><span>Signature</span></p>
</section>
`;

function sectionBegin({ accountId, accountName, ouPath, reportGeneratedTime }: CredentialRow, id: string): string {
  return `<section aria-labelledby="${id}">
<h2 id="${id}"><bdi>${escape(accountName)}</bdi> <span class="soft">${escape(accountId)}</span></h2>
<p class="soft">${ouPath === "" ? "In no known organizational unit" : escapePath(ouPath)}. Report of ${escape(minutes(reportGeneratedTime))}.</p>
<table>
<colgroup>${"<col>".repeat(8)}</colgroup>
<thead>
<tr><td colspan="8" class="whose"><bdi>${escape(accountName)}</bdi> ${escape(accountId)}</td></tr>
<tr><th scope="col">User</th><th scope="col">Created</th><th scope="col">Access</th><th scope="col">MFA</th><th scope="col">Last activity</th><th scope="col">Findings and exceptions</th><th scope="col">Decision</th><th scope="col">Comment</th></tr>
</thead>
<tbody>
`;
}

const DECISION = ["keep", "change", "remove"].map((decision) => `<i>${decision}</i>`).join("");

function userLine(row: CredentialRow, assessments: readonly Assessment[], thresholds: Thresholds): string {
  const entry = reviewEntry(row, assessments, thresholds);
  const since = entry.daysSince === null ? "" : `, ${daysAgo(entry.daysSince)}`;
  const found = [...entry.findings, ...entry.exceptions.map((exception) => `Exception: ${exception}`)];
  return (
    `<tr><th scope="row">${safe(row.user)}</th><td>${safe(day(entry.created))}</td><td>${list(entry.access)}</td>` +
    `<td>${safe(entry.mfa)}</td><td>${safe(day(entry.lastActivity))}${since}</td><td>${list(found)}</td>` +
    `<td>${DECISION}</td><td></td></tr>\n`
  );
}

function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts.map(safe).join("");
  return `<ul>${parts.map((part) => `<li>${safe(part)}</li>`).join("")}</ul>`;
}

/** Text of which nothing needs escaping, as nearly all is: to see so takes a tenth of the time. */
const PLAIN = /^[\w .,:;()/@=+-]*$/;

function safe(text: string): string {
  return PLAIN.test(text) ? text : escape(text);
}

/** How many accounts the list covers, and by name those that it lacks. */
function coverage(accounts: readonly AccountRecord[]): string {
  const lacking = accounts.filter((account) => account.state !== "collected");
  const covered = accounts.length - lacking.length;
  const statement = `<p>This list covers ${covered} of ${accounts.length} listed accounts.`;
  if (lacking.length === 0) return `${statement}</p>`;
  const items = lacking.map((account) => {
    const why = account.state === "outOfScope" ? account.reason : `${account.step}: ${account.code}`;
    const who = `<bdi>${escape(account.accountName)}</bdi> ${escape(account.accountId)}`;
    return `<li>${who}, ${ACCOUNT_STATES[account.state]}: ${escape(why)}</li>`;
  });
  return `${statement} A signature says nothing of these:</p>\n<ul>\n${items.join("\n")}\n</ul>`;
}

/** The day of a time; words as they are. */
function day(text: string): string {
  return /^\d{4}-/.test(text) ? text.slice(0, 10) : text;
}

/** `2026-11-20T02:14:09Z` as `2026-11-20 02:14 UTC`. */
function minutes(time: string): string {
  return /^\d{4}-.*Z$/.test(time) ? `${time.slice(0, 16).replace("T", " ")} UTC` : time;
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
