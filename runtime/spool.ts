import { randomBytes } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where one account's bytes stand in the spool. */
interface Extent {
  offset: number;
  length: number;
}

/**
 * Holds the raw reports of a run on disk between their arrival, in any order, and the consolidation, in account order. In
 * memory there are two numbers an account.
 *
 * The file has no name any more once it is open, so that the operating system removes it however the process ends.
 */
export class Spool {
  private readonly extents = new Map<string, Extent>();
  private end = 0;

  private constructor(
    private readonly file: FileHandle,
    /** Path that could not be removed at once; not every operating system lets an open file go. */
    private readonly left: string | undefined,
  ) {}

  /** Makes an empty spool in the folder for temporary files. */
  static async open(folder = tmpdir()): Promise<Spool> {
    const path = join(folder, `credential-reports-${randomBytes(8).toString("hex")}.spool`);
    // Nobody else on the machine may read the reports.
    const file = await open(path, "wx+", 0o600);
    const removed = await unlink(path).then(
      () => true,
      () => false,
    );
    return new Spool(file, removed ? undefined : path);
  }

  /** Adds the bytes of an account. Several may be added at the same time. */
  async add(accountId: string, bytes: Uint8Array): Promise<void> {
    const extent = { offset: this.end, length: bytes.byteLength };
    this.end += bytes.byteLength;
    for (let written = 0; written < extent.length;) {
      const { bytesWritten } = await this.file.write(bytes, written, extent.length - written, extent.offset + written);
      written += bytesWritten;
    }
    this.extents.set(accountId, extent);
  }

  /** The bytes of an account, as they were added. */
  async read(accountId: string): Promise<Uint8Array> {
    const extent = this.extents.get(accountId);
    if (!extent) throw new Error(`account ${accountId} is not in the spool`);
    const bytes = Buffer.allocUnsafe(extent.length);
    for (let read = 0; read < extent.length;) {
      const { bytesRead } = await this.file.read(bytes, read, extent.length - read, extent.offset + read);
      if (bytesRead === 0) throw new Error(`the spool ends within account ${accountId}`);
      read += bytesRead;
    }
    return bytes;
  }

  /** Closes and removes the file. */
  async close(): Promise<void> {
    await this.file.close();
    if (this.left !== undefined) await unlink(this.left).catch(() => undefined);
  }
}
