import { readFile, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { Json } from "./types";
import { ARCHIVE_SIGNATURE, SIGNATURE_KEY, isObject } from "./wire";

/** A file on its way into an archive. */
export interface ArchiveEntry {
  /** With forward slashes, as in `build/index.js`. */
  name: string;
  bytes: Buffer;
}

/**
 * The zip file of a Pulumi archive: a map of assets, a folder, or a zip file that is there already. Paths are relative
 * to `folder`, the program's. Throws, naming the entry, on what it cannot pack (a URL, a tar file, a zip within a zip).
 */
export async function zipOf(archive: Json | undefined, folder: string): Promise<Buffer> {
  if (isObject(archive) && typeof archive.path === "string" && archive.path.endsWith(".zip")) {
    return readFile(resolve(folder, archive.path));
  }
  return zip(await entriesOf("", archive ?? null, folder));
}

/** Files of an asset or archive, in order of their names. */
async function entriesOf(name: string, value: Json, folder: string): Promise<ArchiveEntry[]> {
  if (!isObject(value) || !(SIGNATURE_KEY in value)) throw new Error(`"${name}" is neither an asset nor an archive`);
  if (typeof value.text === "string") return [{ name, bytes: Buffer.from(value.text) }];
  if (typeof value.path === "string") return filesOf(name, resolve(folder, value.path));
  if (value[SIGNATURE_KEY] === ARCHIVE_SIGNATURE && isObject(value.assets)) {
    const nested = Object.entries(value.assets).map(([key, item]) =>
      entriesOf(name === "" ? key : `${name}/${key}`, item ?? null, folder),
    );
    return (await Promise.all(nested)).flat();
  }
  throw new Error(`the stand-in for the AWS provider packs files and texts, not what "${name}" is`);
}

async function filesOf(name: string, path: string): Promise<ArchiveEntry[]> {
  if (!(await stat(path)).isDirectory()) {
    if (/\.(zip|tar|tgz|tar\.gz)$/.test(path)) throw new Error(`an archive within an archive is not covered: ${path}`);
    return [{ name, bytes: await readFile(path) }];
  }
  const names = (await readdir(path)).sort();
  const nested = names.map((file) => filesOf(name === "" ? file : `${name}/${file}`, join(path, file)));
  return (await Promise.all(nested)).flat();
}

/** 1980-01-01, the first day that the format knows: the same files give the same bytes. */
const DATE = 0x0021;
const DEFLATE = 8;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** Version made by: Unix, so that the mode below counts. */
const MADE_BY_UNIX = 0x0300 | VERSION;
/** A regular file that everyone may read: Lambda runs it as another user. */
const MODE = (0o100644 << 16) >>> 0;

/**
 * Packs files into a zip file, in order of their names.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16
 */
export function zip(entries: readonly ArchiveEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of sorted) {
    const nameBytes = Buffer.from(name);
    const data = deflateRawSync(bytes, { level: 9 });
    // What both headers share: version, flags, method, time, date, checksum, sizes, length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(UTF8_NAMES, 2);
    common.writeUInt16LE(DEFLATE, 4);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, nameBytes, data]);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE(MODE, 6);
    attributes.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(MADE_BY_UNIX);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), madeBy, common, attributes, nameBytes]));
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(sorted.length, 8);
  end.writeUInt16LE(sorted.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
