import { createHash } from "node:crypto";

import type { EvidenceObject } from "../../report/manifest";
import { CallError } from "../errors";
import { evidence, type ObjectWriter, type PutOptions, type Store } from "../store";
import { workKeys } from "./workObjects";
import type { WorkStore } from "./workStore";

/**
 * A store for writing the objects of one run by an attempt that may be the second: what the first has put, counts as put.
 *
 * The collector may not read what it wrote, so it cannot compare. Instead each attempt pledges size and hash of an object before it ends
 * it, in a work object that nobody replaces, and gives up where another attempt has pledged others. So an object that is there has the
 * pledged bytes, whoever put it.
 */
export class PledgedStore implements Store {
  readonly place: string;
  readonly remedy: string;

  constructor(
    private readonly store: Store,
    private readonly work: Pick<WorkStore, "create" | "read">,
    private readonly runId: string,
  ) {
    this.place = store.place;
    this.remedy = store.remedy;
  }

  /** For what is there once, whatever its bytes: a signature of the manifest is as good as another. */
  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<EvidenceObject> {
    try {
      return await this.store.put(key, body, options);
    } catch (error) {
      if (isThere(error)) return evidence(key, body);
      throw error;
    }
  }

  async open(key: string): Promise<ObjectWriter> {
    return new PledgedWriter(await this.store.open(key), key, (object) => this.pledge(object));
  }

  replace(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.store.replace(key, body);
  }

  runIds(after?: string): Promise<string[]> {
    return this.store.runIds(after);
  }

  manifest(runId: string): Promise<Uint8Array | undefined> {
    return this.store.manifest(runId);
  }

  read(object: EvidenceObject): Promise<Uint8Array> {
    return this.store.read(object);
  }

  private async pledge(object: EvidenceObject): Promise<void> {
    const key = workKeys.pledge(this.runId, object.key);
    if (await this.work.create(key, object)) return;
    const pledged = await this.work.read<EvidenceObject>(key);
    if (pledged.sha256 === object.sha256 && pledged.bytes === object.bytes) return;
    throw new CallError(
      "OtherBytes",
      `${object.key} would be other bytes than in the first attempt to write it, maybe because the collector was deployed anew in between`,
      1,
    );
  }
}

class PledgedWriter implements ObjectWriter {
  private readonly hash = createHash("sha256");
  private bytes = 0;

  constructor(
    private readonly writer: ObjectWriter,
    private readonly key: string,
    private readonly pledge: (object: EvidenceObject) => Promise<void>,
  ) {}

  write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
    return this.writer.write(bytes);
  }

  async close(): Promise<EvidenceObject> {
    const object = { key: this.key, bytes: this.bytes, sha256: this.hash.digest("hex") };
    await this.pledge(object);
    try {
      return await this.writer.close();
    } catch (error) {
      if (!isThere(error)) throw error;
      await this.writer.abort();
      return object;
    }
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }
}

function isThere(error: unknown): boolean {
  return error instanceof CallError && error.code === "PreconditionFailed";
}
