import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";

/** A value that may be nowhere. */
export interface Secret {
  /** For the message. */
  name: string;
  value: string;
}

/** Something that was left behind, and where. */
export interface Place {
  where: string;
  bytes: string | Uint8Array;
}

/** How often what is packed within packed is unpacked. */
const DEPTH = 4;

/**
 * Where secrets are found, as `name in where`: as they are, in base64 of any alignment, in hexadecimal, as a URL, JSON or HTML writes
 * them, and in everything that is packed: gzip, deflate, zip, Parquet, and base64 of any of these within text.
 */
export async function findSecrets(places: readonly Place[], secrets: readonly Secret[]): Promise<string[]> {
  const sought = secrets.map(({ name, value }) => ({ name, forms: formsOf(value) }));
  const found = new Set<string>();
  for (const { where, bytes } of places) {
    for (const text of await viewsOf(Buffer.from(bytes), DEPTH)) {
      const unescaped = plain(text);
      for (const { name, forms } of sought) {
        if (forms.some((form) => text.includes(form) || unescaped.includes(form))) found.add(`${name} in ${where}`);
      }
    }
  }
  return [...found];
}

/** Everything that a value may be written as. */
function formsOf(value: string): string[] {
  // what is shorter stands in any text
  if (value.length < 8) throw new Error("a marked value has eight characters or more");
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // the first characters depend on what stands before, the last on what comes after
    const inner = whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const hex = bytes.toString("hex");
  const wide = Buffer.from(value, "utf16le").toString("latin1");
  return [
    ...new Set([bytes.toString("latin1"), plain(bytes.toString("latin1")), wide, hex, hex.toUpperCase(), ...base64]),
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Text without what URLs, HTML and JSON, however deep, write characters as. */
function plain(text: string): string {
  const character = (digits: string, radix: number): string =>
    String.fromCharCode(Number.parseInt(digits, radix) & 0xff);
  const unescaped = text
    .replace(/\\+u00([0-9a-f]{2})/gi, (_, digits: string) => character(digits, 16))
    .replaceAll("\\", "")
    .replace(/%(?:25)*([0-9a-f]{2})/gi, (_, digits: string) => character(digits, 16));
  return unescaped
    .replace(/&(amp;)*#x([0-9a-f]{1,4});/gi, (_, _more, digits: string) => character(digits, 16))
    .replace(/&(amp;)*#(\d{1,5});/g, (_, _more, digits: string) => character(digits, 10))
    .replace(/&(?:amp;)*(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "");
}

/** What some bytes say, as text of one character a byte, with what is packed in them. */
async function viewsOf(bytes: Buffer, depth: number): Promise<string[]> {
  const text = bytes.toString("latin1");
  if (depth === 0) return [text];
  const inner: Buffer[] = [...unpacked(bytes), ...(await rowsOf(bytes))];
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)) {
    const decoded = Buffer.from(run, "base64");
    if (unpacked(decoded).length > 0 || /^[\t\n\r -~]+$/.test(decoded.toString("latin1", 0, 12))) inner.push(decoded);
  }
  const views = [text];
  for (const more of inner) views.push(...(await viewsOf(more, depth - 1)));
  return views;
}

/** What is packed in some bytes: themselves, or the entries of a zip file. */
function unpacked(bytes: Buffer): Buffer[] {
  if (bytes.subarray(0, 4).toString("latin1") === "PK\u0003\u0004") return entriesOf(bytes);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return attempt(() => gunzipSync(bytes));
  if (bytes.length < 8) return [];
  return [inflateSync, inflateRawSync, brotliDecompressSync]
    .map((unpack) => attempt(() => unpack(bytes)))
    .reduce((one, other) => (one.length > 0 ? one : other));
}

function attempt(unpack: () => Buffer): Buffer[] {
  try {
    const found = unpack();
    return found.length > 0 ? [found] : [];
  } catch {
    return [];
  }
}

/** The entries of a zip file, by its central directory. */
function entriesOf(zip: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (
    let at = zip.indexOf("PK\u0001\u0002", 0, "latin1");
    at >= 0;
    at = zip.indexOf("PK\u0001\u0002", at + 4, "latin1")
  ) {
    const [method, packed, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const body = zip.subarray(begin, begin + packed);
    found.push(...(method === 0 ? [body] : attempt(() => inflateRawSync(body))));
  }
  return found;
}

/** The rows of a Parquet file, as JSON. */
async function rowsOf(bytes: Buffer): Promise<Buffer[]> {
  if (bytes.subarray(0, 4).toString("latin1") !== "PAR1") return [];
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file });
  return [
    Buffer.from(JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))),
  ];
}
