/** Controls, exceptions, changes and the trend. */
export const SECTION_STYLES = `
.controls, .exceptions { min-width: 58rem; }
.controls tbody th { min-width: 16rem; max-width: 24rem; }
.controls small { max-width: 24rem; }
.controls .group th { color: var(--soft); font-size: 0.8125rem; font-weight: 600; padding-top: 1.1rem; border-bottom-color: var(--rest); }
.controls .group:hover { background: none; }
.controls .cis, .controls .hub { white-space: nowrap; padding-right: 0.9rem; color: var(--soft); }
.controls .number { padding-right: 1rem; }
.controls .number + .cis { padding-left: 0.75rem; }
.controls .rate { min-width: 11rem; white-space: nowrap; }
.controls .rate b { font-weight: 600; }
.controls .rate .soft { font-size: 0.8125rem; white-space: normal; }
.rate-bar { display: inline-block; width: 6.5rem; margin-right: 0.6rem; vertical-align: middle; }
.rate-bar svg { display: block; width: 100%; height: 0.6rem; border-radius: 2px; }
td.warn a { color: inherit; }
#controls .scroll + p { margin-top: 0.9rem; }
#controls h3 { margin: 2rem 0 0.5rem; }
.exceptions .reason { overflow-wrap: anywhere; min-width: 14rem; }

.changes { margin-top: 1rem; border-top: 1px solid var(--line); }
.change-group { border-bottom: 1px solid var(--line); }
.change-group > summary, .change-group.none { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; align-items: baseline; padding: 0.6rem 0; font-size: 0.9375rem; }
.change-group > summary { cursor: pointer; list-style: none; }
.change-group > summary::-webkit-details-marker { display: none; }
.change-group > summary::before, .change-group.none::before { content: ""; width: 0.7rem; }
.change-group > summary::before { content: "\\25B8"; color: var(--accent); }
.change-group[open] > summary::before { content: "\\25BE"; }
.change-group > summary:hover { background: var(--wash); }
.change-title { font-weight: 600; min-width: 13rem; }
.counts { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; }
.change-group .scroll { margin: 0 0 1rem 2.2rem; }
.change-group caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.change-group .scroll + p { margin-left: 2.2rem; }

.trend { margin-top: 2.2rem; }
.sparks { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem 2rem; }
.sparks li > a { color: inherit; text-decoration: none; }
.sparks li > a:hover .spark-title { text-decoration: underline; }
.spark-title { display: flex; align-items: end; min-height: 2.7em; font-size: 0.875rem; line-height: 1.35; }
.sparks b { font-size: 1.375rem; font-weight: 600; line-height: 1.3; letter-spacing: -0.01em; margin-right: 0.5rem; }
.sparks small { display: inline; font-size: 0.8125rem; }
.sparks svg { display: block; width: 100%; height: auto; margin-top: 0.3rem; overflow: visible; }
.sparks small.alert { color: var(--alert); }
.sparks small.good { color: var(--accent); }
.trend-line { fill: none; stroke: var(--accent); stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.dot { fill: var(--accent); stroke: var(--accent); stroke-width: 1.5; }
.dot.hollow { fill: var(--paper); stroke: var(--alert); }
.figures-by-run { margin-top: 1.4rem; font-size: 0.875rem; }
.figures-by-run > summary { cursor: pointer; color: var(--accent); }
.figures-by-run .scroll { margin-top: 0.75rem; }
.figures-by-run th, .figures-by-run td { padding-right: 1rem; }
`;
