import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import type { KeepRaw, KeptReport } from "../accountTask";
import type { Clock } from "../clock";
import { CallError } from "../errors";
import { GENERATED_TIME, rawMetadata } from "../rawReport";
import { withRetry } from "../retry";
import { putCommand, type Bucket } from "../s3Bucket";
import { evidence, keys } from "../store";

/** What the steps of a run keep in the bucket beside the evidence, and what they read back of it. */
export interface WorkStore {
  /** Name of the bucket, for people. */
  readonly place: string;
  /**
   * Puts a JSON document that is not there yet; false if one is, be it the same.
   *
   * @throws {CallError} if it cannot be put.
   */
  create(key: string, document: unknown): Promise<boolean>;
  /** @throws {CallError} if it is not there, or cannot be read. */
  read<T>(key: string): Promise<T>;
  /** Keys that begin with `prefix`, in order. */
  list(prefix: string): Promise<string[]>;
  /** Stores raw reports of a run, of which any may be there from an attempt that died: what is there stays, and counts. */
  keepRaw(runId: string): KeepRaw;
  /** A raw report that is there, with its metadata. */
  readRaw(runId: string, accountId: string): Promise<KeptReport>;
}

/**
 * Needs, beside what {@link S3Store} needs, `s3:PutObject` and `s3:GetObject` on `work/*`, `s3:GetObject` on `runs/…/raw/…`, and
 * `s3:ListBucket` with prefixes below `work/` and `runs/`.
 */
export class S3WorkStore implements WorkStore {
  readonly place: string;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: Bucket,
    private readonly clock: Clock,
  ) {
    this.place = bucket.bucketName;
  }

  create(key: string, document: unknown): Promise<boolean> {
    return this.putOnce(key, Buffer.from(JSON.stringify(document)));
  }

  async read<T>(key: string): Promise<T> {
    const { bytes } = await this.get(key);
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as T;
  }

  async list(prefix: string): Promise<string[]> {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...this.names(), Prefix: prefix, ContinuationToken: token });
      const page = await withRetry(() => this.client.send(command), { clock: this.clock });
      for (const { Key: key } of page.Contents ?? []) if (key !== undefined) found.push(key);
      token = page.NextContinuationToken;
    } while (token);
    return found.sort();
  }

  keepRaw(runId: string): KeepRaw {
    return async (accountId, fetched, endsAt) => {
      const key = keys.raw(runId, accountId);
      const stored = await this.putOnce(key, fetched.bytes, { metadata: rawMetadata(fetched), endsAt });
      return stored ? { fetched, raw: evidence(key, fetched.bytes) } : this.readRaw(runId, accountId);
    };
  }

  async readRaw(runId: string, accountId: string): Promise<KeptReport> {
    const key = keys.raw(runId, accountId);
    const { bytes, metadata } = await this.get(key);
    const { [GENERATED_TIME]: generatedTime } = metadata;
    if (generatedTime === undefined) {
      throw new CallError("IncompleteAnswer", `${key} has no metadata that says when the report was generated`, 1);
    }
    return { fetched: { bytes, generatedTime }, raw: evidence(key, bytes) };
  }

  /**
   * Puts an object unless there is one: false then. Unlike evidence of one process, an object that is found after a lost answer need
   * not be that of the try before: an attempt that died may have put it.
   */
  private async putOnce(
    key: string,
    body: Uint8Array,
    { metadata, endsAt }: { metadata?: Record<string, string>; endsAt?: number } = {},
  ): Promise<boolean> {
    const command = putCommand(this.bucket, evidence(key, body), body, { once: true, metadata });
    try {
      const { clock } = this;
      await withRetry(() => this.client.send(command), { clock, ...(endsAt === undefined ? {} : { endsAt }) });
      return true;
    } catch (error) {
      if (error instanceof CallError && error.code === "PreconditionFailed") return false;
      throw error;
    }
  }

  private get(key: string): Promise<{ bytes: Uint8Array; metadata: Record<string, string> }> {
    const command = new GetObjectCommand({ ...this.names(), Key: key });
    return withRetry(
      async () => {
        const { Body: body, Metadata: metadata = {} } = await this.client.send(command);
        return { bytes: (await body?.transformToByteArray()) ?? Buffer.alloc(0), metadata };
      },
      { clock: this.clock },
    );
  }

  private names() {
    return { Bucket: this.bucket.bucketName, ExpectedBucketOwner: this.bucket.bucketOwner };
  }
}
