import { BASE_STYLES } from "./styles/base";
import { PRINT_STYLES } from "./styles/print";
import { SECTION_STYLES } from "./styles/sections";
import { TABLE_STYLES } from "./styles/tables";

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

/** For windows too narrow for columns side by side. */
const NARROW_STYLES = `
@media (max-width: 40rem) {
  body { padding: 0 1.1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .figures { grid-template-columns: 1fr 1fr; }
  .legend .soft { margin-left: 0; width: 100%; }
  .provenance div { grid-template-columns: 1fr; gap: 0; }
  input, select { width: 100%; max-width: none; }
  label { width: 100%; }
  .charts { grid-template-columns: minmax(0, 1fr); }
  .sparks { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 1.2rem; }
  .controls tbody th { min-width: 11rem; }
  .charts .tall { grid-row: auto; grid-column: auto; }
  .bars th, .bars td { padding-right: 0.6rem; }
  .bars tbody th { max-width: 8rem; }
  .change-group .scroll, .change-group .scroll + p { margin-left: 0; }
  .change-title { min-width: 10rem; }
}`;

/** The whole style sheet. Print is always light. */
export const PAGE_STYLES = `:root { color-scheme: light dark;${LIGHT} }
@media (prefers-color-scheme: dark) { :root {${DARK} } }
${BASE_STYLES}${SECTION_STYLES}${TABLE_STYLES}${NARROW_STYLES}
@media print { :root { color-scheme: light;${LIGHT} }
${PRINT_STYLES}
}
`;
