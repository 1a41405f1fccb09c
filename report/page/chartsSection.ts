import type { Thresholds } from "../controls";
import type { Summary } from "../summary";
import type { TrendPoint } from "../trend";
import { keyAgeChart, keyNote, lastUseChart, lastUseNote, mfaChart } from "./charts";
import { trendFigure } from "./trend";

/** The charts: age of keys, last use, MFA by account, and the trend over runs. */
export function chartsSection(
  summary: Summary,
  thresholds: Thresholds,
  trend: readonly TrendPoint[] | undefined,
): string {
  return `<section id="charts" aria-labelledby="charts-title">
<h2 id="charts-title">Charts</h2>
<div class="charts">
<figure><figcaption>Age of active access keys<small>${keyNote(summary.keys)}</small></figcaption>
${keyAgeChart(summary, thresholds)}</figure>
<figure><figcaption>Last use<small>${lastUseNote(summary)}</small></figcaption>
${lastUseChart(summary, thresholds)}</figure>
<figure class="tall"><figcaption>MFA of console users by account<small>accounts with most users without MFA first</small></figcaption>
${mfaChart(summary.accounts)}</figure>
</div>
${trendFigure(trend, summary.controls)}
</section>`;
}
