import { subjectOf, type Manifest } from "../manifest";
import type { Summary } from "../summary";
import { dateTime, escape } from "./text";

const CONTENTS = [
  ["coverage", "Coverage"],
  ["evidence", "Age of the evidence"],
  ["controls", "Controls"],
  ["changes", "What changed"],
  ["charts", "Charts"],
  ["accounts", "Accounts"],
  ["units", "Units"],
  ["users", "Users"],
  ["limits", "What it cannot show"],
  ["provenance", "Provenance"],
] as const;

/** Whose report it is, of which run, and whether that is complete. */
export function masthead(manifest: Manifest, { coverage }: Summary): string {
  const badge = coverage.complete
    ? `<span class="badge complete">Complete</span>`
    : `<span class="badge incomplete">Incomplete</span>`;
  const { kind, id } = subjectOf(manifest);
  return `<header class="masthead">
<p class="kicker">IAM credential reports of an AWS ${kind}</p>
<div class="title"><h1>${kind === "account" ? "Account" : "Organization"} ${escape(id)}</h1>${badge}</div>
<p class="run">Run <code>${escape(manifest.runId)}</code>, finished ${dateTime(manifest.finishedAt)}</p>
<nav class="contents" aria-label="Contents"><ul>${CONTENTS.map(([id, label]) => `<li><a href="#${id}">${label}</a></li>`).join("")}</ul></nav>
</header>`;
}
