import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { messageOf, RolloutError } from "../errors";

/** Characters gathered before they are written. */
const PIECE_CHARACTERS = 1024 * 1024;

/** A file that is being written. */
export interface OutputFile {
  write(piece: string): void;
}

/**
 * Files that come into being together: until all are written, none is there under its name, and a reader never sees half of one.
 */
export class OutputFiles {
  private readonly files: { path: string; descriptor: number; pending: string }[] = [];

  /** @param option The option of the command line that names the folder, for errors. */
  constructor(
    private readonly folder: string,
    private readonly option = "--out",
  ) {}

  /** Begins a file; a name may have folders of its own. */
  open(name: string): OutputFile {
    return this.reporting(name, () => {
      const target = path.join(this.folder, name);
      mkdirSync(path.dirname(target), { recursive: true });
      const file = { path: target, descriptor: openSync(`${target}.tmp`, "w"), pending: "" };
      this.files.push(file);
      return {
        write: (piece) =>
          this.reporting(name, () => {
            file.pending += piece;
            if (file.pending.length >= PIECE_CHARACTERS) flush(file);
          }),
      };
    });
  }

  /** Ends all files and gives them their names. */
  commit(): void {
    for (const file of this.files) {
      this.reporting(path.basename(file.path), () => {
        flush(file);
        closeSync(file.descriptor);
        file.descriptor = -1;
      });
    }
    for (const file of this.files.splice(0)) {
      this.reporting(path.basename(file.path), () => renameSync(`${file.path}.tmp`, file.path));
    }
  }

  /** Gives up what is not committed, and leaves nothing of it; does nothing after a commit. */
  abandon(): void {
    for (const file of this.files.splice(0)) {
      if (file.descriptor >= 0) closeSync(file.descriptor);
      rmSync(`${file.path}.tmp`, { force: true });
    }
  }

  private reporting<T>(name: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new RolloutError(
        `${path.join(this.folder, name)} cannot be written: ${messageOf(cause)}. Choose another folder with ${this.option}`,
        1,
        { cause },
      );
    }
  }
}

function flush(file: { descriptor: number; pending: string }): void {
  const piece = Buffer.from(file.pending);
  file.pending = "";
  writeAll(file.descriptor, piece);
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.byteLength;) written += writeSync(descriptor, bytes, written);
}
