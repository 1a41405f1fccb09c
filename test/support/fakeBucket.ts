import { createHash } from "node:crypto";

import { AwsFault, escapeXml, type FakeRequest, type FakeResponse } from "./fakeWire";

/** An object as it was put. */
export interface FakeObject {
  /** Empty where the bucket does not keep it. */
  body: Buffer;
  headers: FakeRequest["headers"];
  /** Another with every write, whatever is written; `"first"` where a test put the object there itself. */
  etag?: string;
  /** Size and hash of what was put, where the bucket was told of them. */
  stored?: { bytes: number; sha256: string };
}

/** One bucket of the fake. */
export interface FakeBucket {
  /** By key. */
  objects: Map<string, FakeObject>;
  /** Multipart uploads that were begun and neither completed nor aborted, by upload id. */
  uploads: Map<string, FakeUpload>;
  /** Whether to keep the body of an object or only its size and hash. */
  keeps(key: string): boolean;
}

interface FakeUpload {
  key: string;
  headers: FakeRequest["headers"];
  parts: Map<number, { etag: string; body: Buffer }>;
}

/** An empty bucket. */
export function fakeBucket(keeps: (key: string) => boolean = () => true): FakeBucket {
  return { objects: new Map(), uploads: new Map(), keeps };
}

/** The least size of a part that is not the last, as S3 has it. */
const LEAST_PART_BYTES = 5 * 1024 * 1024;

/** Speaks the calls of S3 that the collector may make: put, multipart upload, list and get. */
export function answerS3(request: FakeRequest, bucket: FakeBucket): FakeResponse {
  const action = actions[request.action];
  // Nobody may delete, and what else there is, no collector needs.
  if (!action) throw new AwsFault(403, "AccessDenied", `Access Denied: ${request.action}`);
  return action(request, bucket);
}

const actions: Record<string, ((request: FakeRequest, bucket: FakeBucket) => FakeResponse) | undefined> = {
  ListObjectsV2: ({ query }, { objects }) => list(query, [...objects.keys()].sort()),
  GetObject: ({ key }, { objects }) => {
    const object = objects.get(key);
    // Without the right to list the whole bucket, S3 does not say that a key is missing.
    if (!object) throw new AwsFault(403, "AccessDenied", "Access Denied");
    const metadata = Object.entries(object.headers).filter(([name]) => name.startsWith("x-amz-meta-"));
    return {
      status: 200,
      headers: {
        "content-type": "application/octet-stream",
        etag: etagOf(object),
        ...(Object.fromEntries(metadata) as Record<string, string>),
      },
      body: object.body,
    };
  },
  PutObject: ({ key, body, headers }, bucket) => {
    checkSum(headers, body);
    refuseTaken(key, headers, bucket);
    refuseChanged(key, headers, bucket);
    keep(bucket, key, body, headers);
    return { status: 200, headers: { etag: etagOf(bucket.objects.get(key)) }, body: "" };
  },
  CreateMultipartUpload: ({ key, headers }, { uploads }) => {
    const id = `upload-${uploads.size}-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`;
    uploads.set(id, { key, headers, parts: new Map() });
    return xmlAnswer("InitiateMultipartUploadResult", `<Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`);
  },
  UploadPart: ({ query, body, headers }, bucket) => {
    checkSum(headers, body);
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
    uploadOf(query, bucket).parts.set(Number(query.get("partNumber")), { etag, body });
    return { status: 200, headers: { etag }, body: "" };
  },
  CompleteMultipartUpload: ({ key, query, headers, body }, bucket) => {
    const upload = uploadOf(query, bucket);
    refuseTaken(key, headers, bucket);
    keep(bucket, key, assemble(upload, body.toString()), upload.headers);
    bucket.uploads.delete(query.get("uploadId") ?? "");
    return xmlAnswer("CompleteMultipartUploadResult", `<Key>${escapeXml(key)}</Key><ETag>"whole"</ETag>`);
  },
  AbortMultipartUpload: ({ query }, bucket) => {
    uploadOf(query, bucket);
    bucket.uploads.delete(query.get("uploadId") ?? "");
    return { status: 204, body: "" };
  },
};

function checkSum(headers: FakeRequest["headers"], body: Buffer): void {
  const promised = headers["x-amz-checksum-sha256"];
  if (promised === undefined && headers["x-amz-trailer"] !== undefined) return;
  if (promised !== createHash("sha256").update(body).digest("base64")) {
    throw new AwsFault(400, "BadDigest", "checksum does not match");
  }
}

function refuseTaken(key: string, headers: FakeRequest["headers"], { objects }: FakeBucket): void {
  if (headers["if-none-match"] === "*" && objects.has(key)) {
    throw new AwsFault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
}

/** What was read is no more: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function refuseChanged(key: string, headers: FakeRequest["headers"], { objects }: FakeBucket): void {
  const expected = headers["if-match"];
  if (expected === undefined) return;
  if (!objects.has(key)) throw new AwsFault(404, "NoSuchKey", "The specified key does not exist.");
  if (etagOf(objects.get(key)) !== expected) {
    throw new AwsFault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
}

function etagOf(object: FakeObject | undefined): string {
  return object?.etag ?? '"first"';
}

let writes = 0;

function keep(bucket: FakeBucket, key: string, body: Buffer, headers: FakeRequest["headers"]): void {
  const stored = { bytes: body.length, sha256: createHash("sha256").update(body).digest("hex") };
  writes += 1;
  const etag = `"write-${writes}"`;
  bucket.objects.set(key, { body: bucket.keeps(key) ? body : Buffer.alloc(0), headers, etag, stored });
}

function uploadOf(query: URLSearchParams, { uploads }: FakeBucket): FakeUpload {
  const upload = uploads.get(query.get("uploadId") ?? "");
  if (!upload) throw new AwsFault(404, "NoSuchUpload", "The specified upload does not exist");
  return upload;
}

/** The parts that the closing request names, in its order, which S3 wants to be ascending. */
function assemble(upload: FakeUpload, request: string): Buffer {
  const named = [...request.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? "").replaceAll("&quot;", '"'),
  }));
  if (named.length === 0) throw new AwsFault(400, "MalformedXML", "no parts");
  const bodies = named.map(({ number, etag }, index) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag) throw new AwsFault(400, "InvalidPart", `part ${number} is not what was uploaded`);
    if (number <= (named[index - 1]?.number ?? 0)) throw new AwsFault(400, "InvalidPartOrder", `part ${number}`);
    if (index < named.length - 1 && part.body.length < LEAST_PART_BYTES) {
      throw new AwsFault(400, "EntityTooSmall", `part ${number} has ${part.body.length} bytes`);
    }
    return part.body;
  });
  return Buffer.concat(bodies);
}

function xmlAnswer(element: string, content: string): FakeResponse {
  const headers = { "content-type": "application/xml" };
  return { status: 200, headers, body: `<${element}>${content}</${element}>` };
}

function list(query: URLSearchParams, keys: string[]): FakeResponse {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter");
  const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
  const limit = Number(query.get("max-keys") ?? 1000);
  const entries = new Map<string, string>();
  for (const key of keys.filter((candidate) => candidate.startsWith(prefix))) {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const name = end < 0 ? key : key.slice(0, end + 1);
    if (name > after) entries.set(name, end < 0 ? "Contents" : "CommonPrefixes");
  }
  const shown = [...entries].slice(0, limit);
  const xml = shown.map(([name, kind]) =>
    kind === "Contents"
      ? `<Contents><Key>${escapeXml(name)}</Key></Contents>`
      : `<CommonPrefixes><Prefix>${escapeXml(name)}</Prefix></CommonPrefixes>`,
  );
  const last = shown.at(-1)?.[0] ?? "";
  const next = entries.size > limit ? `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>` : "";
  return xmlAnswer("ListBucketResult", `<IsTruncated>${next !== ""}</IsTruncated>${xml.join("")}${next}`);
}
