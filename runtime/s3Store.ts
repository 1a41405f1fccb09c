import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

import type { EvidenceObject } from "../report/manifest";
import type { Clock } from "./clock";
import { errorCode } from "./errors";
import { withRetry } from "./retry";
import type { CollectorSettings } from "./settings";
import { evidence, keys, type Store } from "./store";

/**
 * Keeps evidence in the bucket of the log-archive account, encrypted with the key of the security account.
 *
 * Needs `s3:PutObject` on what a run leaves, `s3:GetObject` on manifests, `s3:ListBucket` with exactly the prefix `runs/`, and
 * `kms:GenerateDataKey` and `kms:Decrypt` on the key.
 */
export class S3Store implements Store {
  readonly place: string;

  constructor(
    private readonly client: S3Client,
    private readonly settings: Pick<CollectorSettings, "bucketName" | "bucketOwner" | "keyArn">,
    private readonly clock: Clock,
  ) {
    this.place = settings.bucketName;
  }

  put(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.write(key, body, { once: true });
  }

  replace(key: string, body: Uint8Array): Promise<EvidenceObject> {
    return this.write(key, body, { once: false });
  }

  async runIds(after?: string): Promise<string[]> {
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        ...this.bucket(),
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
    if (!(await this.exists(key))) return undefined;
    return this.retry(async () => {
      const { Body: body } = await this.client.send(new GetObjectCommand({ ...this.bucket(), Key: key }));
      return body?.transformToByteArray();
    });
  }

  /**
   * A listing that starts just before the key. Getting a key that may be missing would not do: without the right to list
   * the whole bucket, S3 answers "access denied" for what is not there.
   */
  private async exists(key: string): Promise<boolean> {
    const command = new ListObjectsV2Command({
      ...this.bucket(),
      Prefix: keys.runs,
      StartAfter: key.slice(0, -1),
      MaxKeys: 1,
    });
    const page = await this.retry(() => this.client.send(command));
    return page.Contents?.[0]?.Key === key;
  }

  private async write(key: string, body: Uint8Array, { once }: { once: boolean }): Promise<EvidenceObject> {
    const object = evidence(key, body);
    const command = new PutObjectCommand({
      ...this.bucket(),
      Key: key,
      Body: body,
      ContentLength: object.bytes,
      ContentType: key.endsWith(".json") ? "application/json" : "text/csv; charset=utf-8",
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: this.settings.keyArn,
      BucketKeyEnabled: true,
      // S3 refuses the object unless its hash is the one that goes into the manifest.
      ChecksumAlgorithm: "SHA256",
      ChecksumSHA256: Buffer.from(object.sha256, "hex").toString("base64"),
      ...(once ? { IfNoneMatch: "*" } : {}),
    });
    await this.retry(async (attempt) => {
      try {
        await this.client.send(command);
      } catch (error) {
        // Run ids are unique, so what stands there after an earlier try is what that try wrote; only its answer was lost.
        if (attempt > 1 && errorCode(error) === "PreconditionFailed") return;
        throw error;
      }
    });
    return object;
  }

  private bucket() {
    return { Bucket: this.settings.bucketName, ExpectedBucketOwner: this.settings.bucketOwner };
  }

  private retry<T>(call: (attempt: number) => Promise<T>): Promise<T> {
    return withRetry(call, { clock: this.clock });
  }
}
