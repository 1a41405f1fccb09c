import type { IncomingMessage } from "node:http";

/** One request as every fake service sees it. */
export interface FakeRequest {
  /** Signing name, as in `iam`. */
  service: string;
  /** API action, as in `GetCredentialReport`; for S3 `PutObject`, `GetObject` or `ListObjectsV2`. */
  action: string;
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
