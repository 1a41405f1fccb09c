import { createHash } from "node:crypto";

import { AwsFault, escapeXml, type FakeRequest, type FakeResponse } from "./fakeWire";

/** An object as it was put. */
export interface FakeObject {
  body: Buffer;
  headers: FakeRequest["headers"];
}

/** Speaks the three calls of S3 that the collector may make: put, list and get. */
export function answerS3(request: FakeRequest, objects: Map<string, FakeObject>): FakeResponse {
  if (request.action === "ListObjectsV2") return list(request.query, [...objects.keys()].sort());
  if (request.action === "PutObject") return put(request, objects);
  const object = objects.get(request.key);
  // Without the right to list the whole bucket, S3 does not say that a key is missing.
  if (!object) throw new AwsFault(403, "AccessDenied", "Access Denied");
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: object.body };
}

function put({ key, body, headers }: FakeRequest, objects: Map<string, FakeObject>): FakeResponse {
  const checksum = createHash("sha256").update(body).digest("base64");
  if (headers["x-amz-checksum-sha256"] !== checksum) throw new AwsFault(400, "BadDigest", "checksum does not match");
  if (headers["if-none-match"] === "*" && objects.has(key)) {
    throw new AwsFault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
  objects.set(key, { body, headers });
  return { status: 200, body: "" };
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
  const body = `<ListBucketResult><IsTruncated>${next !== ""}</IsTruncated>${xml.join("")}${next}</ListBucketResult>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}
