/**
 * The style sheet of the page, as text: one accent colour for what is there, one for what needs attention, figures of one
 * width, and a print form of its own. Its hash stands in the file's content-security policy.
 */

const LIGHT = `
  --paper: #ffffff; --ink: #1b2026; --soft: #59626c; --line: #dfe3e8; --wash: #f5f7f9;
  --accent: #1f5a8c; --accent-wash: #eaf1f8; --alert: #b03a24; --alert-wash: #fcefeb; --rest: #c3cad2;`;

const DARK = `
  --paper: #14181d; --ink: #e4e8ec; --soft: #9ca7b2; --line: #2d343c; --wash: #1b2127;
  --accent: #7fb4e3; --accent-wash: #1b2a38; --alert: #f0907a; --alert-wash: #35201c; --rest: #4a545f;`;

const PAGE = `
* { box-sizing: border-box; }
[hidden], .print-only { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; max-width: 82rem; padding: 0 2.5rem 4rem; background: var(--paper); color: var(--ink);
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

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 2rem 3.5rem; }
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
.bars th, .bars td { padding-top: 0.3rem; padding-bottom: 0.3rem; border-bottom: 0; }
.bars tbody th { font-weight: 400; width: 1%; white-space: nowrap; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
.bars .bar { vertical-align: middle; width: auto; }
.bars .bar svg { display: block; width: 100%; height: 0.8rem; }
.bars .number { width: 1%; padding-left: 0; }

search { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem 1rem; margin-top: 1rem; }
label { display: grid; gap: 0.2rem; font-size: 0.8125rem; color: var(--soft); }
input, select, button { font: inherit; color: var(--ink); }
input, select, search > button, .turner button { font-size: 0.875rem; padding: 0.4rem 0.65rem; border: 1px solid var(--rest); border-radius: 4px; background: var(--paper); }
input { width: 17rem; max-width: 100%; }
select { max-width: 20rem; }
search > button:enabled, .turner button:enabled { cursor: pointer; color: var(--accent); }
button:disabled { opacity: 0.5; }
.paged { min-width: 60rem; }
.paged th button { all: unset; cursor: pointer; box-sizing: border-box; }
.paged th button:hover { color: var(--ink); text-decoration: underline; text-underline-offset: 0.18em; }
.paged th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[aria-sort] { color: var(--ink); }
[aria-sort="none"] { color: var(--soft); }
[aria-sort="ascending"] button::after { content: " \\2191"; }
[aria-sort="descending"] button::after { content: " \\2193"; }
.paged td, .paged tbody th { padding-right: 1rem; }
.paged th.number, .paged td.number { padding-right: 1.75rem; }
.paged .text { overflow-wrap: break-word; }
.date { white-space: nowrap; }
.paged tbody th { min-width: 9.5rem; overflow-wrap: anywhere; }
.paged td.none, .paged td:empty::before { color: var(--soft); }
.paged td:empty::before { content: "\\2013"; }
.paged .account { min-width: 11rem; }
.line { display: block; }
.paged td.lines { min-width: 15.5rem; }
.paged td.lines:last-child { min-width: 7rem; }
.line + .line { color: var(--soft); font-size: 0.8125rem; }
.line:nth-child(2n + 1) { color: inherit; font-size: inherit; }
.mark { display: inline-block; margin: 0 0.3rem 0.2rem 0; padding: 0 0.45rem; border-radius: 3px; font-size: 0.75rem; line-height: 1.5; white-space: nowrap; color: var(--alert); background: var(--alert-wash); }
.turner { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0.5rem; margin-top: 0.75rem; font-size: 0.875rem; color: var(--soft); }
.turner p { margin: 0; }
.turner button + button { margin-left: 0.5rem; }
.target { display: block; height: 0; }

.plain { margin: 0; padding-left: 1.2rem; max-width: 50rem; }
.plain li { margin-bottom: 0.3rem; }
.provenance { margin: 1rem 0 0; font-size: 0.875rem; }
.provenance div { display: grid; grid-template-columns: 13rem 1fr; gap: 1rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
.provenance dt { color: var(--soft); }
.provenance dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { padding: 0 1.1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .figures { grid-template-columns: 1fr 1fr; }
  .legend .soft { margin-left: 0; width: 100%; }
  .provenance div { grid-template-columns: 1fr; gap: 0; }
  input, select { width: 100%; max-width: none; }
  label { width: 100%; }
}`;

const PRINT = `
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #59626c; } }
@page wide { size: A4 landscape; }
html { font-size: 11.5px; }
body { max-width: none; padding: 0; }
* { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.print-only { display: block !important; }
.print-only[hidden], .contents, .skip, search, .turner button, noscript { display: none !important; }
.masthead { padding-top: 0; }
section { padding-top: 1.25rem; margin-top: 1.5rem; }
.tables { page: wide; }
.tables > section:first-child { border-top: 0; margin-top: 0; padding-top: 0; }
.scroll { overflow: visible; }
.paged { min-width: 0; }
.paged td.lines, .missing .cause, .missing .remedy { min-width: 0; }
.figures { grid-template-columns: repeat(5, 1fr); }
.figures b { font-size: 2rem; }
h2, caption, figcaption, .statement { break-after: avoid; }
thead, tr, figure, .figures li, .facts, .provenance div, .plain li, .notice { break-inside: avoid; }
thead { display: table-header-group; }
/* Chromium does not repeat a table head that holds a box of its own. */
.paged th button { display: contents; }
a { color: inherit; text-decoration: none; }`;

/** The whole style sheet. Print is always light. */
export const PAGE_STYLES = `:root { color-scheme: light dark;${LIGHT} }
@media (prefers-color-scheme: dark) { :root {${DARK} } }
${PAGE}
@media print { :root { color-scheme: light;${LIGHT} }
${PRINT}
}
`;
