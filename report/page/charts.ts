import { OLD_KEY_DAYS } from "../attention";
import type { AccountSummary, KeyFigures } from "../summary";
import { counted, escape, grouped } from "./text";

/** Charts as inline SVG, drawn by hand: no library, no style attributes, every figure also stands as text. */

/** Bars of the active access keys by age; each leads to its rows. */
export function keyAgeChart(keys: KeyFigures): string {
  const [width, height, base, top] = [520, 250, 196, 30];
  const highest = Math.max(1, ...keys.ages.map(({ count }) => count));
  const slot = width / keys.ages.length;
  const bars = keys.ages.map(({ span, count }, n) => {
    const tall = Math.round(((base - top) * count) / highest);
    const [left, middle] = [n * slot + slot * 0.18, n * slot + slot / 2];
    const tone = span.from > OLD_KEY_DAYS ? "tone-alert" : "tone-accent";
    return (
      `<a href="#show=key-age-${span.id}" aria-label="${escape(`${counted(count, "active key")}, ${span.label} days old`)}">` +
      `<rect class="hit" x="${n * slot}" y="0" width="${slot}" height="${height - 24}"/>` +
      `<rect class="${tone}" x="${left.toFixed(1)}" y="${base - tall}" width="${(slot * 0.64).toFixed(1)}" height="${tall}"/>` +
      `<text class="value" x="${middle}" y="${base - tall - 8}">${grouped(count)}</text>` +
      `<text class="label" x="${middle}" y="${base + 20}">${escape(span.label)}</text></a>`
    );
  });
  const border = keys.ages.findIndex(({ span }) => span.from > OLD_KEY_DAYS) * slot;
  return `<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="Active access keys by age">
<line class="axis" x1="0" x2="${width}" y1="${base}" y2="${base}"/>
<line class="border" x1="${border}" x2="${border}" y1="14" y2="${base}"/>
<text class="label start" x="${border + 6}" y="20">older than ${OLD_KEY_DAYS} days</text>
${bars.join("\n")}
<text class="label" x="${width / 2}" y="${height - 6}">days since the key was made or rotated</text>
</svg>`;
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
  const longest = Math.max(...bars.map((bar) => bar.with + bar.without + bar.unknown));
  const anyUnknown = bars.some((bar) => bar.unknown > 0);
  const rows = bars.map((bar) => {
    const name = bar.accountId
      ? `<a href="#show=console&amp;account=${escape(bar.accountId)}">${escape(bar.label)}</a>`
      : escape(bar.label);
    const parts: [string, number][] = [
      ["tone-alert", bar.without],
      ["tone-accent", bar.with],
      ["tone-rest", bar.unknown],
    ];
    const unknown = anyUnknown ? `<td class="number">${grouped(bar.unknown)}</td>` : "";
    return `<tr><th scope="row">${name}</th><td class="bar">${stackedBar(parts, longest)}</td><td class="number${
      bar.without > 0 ? " warn" : ""
    }">${grouped(bar.without)}</td><td class="number">${grouped(bar.with)}</td>${unknown}</tr>`;
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
    .flatMap(({ record, figures }) =>
      figures === null || figures.console === 0
        ? []
        : [
            {
              label: record.accountName,
              accountId: record.accountId,
              with: figures.consoleWithMfa,
              without: figures.consoleWithoutMfa,
              unknown: figures.consoleMfaUnknown,
            },
          ],
    )
    .sort((a, b) => b.without - a.without || b.with - a.with || (a.accountId < b.accountId ? -1 : 1));
  if (all.length <= NAMED_ACCOUNTS) return all;
  const others: MfaBar = {
    label: counted(all.length - NAMED_ACCOUNTS, "other account"),
    with: 0,
    without: 0,
    unknown: 0,
  };
  for (const bar of all.slice(NAMED_ACCOUNTS)) {
    others.with += bar.with;
    others.without += bar.without;
    others.unknown += bar.unknown;
  }
  return [...all.slice(0, NAMED_ACCOUNTS), others];
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
