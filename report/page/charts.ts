import type { Thresholds } from "../controls";
import { KEY_AGE_SPANS } from "../ages";
import { USE_CLASSES } from "../attention";
import type { AccountSummary, KeyFigures, Summary } from "../summary";
import { linkedCount, rowsAddress, rowsLink } from "./links";
import { counted, escape, grouped } from "./text";

/** Charts as inline SVG, drawn by hand: no library, no style attributes, every figure also stands as text. */

interface Column {
  label: string;
  count: number;
  /** Attributes of the link to its rows. */
  link: string;
  /** All of it in words. */
  name: string;
  alarming: boolean;
}

/** Bars side by side, each a link; a border stands before the column of number `border`. */
function columnChart(
  title: string,
  axis: string,
  columns: readonly Column[],
  border?: { before: number; text: string },
) {
  const [width, height, base, top] = [560, 250, 196, 34];
  const highest = Math.max(1, ...columns.map(({ count }) => count));
  const slot = width / columns.length;
  const bars = columns.map(({ label, count, link, name, alarming }, n) => {
    const tall = Math.round(((base - top) * count) / highest);
    const [left, middle] = [n * slot + slot * 0.18, n * slot + slot / 2];
    return (
      `<a ${link}><title>${escape(name)}</title>` +
      `<rect class="hit" x="${n * slot}" y="0" width="${slot}" height="${height - 24}"/>` +
      `<rect class="${alarming ? "tone-alert" : "tone-accent"}" x="${left.toFixed(1)}" y="${base - tall}" width="${(slot * 0.64).toFixed(1)}" height="${tall}"/>` +
      `<text class="value" x="${middle}" y="${base - tall - 8}">${grouped(count)}</text> ` +
      `<text class="label" x="${middle}" y="${base + 20}">${escape(label)}</text></a>`
    );
  });
  const line =
    border === undefined
      ? ""
      : `<line class="border" x1="${border.before * slot}" x2="${border.before * slot}" y1="4" y2="${base}"/>
<text class="label start" x="${border.before * slot + 6}" y="12">${escape(border.text)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="${escape(title)}">
<line class="axis" x1="0" x2="${width}" y1="${base}" y2="${base}"/>
${line}${bars.join("\n")}
<text class="label" x="${width / 2}" y="${height - 6}">${escape(axis)}</text>
</svg>`;
}

/** Bars of the active access keys by age; each leads to the users that hold them. */
export function keyAgeChart({ keys, answers }: Summary, { keyAgeDays }: Thresholds): string {
  const columns = keys.ages.map(({ span, count }) => {
    const show = `key-age-${span.id}`;
    const holders = answers.get(show) ?? 0;
    const name = `${counted(count, "active key")}, ${span.label} days old, of ${counted(holders, "user")}`;
    return { label: span.label, count, name, link: rowsLink({ show }, holders), alarming: span.from > keyAgeDays };
  });
  const last = keys.ages.findIndex(({ span }) => span.to === keyAgeDays);
  return columnChart(
    "Active access keys by age",
    "days since the key was made or rotated",
    columns,
    last < 0 ? undefined : { before: last + 1, text: `older than ${keyAgeDays} days` },
  );
}

/** What the bars of {@link keyAgeChart} count. */
export function keyNote({ active, inactive, ageUnknown }: KeyFigures): string {
  const unknown = ageUnknown > 0 ? `; the age of ${grouped(ageUnknown)} is not known` : "";
  return `${counted(active, "active key")}, root's included; ${counted(inactive, "inactive key")} not counted${unknown}`;
}

/** Bars of the IAM users by the newest use of any of their credentials; never used is a bar of its own. */
export function lastUseChart({ answers }: Summary, { dormantDays }: Thresholds): string {
  const dormantFrom = KEY_AGE_SPANS.findIndex(({ to }) => to >= dormantDays) + 1;
  const columns = USE_CLASSES.slice(0, KEY_AGE_SPANS.length + 1).map(({ id, label }, n) => {
    const count = answers.get(id) ?? 0;
    const never = n === KEY_AGE_SPANS.length;
    const name = `${counted(count, "user")}, ${never ? "never used" : `last active ${label} days before the report`}`;
    return { label, count, name, link: rowsLink({ show: id }, count), alarming: n >= dormantFrom };
  });
  return columnChart("Users by last use", "days since any credential was used", columns);
}

/** The users that have no bar of {@link lastUseChart}, each a link. */
export function lastUseNote({ answers }: Summary): string {
  const count = (id: string) => answers.get(id) ?? 0;
  const none = linkedCount(count("use-none"), { show: "use-none" });
  const unknown =
    count("use-unknown") === 0
      ? ""
      : `; of ${linkedCount(count("use-unknown"), { show: "use-unknown" })} it is not known`;
  return `IAM users by the newest use of password and keys; ${none} without any credential${unknown}`;
}

/** Accounts that the chart of console users names one by one. */
const NAMED_ACCOUNTS = 12;

interface MfaBar {
  label: string;
  accountId?: string;
  with: number;
  without: number;
  unknown: number;
}

/** Stacked bars of the console users with and without MFA, the accounts with most users without MFA first. */
export function mfaChart(accounts: readonly AccountSummary[]): string {
  const bars = mfaBars(accounts);
  if (bars.length === 0) return `<p class="soft">No user of a collected account has a console password.</p>`;
  const longest = Math.max(...bars.map((bar) => (bar.accountId ? bar.with + bar.without + bar.unknown : 0)));
  const anyUnknown = bars.some((bar) => bar.unknown > 0);
  const rows = bars.map((bar) => {
    const { accountId, label } = bar;
    const name = accountId
      ? `<a href="#${escape(rowsAddress({ accountId, control: "console-mfa" }))}">${escape(label)}</a>`
      : escape(label);
    const parts: [string, number][] = [
      ["tone-alert", bar.without],
      ["tone-accent", bar.with],
      ["tone-rest", bar.unknown],
    ];
    const count = (rows: number, state: "fail" | "pass" | "notDecidable") =>
      accountId ? linkedCount(rows, { accountId, control: "console-mfa", state }) : grouped(rows);
    const unknown = anyUnknown ? `<td class="number">${count(bar.unknown, "notDecidable")}</td>` : "";
    return `<tr><th scope="row">${name}</th><td class="bar">${accountId ? stackedBar(parts, longest) : ""}</td><td class="number${
      bar.without > 0 ? " warn" : ""
    }">${count(bar.without, "fail")}</td><td class="number">${count(bar.with, "pass")}</td>${unknown}</tr>`;
  });
  return `<table class="bars">
<thead><tr><th scope="col">Account</th><td></td><th scope="col" class="number"><span class="key tone-alert"></span>Without</th><th scope="col" class="number"><span class="key tone-accent"></span>With</th>${
    anyUnknown ? `<th scope="col" class="number"><span class="key tone-rest"></span>Not known</th>` : ""
  }</tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>`;
}

function mfaBars(accounts: readonly AccountSummary[]): MfaBar[] {
  const all = accounts
    .flatMap(({ record: { accountId, accountName }, figures }) => {
      if (figures === null) return [];
      const { consoleWithMfa, consoleWithoutMfa, consoleMfaUnknown } = figures;
      if (consoleWithMfa + consoleWithoutMfa + consoleMfaUnknown === 0) return [];
      return [
        { label: accountName, accountId, with: consoleWithMfa, without: consoleWithoutMfa, unknown: consoleMfaUnknown },
      ];
    })
    .sort((a, b) => b.without - a.without || b.with - a.with || (a.accountId < b.accountId ? -1 : 1));
  if (all.length <= NAMED_ACCOUNTS) return all;
  const rest = all.slice(NAMED_ACCOUNTS);
  const sum = (of: (bar: MfaBar) => number) => rest.reduce((total, bar) => total + of(bar), 0);
  return [
    ...all.slice(0, NAMED_ACCOUNTS),
    {
      label: counted(rest.length, "other account"),
      with: sum((bar) => bar.with),
      without: sum((bar) => bar.without),
      unknown: sum((bar) => bar.unknown),
    },
  ];
}

/** One bar whose parts, each a class and an amount, lie side by side; `whole` fills its width. The text beside it says the same. */
export function stackedBar(parts: readonly (readonly [tone: string, amount: number])[], whole: number): string {
  let left = 0;
  const rects = parts.map(([tone, amount]) => {
    const width = whole === 0 ? 0 : (100 * amount) / whole;
    const rect = `<rect class="${tone}" x="${left.toFixed(3)}" y="0" width="${width.toFixed(3)}" height="10"/>`;
    left += width;
    return amount === 0 ? "" : rect;
  });
  return `<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${rects.join("")}</svg>`;
}
