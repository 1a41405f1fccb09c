import type { Change, ChangeKind } from "../difference/change";
import type { Difference } from "../difference/difference";
import type { Manifest } from "../manifest";
import { rowsAddress } from "./links";
import { dateTime, escape, escapePath, grouped } from "./text";

/** A kind of change in words. `alarming` ones draw attention. */
interface KindWords {
  kind: ChangeKind;
  label: string;
  alarming?: true;
}

const GROUPS: readonly { title: string; kinds: readonly KindWords[] }[] = [
  {
    title: "Accounts covered",
    kinds: [
      { kind: "accountEntered", label: "entered" },
      { kind: "accountLeft", label: "left", alarming: true },
    ],
  },
  {
    title: "Users",
    kinds: [
      { kind: "userAdded", label: "added" },
      { kind: "userRemoved", label: "removed" },
      { kind: "userRecreated", label: "recreated", alarming: true },
      { kind: "userRenamed", label: "renamed" },
    ],
  },
  {
    title: "Access keys",
    kinds: [
      { kind: "keyAdded", label: "added" },
      { kind: "keyRemoved", label: "removed" },
      { kind: "keyRotated", label: "rotated" },
      { kind: "keyActivated", label: "activated" },
      { kind: "keyDeactivated", label: "deactivated" },
    ],
  },
  {
    title: "MFA and console access",
    kinds: [
      { kind: "mfaGained", label: "MFA gained" },
      { kind: "mfaLost", label: "MFA lost", alarming: true },
      { kind: "consoleGained", label: "console access gained", alarming: true },
      { kind: "consoleLost", label: "console access lost" },
    ],
  },
  { title: "Root users", kinds: [{ kind: "rootUsed", label: "used", alarming: true }] },
  {
    title: "Findings",
    kinds: [
      { kind: "findingOpened", label: "opened", alarming: true },
      { kind: "findingClosed", label: "closed" },
    ],
  },
];

/** Changes of a group that the page lists one by one. */
const LISTED = 100;

/** What changed since the run before, group by group. */
export function changesSection(difference: Difference | undefined, { previous }: Manifest): string {
  const body = difference ? comparison(difference) : `<p>${notCompared(previous?.runId)}</p>`;
  return `<section id="changes" aria-labelledby="changes-title">
<h2 id="changes-title">What changed</h2>
${body}
</section>`;
}

function notCompared(previous: string | undefined): string {
  return previous === undefined
    ? "Not compared: this is the first run."
    : `Not compared with the run before, <code>${escape(previous)}</code>: it was not there to read when this page was made.`;
}

function comparison({ from, to, counts, changes }: Difference): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const incomplete = [from, to].filter(({ complete }) => !complete).map(({ runId }) => `<code>${escape(runId)}</code>`);
  const caution =
    incomplete.length === 0
      ? ""
      : ` <strong class="alert">Incomplete: ${incomplete.join(" and ")}.</strong> Of accounts that were not collected both times nothing is said but that they entered or left coverage.`;
  const head = `<p>Compared with run <code>${escape(from.runId)}</code>, finished ${dateTime(from.finishedAt)}.${total === 0 ? " Nothing changed." : ""}${caution}</p>`;
  const groups = GROUPS.map(({ title, kinds }) => {
    const words = new Map(kinds.map((words) => [words.kind, words]));
    return group(title, kinds, counts, changes, words);
  });
  return `${head}\n<div class="changes">${groups.join("\n")}</div>`;
}

function group(
  title: string,
  kinds: readonly KindWords[],
  counts: Difference["counts"],
  changes: readonly Change[],
  words: ReadonlyMap<ChangeKind, KindWords>,
): string {
  const total = kinds.reduce((sum, { kind }) => sum + counts[kind], 0);
  const said = kinds.map(({ kind, label, alarming }) => {
    const tone = counts[kind] === 0 ? "soft" : alarming ? "alert" : "";
    return `<span class="count ${tone}"><b>${grouped(counts[kind])}</b> ${label}</span>`;
  });
  const summary = `<span class="change-title">${title}</span> <span class="counts">${said.join(" ")}</span>`;
  if (total === 0) return `<div class="change-group none">${summary}</div>`;
  const rows: string[] = [];
  for (const change of changes) {
    const about = words.get(change.kind);
    if (!about) continue;
    rows.push(changeRow(change, about));
    if (rows.length === LISTED) break;
  }
  const rest = total - rows.length;
  return `<details class="change-group on-paper"><summary>${summary}</summary>
<div class="scroll" role="region" aria-label="${title}: changes" tabindex="0">
<table>
<caption>${title}: changes</caption>
<thead><tr><th scope="col">User</th><th scope="col">Account</th><th scope="col">Change</th><th scope="col">Before</th><th scope="col">Now</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
</div>${rest > 0 ? `\n<p class="soft">and ${grouped(rest)} more: <code>orchestrate diff</code> lists them all.</p>` : ""}
</details>`;
}

function changeRow(change: Change, { label, alarming }: KindWords): string {
  const { accountId, accountName, ouPath, user, control, before, after } = change;
  const address = rowsAddress({
    accountId,
    ...(user === null ? {} : { q: user }),
    ...(control === null ? {} : { control }),
  });
  const link = (text: string) => `<a href="#${escape(address)}">${escape(text)}</a>`;
  const [name, account] = user === null ? ["–", link(accountName)] : [link(user), escape(accountName)];
  const what = control === null ? label : `${label}: ${control}`;
  return (
    `<tr><th scope="row">${name}</th><td>${account}<small>${escape(accountId)}</small><small>${escapePath(ouPath)}</small></td>` +
    `<td${alarming ? ' class="alert"' : ""}>${escape(what)}</td><td>${wordsOf(before)}</td><td>${wordsOf(after)}</td></tr>`
  );
}

function wordsOf(text: string | null): string {
  return text === null ? "–" : escape(text);
}
