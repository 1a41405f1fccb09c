import type { IncomingMessage } from "node:http";

/** One request as every fake service sees it. */
export interface FakeRequest {
  /** Signing name, as in `iam`. */
  service: string;
  /** API action, as in `GetCredentialReport` or `PutObject`. */
  action: string;
  /** Who signed. */
  accessKey: string;
  /** The account that is asked, by the session or, for AssumeRole, by the role; "" for S3 and Organizations. */
  accountId: string;
  /** Key of an S3 object, else "". */
  key: string;
  /** Fields of a query request or members of a JSON one. */
  fields: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** What a fake service answers. */
export interface FakeResponse {
  status: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** Sessions begin with this; the account follows, so that a request says whose it is. */
export const SESSION_KEY_PREFIX = "ASIAFAKE";

/** An AWS error, to be thrown by a fake service and put into words by its protocol. */
export class AwsFault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = code;
  }
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A successful answer of the AWS query protocol. */
export function queryAnswer(action: string, result: string): FakeResponse {
  const body = `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

/** An error as the protocol of the service writes it. */
export function faultAnswer(service: string, { status, code, message }: AwsFault): FakeResponse {
  if (service === "organizations") {
    const headers = { "content-type": "application/x-amz-json-1.1" };
    return { status, headers, body: JSON.stringify({ __type: code, message }) };
  }
  const error = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const headers = { "content-type": "application/xml" };
  if (service === "s3") return { status, headers, body: `<Error>${error}</Error>` };
  return { status, headers, body: `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>` };
}

/** Finds out from signature, target, form and path what a request asks for. */
export async function readRequest(incoming: IncomingMessage, managementAccountId: string): Promise<FakeRequest> {
  const body = await readBody(incoming);
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  const [, accessKey = "", service = ""] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? "") ?? [];
  const request: FakeRequest = {
    service,
    action: "",
    accessKey,
    accountId: "",
    key: "",
    fields: {},
    query: new URLSearchParams(search),
    headers: incoming.headers,
    body,
  };

  if (service === "organizations") {
    const action = String(incoming.headers["x-amz-target"]).split(".").at(-1) ?? "";
    return { ...request, action, fields: JSON.parse(body.toString() || "{}") as Record<string, string> };
  }
  if (service === "s3") {
    const key = decodeURIComponent(path.split("/").slice(2).join("/"));
    return { ...request, action: s3Action(incoming.method ?? "GET", key, request.query), key };
  }
  const fields = Object.fromEntries(new URLSearchParams(body.toString()));
  const asked = service === "sts" ? fields["RoleArn"]?.split(":")[4] : sessionAccount(accessKey);
  return { ...request, action: fields["Action"] ?? "", accountId: asked ?? managementAccountId, fields };
}

/** The account of a session of the fake; undefined for other credentials. */
function sessionAccount(accessKey: string): string | undefined {
  if (!accessKey.startsWith(SESSION_KEY_PREFIX)) return undefined;
  return accessKey.slice(SESSION_KEY_PREFIX.length, SESSION_KEY_PREFIX.length + 12);
}

function s3Action(method: string, key: string, query: URLSearchParams): string {
  if (query.has("uploads")) return "CreateMultipartUpload";
  if (query.has("uploadId")) {
    const actions = { PUT: "UploadPart", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload" };
    return actions[method as keyof typeof actions] ?? method;
  }
  if (method === "GET") return key === "" ? "ListObjectsV2" : "GetObject";
  return { PUT: "PutObject", HEAD: "HeadObject", DELETE: "DeleteObject" }[method] ?? method;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", resolve);
    incoming.once("error", reject);
  });
  const [only] = chunks;
  const body = chunks.length === 1 && only ? only : Buffer.concat(chunks);
  return incoming.headers["content-encoding"] === "aws-chunked" ? unchunk(body) : body;
}

/** Takes the frames of `aws-chunked` away, in which the SDK sends streams. */
function unchunk(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
