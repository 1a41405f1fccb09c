import type { ControlTally } from "../assessment";
import { CONTROLS, type Control } from "../controls";
import type { TrendPoint } from "../trend";
import { rowsLink } from "./links";
import { dateTime, escape, grouped } from "./text";

/** Runs that a trend shows, the newest ones. */
const SHOWN_RUNS = 120;

/** One line of the trend: a value a run, null where the run says none. */
interface Series {
  title: string;
  /** Attributes of the link to the rows behind the newest value; none for what has no rows. */
  link?: string;
  values: readonly (number | null)[];
}

/** Coverage and failures of each control over the runs, as small lines, and the same figures as a table. */
export function trendFigure(trend: readonly TrendPoint[] | undefined, tallies: readonly ControlTally[]): string {
  const shown = (trend ?? []).slice(-SHOWN_RUNS);
  const head = `<h3 id="trend-title">Trend over runs</h3>`;
  if (shown.length < 2)
    return `<div class="trend">${head}\n<p class="soft">There is no earlier run to draw a trend from.</p></div>`;
  const missing: Series = {
    title: "Accounts in scope, but missing",
    values: shown.map(({ counts }) => counts.notCollected),
  };
  const failures = CONTROLS.filter(({ undecided }) => undecided === undefined).map((control) =>
    failuresOf(control, shown, tallies),
  );
  const times = shown.map(({ finishedAt }) => Date.parse(finishedAt));
  const whole = shown.map(({ complete }) => complete);
  const figures = [missing, ...failures].map((series) => spark(series, times, whole));
  return `<div class="trend">${head}
<p class="soft">The last ${shown.length} runs, from ${dateTime(shown[0]?.finishedAt ?? "")}; each line starts at 0. Failures are counted before exceptions; a hollow dot is an incomplete run.</p>
<ul class="sparks">${figures.join("\n")}</ul>
${trendTable(shown)}
</div>`;
}

function failuresOf({ id, title }: Control, shown: readonly TrendPoint[], tallies: readonly ControlTally[]): Series {
  const rows = tallies.find(({ control }) => control === id)?.fail ?? 0;
  const values = shown.map(({ controls }) => controls?.find(({ control }) => control === id)?.fail ?? null);
  return { title, link: rowsLink({ control: id, state: "fail" }, rows), values };
}

const [WIDTH, HEIGHT, EDGE] = [240, 56, 5];

function spark({ title, link, values }: Series, times: readonly number[], whole: readonly boolean[]): string {
  const newest = values.at(-1) ?? null;
  const before = values.at(-2) ?? null;
  const change = newest === null || before === null ? 0 : newest - before;
  const tone = change === 0 ? "soft" : change > 0 ? "alert" : "good";
  const said =
    change === 0 ? "as before" : `${change > 0 ? "+" : "−"}${grouped(Math.abs(change))} since the run before`;
  const value = newest === null ? "–" : grouped(newest);
  return (
    `<li>${link ? `<a ${link}>` : ""}<span class="spark-title">${escape(title)}</span> <b>${value}</b>${link ? "</a>" : ""}` +
    `<small class="${tone}">${said}</small>${sparkLine(values, times, whole)}</li>`
  );
}

/** A line over time; where a run says nothing it is interrupted. */
function sparkLine(values: readonly (number | null)[], times: readonly number[], whole: readonly boolean[]): string {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const points = values.map((value, n) => {
    const share = last > first ? ((times[n] ?? first) - first) / (last - first) : n / (values.length - 1);
    const x = EDGE + share * (WIDTH - 2 * EDGE);
    return value === null ? null : { x, y: HEIGHT - EDGE - (value / highest) * (HEIGHT - 2 * EDGE), whole: whole[n] };
  });
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point) path += `${pen}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    pen = point ? "L" : "M";
  }
  const dots = points.flatMap((point, n) => {
    if (!point || (point.whole && n < points.length - 1)) return [];
    return `<circle class="${point.whole ? "dot" : "dot hollow"}" cx="${point.x.toFixed(1)}" cy="${point.y.toFixed(1)}" r="3"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT - 1}" y2="${HEIGHT - 1}"/><path class="trend-line" d="${path}"/>${dots.join("")}</svg>`;
}

function trendTable(shown: readonly TrendPoint[]): string {
  const controls = CONTROLS.filter(({ undecided }) => undecided === undefined);
  const rows = shown.toReversed().map((point) => {
    const fails = controls.map(({ id }) => {
      const fail = point.controls?.find(({ control }) => control === id)?.fail;
      return `<td class="number">${fail === undefined ? "–" : grouped(fail)}</td>`;
    });
    const { collected, inScope } = point.counts;
    return (
      `<tr><th scope="row">${dateTime(point.finishedAt)}<small>${escape(point.runId)}</small></th>` +
      `<td class="number${point.complete ? "" : " warn"}">${grouped(collected)} of ${grouped(inScope)}</td><td class="number">${grouped(point.rows)}</td>${fails.join("")}</tr>`
    );
  });
  return `<details class="figures-by-run"><summary>The same figures as a table</summary>
<div class="scroll" role="region" aria-label="Figures by run" tabindex="0">
<table>
<caption>Figures by run: accounts collected, users, and failures by control</caption>
<thead><tr><th scope="col">Run</th><th scope="col" class="number">Collected</th><th scope="col" class="number">Users</th>${controls.map(({ id }) => `<th scope="col" class="number">${escape(id)}</th>`).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
</div>
</details>`;
}
