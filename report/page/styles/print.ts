/** The page on paper. */
export const PRINT_STYLES = `
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
.paged, .controls, .exceptions { min-width: 0; }
.controls { font-size: 0.8125rem; }
.controls tbody th { min-width: 0; }
.controls .cis, .controls .hub, .controls .number { padding-right: 0.6rem; }
.controls .rate { min-width: 0; }
.rate-bar { width: 3rem; margin-right: 0.4rem; }
.exceptions .reason, .paged td.marks { min-width: 0; }
.sparks { grid-template-columns: repeat(4, 1fr); }
.figures-by-run { display: none; }
.paged td.lines, .missing .cause, .missing .remedy { min-width: 0; }
.figures { grid-template-columns: repeat(5, 1fr); }
.figures b { font-size: 2rem; }
#users { break-before: page; border-top: 0; }
h2, h3, caption, figcaption, .statement { break-after: avoid; }
thead, tr, figure, .figures li, .sparks li, .facts, .provenance div, .plain li, .notice { break-inside: avoid; }
thead { display: table-header-group; }
/* Chromium does not repeat a table head that holds a box of its own. */
.paged th button { display: contents; }
a { color: inherit; text-decoration: none; }`;
