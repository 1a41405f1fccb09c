/** The style sheet of the review list to sign. It is made for paper first: A4, landscape, black on white, no ink for decoration. */
export const REVIEW_STYLES = `
@page { size: A4 landscape; margin: 12mm 12mm 14mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 285mm; background: #fff; color: #111;
  font: 9.5pt/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 17pt; line-height: 1.2; margin: 0 0 0.4em; }
h2 { font-size: 12pt; line-height: 1.3; margin: 0; }
p { margin: 0.2em 0 0.6em; }
.soft { color: #444; }
section { margin-top: 2.2em; content-visibility: auto; contain-intrinsic-size: auto 30rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font-variant-numeric: tabular-nums; }
th, td, li { unicode-bidi: isolate; }
th, td { border: 0.5pt solid #777; padding: 0.3em 0.5em; text-align: left; vertical-align: top; }
thead th { background: #eee; font-size: 8.5pt; }
tbody th { font-weight: 600; }
col:nth-child(1) { width: 17%; } col:nth-child(2) { width: 8.5%; } col:nth-child(3) { width: 19%; } col:nth-child(4) { width: 6.5%; }
col:nth-child(5) { width: 9%; } col:nth-child(6) { width: 22%; } col:nth-child(7) { width: 8%; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
td i { display: block; font-style: normal; white-space: nowrap; }
td i::before { content: ""; display: inline-block; width: 0.8em; height: 0.8em; border: 0.8pt solid #111; margin-right: 0.4em; vertical-align: -0.05em; }
.whose { border-width: 0 0 0.5pt; padding: 0 0 0.2em; font-size: 8.5pt; color: #444; }
.sign { display: flex; gap: 1.5em; margin-top: 3.2em; break-inside: avoid; break-before: avoid; }
.sign span { flex: 1; border-top: 0.8pt solid #111; padding-top: 0.2em; font-size: 8.5pt; }
.sign span:nth-child(2) { flex: 0.5; }
ul { margin: 0; padding-left: 1.2em; }
td ul { padding-left: 1em; }
@media print { body { padding: 0; max-width: none; } section { content-visibility: visible; } h2, h2 + p { break-after: avoid; }
  thead th { print-color-adjust: exact; } }
`;
