import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { EvidenceObject } from "../report/manifest";
import { CallError, errorCode, errorMessage } from "./errors";
import { evidence, keys, type Store } from "./store";

/** Keeps evidence in a folder of this machine, in the layout of the bucket. An object appears whole or not at all. */
export class FolderStore implements Store {
  constructor(readonly place: string) {}

  put(key: string, body: Uint8Array): Promise<EvidenceObject> {
    // A link, unlike a rename, fails where the name is taken.
    return this.write(key, body, async (temporary, file) => {
      await link(temporary, file);
      await unlink(temporary);
    });
  }

  replace(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.write(key, body, rename);
  }

  async runIds(after?: string): Promise<string[]> {
    const entries = await absentAs([], readdir(join(this.place, keys.runs), { withFileTypes: true }));
    const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return ids.filter((id) => after === undefined || id > after).sort();
  }

  manifest(runId: string): Promise<Uint8Array | undefined> {
    return absentAs(undefined, readFile(join(this.place, keys.manifest(runId))));
  }

  private async write(
    key: string,
    body: Uint8Array,
    publish: (temporary: string, file: string) => Promise<void>,
  ): Promise<EvidenceObject> {
    const file = join(this.place, key);
    const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(temporary, body, { flag: "wx" });
      await publish(temporary, file);
    } catch (error) {
      await absentAs(undefined, unlink(temporary));
      throw new CallError(errorCode(error), errorMessage(error), 1, { cause: error });
    }
    return evidence(key, body);
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
