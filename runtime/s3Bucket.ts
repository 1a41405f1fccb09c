import { PutObjectCommand } from "@aws-sdk/client-s3";

import type { EvidenceObject } from "../report/manifest";
import { errorCode } from "./errors";
import { KIND_TAG, taggedKind } from "./evidenceTags";
import type { CollectorSettings } from "./settings";

/** The bucket and how objects are encrypted in it. */
export type Bucket = Pick<CollectorSettings, "bucketName" | "bucketOwner" | "keyArn">;

/** What S3 is told of every object when it is begun, whether in one request or in parts. */
export function objectHeaders(bucket: Bucket, key: string) {
  const kind = taggedKind(key);
  return {
    Bucket: bucket.bucketName,
    Key: key,
    ContentType: contentType(key),
    ServerSideEncryption: "aws:kms" as const,
    SSEKMSKeyId: bucket.keyArn,
    BucketKeyEnabled: true,
    ...(kind && { Tagging: `${KIND_TAG}=${kind}` }),
  };
}

/** Puts one object with one request. S3 refuses it unless its hash is the one that goes into the manifest. */
export function putCommand(
  bucket: Bucket,
  object: EvidenceObject,
  body: Uint8Array,
  more: {
    /** It must not exist yet. */
    once: boolean;
    metadata?: Record<string, string> | undefined;
    /** The version, by its ETag, that must still be there. */
    over?: string;
  },
): PutObjectCommand {
  return new PutObjectCommand({
    ...objectHeaders(bucket, object.key),
    ExpectedBucketOwner: bucket.bucketOwner,
    Body: body,
    ContentLength: object.bytes,
    // said apart from its value, since Object Lock asks for it
    ChecksumAlgorithm: "SHA256",
    ChecksumSHA256: Buffer.from(object.sha256, "hex").toString("base64"),
    ...(more.metadata ? { Metadata: more.metadata } : {}),
    ...(more.once ? { IfNoneMatch: "*" } : {}),
    ...(more.over === undefined ? {} : { IfMatch: more.over }),
  });
}

function contentType(key: string): string {
  if (key.endsWith(".json")) return "application/json";
  if (key.endsWith(".html")) return "text/html; charset=utf-8";
  if (key.endsWith(".sig")) return "application/octet-stream";
  return key.endsWith(".csv") ? "text/csv; charset=utf-8" : "application/vnd.apache.parquet";
}

/**
 * A call that creates something which only this run can have created: when a later try finds it there, an earlier one did
 * it and only its answer was lost. Run ids are unique.
 */
export function unlessDoneBefore<T>(call: () => Promise<T>): (attempt: number) => Promise<T | undefined> {
  return async (attempt) => {
    try {
      return await call();
    } catch (error) {
      if (attempt > 1 && ["PreconditionFailed", "NoSuchUpload"].includes(errorCode(error))) return undefined;
      throw error;
    }
  };
}
