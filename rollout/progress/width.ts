import { visible } from "../../report/page/text";

/** Characters that a terminal gives two columns: East Asian wide forms and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Characters without a column of their own: marks that join the one before, and format characters. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += columnsOf(segment);
  return width;
}

/** The text in at most so many columns, with … for what is left out. Line ends and other control characters become spaces; others without shape are shown. */
export function fitted(text: string, columns: number): string {
  const line = visible(text.replace(/\p{Cc}+/gu, " "));
  if (widthOf(line) <= columns) return line;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(line)) {
    width += columnsOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text, filled up with spaces to so many columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

function columnsOf(grapheme: string): number {
  if (NONE.test(grapheme)) return 0;
  return WIDE.test(grapheme) || grapheme.includes("\ufe0f") ? 2 : 1;
}
