import { inflateSync } from "node:zlib";

/**
 * The text of each page of a PDF that Chromium wrote, ligatures resolved and without the spaces between words: enough to tell whether a name was
 * printed. Knows only what Skia writes (one object after the other, glyphs as hexadecimal, a ToUnicode map for each font).
 */
export function pdfPages(pdf: Buffer): string[] {
  const objects = objectsOf(pdf);
  const maps = new Map<number, ReadonlyMap<string, string>>();
  const mapOf = (font: number) => {
    const known = maps.get(font);
    if (known) return known;
    const reference = /\/ToUnicode (\d+) 0 R/.exec(objects.get(font)?.head ?? "")?.[1];
    const map = toUnicode(objects.get(Number(reference))?.stream ?? "");
    maps.set(font, map);
    return map;
  };
  return [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b/.test(head))
    .map(({ head }) => {
      const fonts = new Map([...head.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = "", id]) => [name, Number(id)]));
      const content = /\/Contents (\d+) 0 R/.exec(head)?.[1];
      return textOf(objects.get(Number(content))?.stream ?? "", (name) => mapOf(fonts.get(name) ?? -1));
    });
}

interface PdfObject {
  head: string;
  /** Inflated, a character for each byte. */
  stream: string;
}

function objectsOf(pdf: Buffer): ReadonlyMap<number, PdfObject> {
  const text = pdf.toString("latin1");
  const objects = new Map<number, PdfObject>();
  const begin = /(?:^|\n)(\d+) 0 obj\n/g;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const from = match.index + match[0].length;
    const end = text.indexOf("endobj", from);
    const head = text.slice(from, end).split("stream\n")[0] ?? "";
    const length = Number(/\/Length (\d+)/.exec(head)?.[1] ?? NaN);
    let stream = "";
    if (text.startsWith("stream\n", from + head.length) && !Number.isNaN(length)) {
      const start = from + head.length + "stream\n".length;
      const bytes = pdf.subarray(start, start + length);
      stream = (head.includes("/FlateDecode") ? inflateSync(bytes) : bytes).toString("latin1");
      begin.lastIndex = start + length;
    }
    objects.set(Number(match[1]), { head, stream });
  }
  return objects;
}

/** Glyph to characters, by the font's own map. */
function toUnicode(cmap: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  const characters = (hex: string) => Buffer.from(hex, "hex").swap16().toString("utf16le");
  for (const [, block = ""] of cmap.matchAll(/beginbfchar\n([^]*?)endbfchar/g)) {
    for (const [, glyph = "", hex = ""] of block.matchAll(/<(\w+)> <(\w+)>/g)) map.set(glyph, characters(hex));
  }
  for (const [, block = ""] of cmap.matchAll(/beginbfrange\n([^]*?)endbfrange/g)) {
    for (const [, from = "", to = "", first = ""] of block.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      for (let n = parseInt(from, 16); n <= parseInt(to, 16); n += 1) {
        const code = parseInt(first, 16) + n - parseInt(from, 16);
        map.set(n.toString(16).toUpperCase().padStart(4, "0"), String.fromCodePoint(code));
      }
    }
  }
  return map;
}

function textOf(content: string, mapOf: (font: string) => ReadonlyMap<string, string>): string {
  let text = "";
  let map: ReadonlyMap<string, string> = new Map();
  for (const [, font, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([\dA-F]+)>/g)) {
    if (font !== undefined) map = mapOf(font);
    else for (const glyph of glyphs?.match(/.{4}/g) ?? []) text += map.get(glyph) ?? "";
  }
  return text.normalize("NFKC").replace(/\s/g, "");
}
