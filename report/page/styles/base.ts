/** Ground, type, head, coverage, figures and charts. */
export const BASE_STYLES = `
* { box-sizing: border-box; }
[hidden], .print-only { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; max-width: 84rem; padding: 0 1.75rem 4rem; background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 600; letter-spacing: -0.01em; text-wrap: balance; }
h1 { font-size: 1.875rem; }
h2 { font-size: 1.25rem; margin-bottom: 0.75rem; }
h2:focus { outline: none; }
h3 { font-size: 1rem; margin-bottom: 0.25rem; }
p { margin: 0 0 0.75rem; max-width: 52rem; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code { font: 0.85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a, b, small, code, li, span, option { unicode-bidi: isolate; }
small { display: block; font-weight: 400; color: var(--soft); font-size: 0.8125rem; line-height: 1.4; }
.soft { color: var(--soft); font-size: 0.875rem; }
.alert { color: var(--alert); }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; display: inline-block; margin-top: 0.5rem; }
section { padding-top: 1.6rem; margin-top: 1.9rem; border-top: 1px solid var(--line); scroll-margin-top: 0; }
main > section:first-child { border-top: 0; margin-top: 0; padding-top: 1.4rem; }

.masthead { padding-top: 2rem; }
.kicker { color: var(--soft); font-size: 0.875rem; margin: 0 0 0.35rem; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; }
.badge { border: 1px solid currentColor; border-radius: 999px; padding: 0.1rem 0.75rem; font-size: 0.8125rem; font-weight: 600; }
.badge.complete { color: var(--accent); background: var(--accent-wash); }
.badge.incomplete { color: var(--alert); background: var(--alert-wash); }
.run { color: var(--soft); margin: 0.5rem 0 0; max-width: none; }
.contents { margin-top: 1.25rem; padding: 0.6rem 0; border: solid var(--line); border-width: 1px 0; font-size: 0.875rem; }
.contents ul, .legend, .figures, .details { list-style: none; margin: 0; padding: 0; }
.contents ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; }
.contents a { text-decoration: none; }
.contents a:hover { text-decoration: underline; }

.statement { font-size: 1.1875rem; line-height: 1.5; max-width: 60rem; margin-bottom: 1rem; }
.coverage-bar svg { display: block; width: 100%; height: 0.75rem; background: var(--wash); border-radius: 2px; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0.6rem 0 0; font-size: 0.875rem; }
.legend a { color: inherit; }
.legend .soft { margin-left: auto; }
.key { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 2px; margin-right: 0.45em; }
.tone-accent { fill: var(--accent); background: var(--accent); }
.tone-alert { fill: var(--alert); background: var(--alert); }
.tone-rest { fill: var(--rest); background: var(--rest); }
.notice { border-left: 4px solid var(--alert); background: var(--alert-wash); padding: 0.9rem 1.2rem; margin-top: 1.25rem; }
.notice ul { margin: 0; padding-left: 1.2rem; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.875rem; line-height: 1.45; }
caption { text-align: left; font-weight: 600; padding: 0 0 0.5rem; }
.scroll { overflow-x: auto; margin-top: 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 1.25rem 0.5rem 0; border-bottom: 1px solid var(--line); font-weight: 400; unicode-bidi: isolate; }
th:last-child, td:last-child { padding-right: 0; }
thead th, thead td { color: var(--soft); font-size: 0.8125rem; vertical-align: bottom; border-bottom-color: var(--rest); }
tbody th { font-weight: 600; }
tbody tr:hover { background: var(--wash); }
.number { text-align: right; white-space: nowrap; }
.warn { color: var(--alert); font-weight: 600; }
.none, td.number:not(.warn) { color: inherit; }
.missing .cause { min-width: 18rem; overflow-wrap: anywhere; }
.missing .remedy { min-width: 14rem; }
.missing code { white-space: nowrap; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem 2rem; margin: 1rem 0 0; }
.facts dt { color: var(--soft); font-size: 0.875rem; }
.facts dd { margin: 0; font-size: 0.875rem; }
.facts dd b { display: block; font-size: 1.375rem; font-weight: 600; line-height: 1.35; letter-spacing: -0.01em; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: 0; border-bottom: 1px solid var(--line); }
.figures a { display: block; height: 100%; padding: 0.4rem 1rem 1rem 0; color: inherit; text-decoration: none; }
.figures b { display: block; font-size: 2.5rem; font-weight: 600; line-height: 1.15; letter-spacing: -0.03em; color: var(--accent); }
.figures b.alert { color: var(--alert); }
.figures span { display: block; font-weight: 600; margin-top: 0.2rem; }
.figures a:hover span, .details a:hover { text-decoration: underline; }
.details { display: flex; flex-wrap: wrap; gap: 0.35rem 2rem; margin: 0.9rem 0; font-size: 0.875rem; }
.details a { color: inherit; text-decoration: none; }

.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem 3.5rem; }
.charts .tall { grid-row: 1 / span 2; grid-column: 2; }
figure { margin: 0; }
figcaption { font-weight: 600; margin-bottom: 0.75rem; }
figcaption small { font-weight: 400; }
figure > svg { display: block; width: 100%; height: auto; max-width: 36rem; }
svg text { font-size: 13px; fill: var(--soft); text-anchor: middle; }
svg text.value { font-size: 15px; font-weight: 600; fill: var(--ink); }
svg text.start { text-anchor: start; }
svg .axis { stroke: var(--rest); }
svg .border { stroke: var(--rest); stroke-dasharray: 3 4; }
svg .hit { fill: transparent; }
svg a:hover .hit, svg a:focus-visible .hit { fill: var(--wash); }
svg a:focus-visible { outline-offset: -2px; }
.bars a { display: inline-block; min-width: 1.5rem; line-height: 1.5rem; }
.bars th, .bars td { padding-top: 0.15rem; padding-bottom: 0.15rem; border-bottom: 0; }
.bars tbody th { font-weight: 400; width: 1%; white-space: nowrap; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
.bars .bar { vertical-align: middle; width: auto; }
.bars .bar svg { display: block; width: 100%; height: 0.8rem; }
.bars .number { width: 1%; padding-left: 0; }

.plain { margin: 0; padding-left: 1.2rem; max-width: 50rem; }
.plain li { margin-bottom: 0.3rem; }
.provenance { margin: 1rem 0 0; font-size: 0.875rem; }
.provenance div { display: grid; grid-template-columns: 13rem 1fr; gap: 1rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
.provenance dt { color: var(--soft); }
.provenance dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }`;
