/**
 * Text on the page: every word that a user of an account could choose passes through here.
 */

/** Nearly all names are of these; to see so takes a fraction of the time. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Makes characters visible that have no shape or change the order of reading (bidirectional marks, zero-width and
 * control characters), as in `[U+202E]`: a name must not be able to pass for another. Line ends and tabs become spaces.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(/[\t\r\n]+/g, " ")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (char) => `[U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

/** The same for lines of a terminal, whose line ends stay: nothing of them may move the cursor, or change what stands above. */
export function visibleLines(text: string): string {
  return PLAIN.test(text) ? text : text.split("\n").map(visible).join("\n");
}

/** Escapes text for HTML content and for attributes in quotes, after making it {@link visible}. */
export function escape(text: string): string {
  return visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Letters of scripts that are read from the right. */
export const FROM_THE_RIGHT =
  "[\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFC\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}]";
const HAS_FROM_THE_RIGHT = new RegExp(FROM_THE_RIGHT, "u");

/**
 * A path of units as HTML. Names in Hebrew or Arabic would turn the slashes between them around, so that a unit seemed to hold the one above
 * it: each is set apart.
 */
export function escapePath(path: string): string {
  if (!HAS_FROM_THE_RIGHT.test(path)) return escape(path);
  return path
    .split("/")
    .map((name) => `<bdi>${escape(name)}</bdi>`)
    .join("/");
}

/** JSON that can stand inside a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** A whole number with its thousands apart: `12,345`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with its noun: `1 account`, `2 accounts`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `2026-11-20T02:14:09.123Z` as `2026-11-20 02:14:09 UTC`. */
export function dateTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A span of milliseconds in its two largest units: `3 h 42 min`, `2 d 5 h`, `under a minute`. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "under a minute";
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts =
    days > 0 ? [`${grouped(days)} d`, hours && `${hours} h`] : [hours && `${hours} h`, rest && `${rest} min`];
  return parts.filter(Boolean).join(" ");
}
