import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import type { EvidenceObject } from "../report/manifest";
import type { Clock } from "./clock";
import { withRetry } from "./retry";
import { putCommand, unlessDoneBefore, type Bucket } from "./s3Bucket";
import { S3Writer } from "./s3Writer";
import { evidence, intact, keys, type ObjectWriter, type PutOptions, type Store } from "./store";

/**
 * Keeps evidence in the bucket of the log-archive account, encrypted with the key of the security account.
 *
 * Needs `s3:PutObject` and `s3:AbortMultipartUpload` on what a run leaves, `s3:PutObjectTagging` on raw reports and the page, `s3:GetObject` on manifests, `s3:ListBucket` with
 * exactly the prefix `runs/`, for `read` also `s3:GetObject` on what is read, and `kms:GenerateDataKey` and `kms:Decrypt` on the key.
 */
export class S3Store implements Store {
  readonly place: string;
  readonly remedy = "Check that bucket and key exist and let the collector's role use them, then run again";

  constructor(
    private readonly client: S3Client,
    private readonly bucket: Bucket,
    private readonly clock: Clock,
  ) {
    this.place = bucket.bucketName;
  }

  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<EvidenceObject> {
    return putObject(this.client, this.bucket, this.clock, evidence(key, body), body, { once: true, ...options });
  }

  replace(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return putObject(this.client, this.bucket, this.clock, evidence(key, body), body, { once: false });
  }

  open(key: string): Promise<ObjectWriter> {
    return Promise.resolve(
      new S3Writer(this.client, this.bucket, this.clock, key, (object, body) =>
        putObject(this.client, this.bucket, this.clock, object, body, { once: true }),
      ),
    );
  }

  async runIds(after?: string): Promise<string[]> {
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        ...this.names(),
        Prefix: keys.runs,
        Delimiter: "/",
        ...(after ? { StartAfter: `${keys.runs}${after}` } : {}),
        ContinuationToken: token,
      });
      const page = await this.retry(() => this.client.send(command));
      for (const { Prefix: prefix } of page.CommonPrefixes ?? []) {
        const id = prefix?.slice(keys.runs.length, -1);
        if (id && (after === undefined || id > after)) ids.push(id);
      }
      token = page.NextContinuationToken;
    } while (token);
    return ids.sort();
  }

  async manifest(runId: string): Promise<Uint8Array | undefined> {
    const key = keys.manifest(runId);
    return (await this.exists(key)) ? this.get(key) : undefined;
  }

  async read(object: EvidenceObject): Promise<Uint8Array> {
    return intact(object, (await this.get(object.key)) ?? Buffer.alloc(0));
  }

  private get(key: string): Promise<Uint8Array | undefined> {
    return this.retry(async () => {
      const { Body: body } = await this.client.send(new GetObjectCommand({ ...this.names(), Key: key }));
      return body?.transformToByteArray();
    });
  }

  /**
   * A listing that starts just before the key. Getting a key that may be missing would not do: without the right to list
   * the whole bucket, S3 answers "access denied" for what is not there.
   */
  private async exists(key: string): Promise<boolean> {
    const command = new ListObjectsV2Command({
      ...this.names(),
      Prefix: keys.runs,
      StartAfter: key.slice(0, -1),
      MaxKeys: 1,
    });
    const page = await this.retry(() => this.client.send(command));
    return page.Contents?.[0]?.Key === key;
  }

  private names() {
    return { Bucket: this.bucket.bucketName, ExpectedBucketOwner: this.bucket.bucketOwner };
  }

  private retry<T>(call: (attempt: number) => Promise<T>): Promise<T> {
    return withRetry(call, { clock: this.clock });
  }
}

async function putObject(
  client: S3Client,
  bucket: Bucket,
  clock: Clock,
  object: EvidenceObject,
  body: Uint8Array,
  { endsAt, ...how }: PutOptions & { once: boolean },
): Promise<EvidenceObject> {
  const command = putCommand(bucket, object, body, how);
  const send = unlessDoneBefore(() => client.send(command));
  await withRetry(send, { clock, ...(endsAt === undefined ? {} : { endsAt }) });
  return object;
}
