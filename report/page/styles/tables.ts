/** Searches, paged tables and the marks of rows. */
export const TABLE_STYLES = `
search { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem 1rem; margin-top: 1rem; }
label { display: grid; gap: 0.2rem; font-size: 0.8125rem; color: var(--soft); }
input, select, button { font: inherit; color: var(--ink); }
input, select, search > button, .turner button { font-size: 0.875rem; padding: 0.4rem 0.65rem; border: 1px solid var(--rest); border-radius: 4px; background: var(--paper); min-height: 2.3rem; }
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
.paged td, .paged tbody th { padding-right: 0.75rem; }
.paged th.number, .paged td.number { padding-right: 1.25rem; }
.paged .text, .paged .path { overflow-wrap: break-word; }
.date { white-space: nowrap; }
.paged tbody th { min-width: 8rem; overflow-wrap: anywhere; }
.paged td.none, .paged td:empty::before { color: var(--soft); }
.paged td:empty::before { content: "\\2013"; }
.paged .account { min-width: 9rem; }
.line { display: block; }
.paged td.lines { min-width: 12rem; }
.paged td.lines:last-child { min-width: 7rem; }
.line + .line { color: var(--soft); font-size: 0.8125rem; }
.line:nth-child(2n + 1) { color: inherit; font-size: inherit; }
.paged td.marks { min-width: 11rem; }
.paged:has(details[open]) td.marks { min-width: 21rem; }
.paged:has(details[open]) td.lines { min-width: 11rem; }
.paged:has(details[open]) .account { min-width: 9rem; }
.mark { display: inline-block; margin: 0 0.1rem 0.2rem 0; padding: 0 0.45rem; border-radius: 3px; font-size: 0.75rem; line-height: 1.5; white-space: nowrap; color: var(--alert); background: var(--alert-wash); }
.mark.excepted, .mark.unclear, .mark.settled { color: var(--soft); background: var(--wash); box-shadow: inset 0 0 0 1px var(--line); }
.marks .mark.excepted { text-decoration: line-through; }
.marks summary { cursor: pointer; list-style-position: outside; margin-left: 0.9rem; }
.marks summary::marker { color: var(--soft); }
.proof { margin: 0.5rem 0 0 0.9rem; padding: 0.4rem 0 0 0.6rem; border-left: 2px solid var(--rest); }
.proof p { margin: 0 0 0.2rem; }
.proof p { line-height: 1.35; }
.proof b { font-weight: 600; font-size: 0.8125rem; }
.proof small { font-size: 0.75rem; }
.proof ul { list-style: none; margin: 0; padding: 0; font-size: 0.75rem; }
.proof li { display: flex; flex-wrap: wrap; gap: 0 0.5em; overflow-wrap: anywhere; }
.proof code { color: var(--soft); }
.turner { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0.5rem; margin-top: 0.75rem; font-size: 0.875rem; color: var(--soft); }
.turner p { margin: 0; }
.turner button + button { margin-left: 0.5rem; }
th.unit { min-width: 13rem; }
th.unit small { display: inline; font-weight: 400; font-size: inherit; }`;
