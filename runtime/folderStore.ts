import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { EvidenceObject } from "../report/manifest";
import { CallError, errorCode, errorMessage } from "./errors";
import { intact, keys, type ObjectWriter, type Store } from "./store";

/** Keeps evidence in a folder of this machine, in the layout of the bucket. An object appears whole or not at all. */
export class FolderStore implements Store {
  readonly remedy = "Check that the folder can be written and that its disk has room, then run again";

  constructor(readonly place: string) {}

  put(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.write(key, body, publishOnce);
  }

  replace(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.write(key, body, rename);
  }

  open(key: string): Promise<ObjectWriter> {
    return FileWriter.open(this.place, key, publishOnce);
  }

  async runIds(after?: string): Promise<string[]> {
    const entries = await absentAs([], readdir(join(this.place, keys.runs), { withFileTypes: true }));
    const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return ids.filter((id) => after === undefined || id > after).sort();
  }

  manifest(runId: string): Promise<Uint8Array | undefined> {
    return absentAs(undefined, readFile(join(this.place, keys.manifest(runId))));
  }

  async read(object: EvidenceObject): Promise<Uint8Array> {
    return intact(object, await readFile(join(this.place, object.key)));
  }

  private async write(key: string, body: Uint8Array, publish: Publish): Promise<EvidenceObject> {
    const writer = await FileWriter.open(this.place, key, publish);
    try {
      await writer.write(body);
      return await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }
}

/** Gives a finished file its name. */
type Publish = (temporary: string, file: string) => Promise<void>;

/** A link, unlike a rename, fails where the name is taken. */
const publishOnce: Publish = async (temporary, file) => {
  await link(temporary, file);
  await unlink(temporary);
};

/** Writes a file beside its place, and puts it there when it is whole. */
class FileWriter implements ObjectWriter {
  private readonly hash = createHash("sha256");
  private bytes = 0;

  private constructor(
    private readonly key: string,
    private readonly file: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
    private readonly publish: Publish,
  ) {}

  static open(place: string, key: string, publish: Publish): Promise<FileWriter> {
    const file = join(place, key);
    const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
    return asCall(async () => {
      // Reports name people and their keys: nobody else on this machine reads them.
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      return new FileWriter(key, file, temporary, await open(temporary, "wx", 0o600), publish);
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
    return asCall(() => this.handle.writeFile(bytes));
  }

  close(): Promise<EvidenceObject> {
    return asCall(async () => {
      await this.handle.close();
      await this.publish(this.temporary, this.file);
      return { key: this.key, bytes: this.bytes, sha256: this.hash.digest("hex") };
    });
  }

  async abort(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await unlink(this.temporary).catch(() => undefined);
  }
}

async function asCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CallError(errorCode(error), errorMessage(error), 1, { cause: error });
  }
}

async function absentAs<T, U>(absent: U, work: Promise<T>): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return absent;
    throw error;
  }
}
