import { createHash } from "node:crypto";

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from "@aws-sdk/client-s3";

import type { EvidenceObject } from "../report/manifest";
import type { Clock } from "./clock";
import { CallError } from "./errors";
import { withRetry } from "./retry";
import { objectHeaders, unlessDoneBefore, type Bucket } from "./s3Bucket";
import type { ObjectWriter } from "./store";

/**
 * Size of a part: the least that S3 takes. With its 10,000 parts an object may have 52 GB. Two are in memory: one being
 * filled, one under way.
 */
const PART_BYTES = 5 * 1024 * 1024;

/**
 * Writes one object to S3: by one request if it stays smaller than a part, else by multipart upload. S3 checks every part
 * against its SHA-256, and completes the object only if none of that name exists.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export class S3Writer implements ObjectWriter {
  private readonly hash = createHash("sha256");
  private bytes = 0;
  private waiting: Buffer | undefined;
  private waitingBytes = 0;
  /** The buffer of the part under way, filled again once that part has arrived: two serve an object of any size. */
  private sent: Buffer | undefined;
  private uploadId: string | undefined;
  private readonly parts: CompletedPart[] = [];
  private underWay: Promise<void> = Promise.resolve();

  /** @param putWhole Writes a small object with one request. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: Bucket,
    private readonly clock: Clock,
    private readonly key: string,
    private readonly putWhole: (object: EvidenceObject, body: Uint8Array) => Promise<EvidenceObject>,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
    for (let rest = bytes; rest.byteLength > 0;) {
      this.waiting ??= Buffer.allocUnsafe(PART_BYTES);
      const taken = rest.subarray(0, PART_BYTES - this.waitingBytes);
      rest = rest.subarray(taken.byteLength);
      this.waiting.set(taken, this.waitingBytes);
      this.waitingBytes += taken.byteLength;
      if (this.waitingBytes === PART_BYTES) await this.sendPart();
    }
  }

  async close(): Promise<EvidenceObject> {
    const object = { key: this.key, bytes: this.bytes, sha256: this.hash.digest("hex") };
    if (this.uploadId === undefined) return this.putWhole(object, this.waitingPart());
    if (this.waitingBytes > 0) await this.sendPart();
    await this.underWay;
    const command = new CompleteMultipartUploadCommand({
      ...this.upload(),
      IfNoneMatch: "*",
      MultipartUpload: { Parts: this.parts },
    });
    await this.retry(unlessDoneBefore(() => this.client.send(command)));
    this.uploadId = undefined;
    return object;
  }

  async abort(): Promise<void> {
    await this.underWay.catch(() => undefined);
    if (this.uploadId === undefined) return;
    const command = new AbortMultipartUploadCommand(this.upload());
    this.uploadId = undefined;
    // What S3 would not give up, the bucket's life cycle removes.
    await this.retry(() => this.client.send(command)).catch(() => undefined);
  }

  /** Sends what waits, once the part before it has arrived. */
  private async sendPart(): Promise<void> {
    await this.underWay;
    this.uploadId ??= await this.begin();
    const body = this.waitingPart();
    [this.waiting, this.sent] = [this.sent, this.waiting];
    this.waitingBytes = 0;
    const PartNumber = this.parts.length + 1;
    const ChecksumSHA256 = createHash("sha256").update(body).digest("base64");
    const checksum = { ChecksumAlgorithm: "SHA256", ChecksumSHA256 } as const;
    const command = new UploadPartCommand({ ...this.upload(), PartNumber, Body: body, ...checksum });
    this.underWay = this.retry(() => this.client.send(command)).then(({ ETag }) => {
      this.parts.push({ PartNumber, ChecksumSHA256, ...(ETag === undefined ? {} : { ETag }) });
    });
    // Whoever waits for the part hears of its failure; nobody may be waiting when it happens.
    this.underWay.catch(() => undefined);
  }

  private waitingPart(): Buffer {
    return this.waiting?.subarray(0, this.waitingBytes) ?? Buffer.alloc(0);
  }

  private async begin(): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      ...objectHeaders(this.bucket, this.key),
      ExpectedBucketOwner: this.bucket.bucketOwner,
      ChecksumAlgorithm: "SHA256",
    });
    const { UploadId: uploadId } = await this.retry(() => this.client.send(command));
    if (uploadId) return uploadId;
    throw new CallError("IncompleteAnswer", "CreateMultipartUpload succeeded without giving an upload id", 1);
  }

  private upload() {
    return {
      Bucket: this.bucket.bucketName,
      ExpectedBucketOwner: this.bucket.bucketOwner,
      Key: this.key,
      UploadId: this.uploadId,
    };
  }

  private retry<T>(call: (attempt: number) => Promise<T>): Promise<T> {
    return withRetry(call, { clock: this.clock });
  }
}
