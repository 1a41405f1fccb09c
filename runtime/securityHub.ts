import { SignatureV4 } from "@smithy/signature-v4";

import type { AsffFinding } from "../report/formats/asff";
import { AnswerTooLarge } from "./answerLimits";
import type { AwsClients, SessionCredentials } from "./clients";
import { withRetry, type RetryOptions } from "./retry";

/** What Security Hub did with findings. */
export interface ImportedFindings {
  imported: number;
  /** The first that it refused, and how many it did. */
  refused?: { count: number; code: string; message: string };
}

/** Imports findings of one account, at most {@link FINDINGS_AT_ONCE}, in that account. */
export type FindingsImport = (
  session: SessionCredentials | undefined,
  findings: readonly AsffFinding[],
  options: RetryOptions,
) => Promise<ImportedFindings>;

/** What one request takes. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html */
export const FINDINGS_AT_ONCE = 100;

/** Bytes of findings that one request takes, less what stands around them. */
const BATCH_BYTES = 5_500_000;

/** Findings, in their order, as single requests take them: names that others chose may make them long. */
export function inRequests(findings: readonly AsffFinding[]): AsffFinding[][] {
  const requests: AsffFinding[][] = [];
  let bytes = Infinity;
  for (const finding of findings) {
    const size = Buffer.byteLength(JSON.stringify(finding)) + 1;
    const last = requests.at(-1);
    if (last && last.length < FINDINGS_AT_ONCE && bytes + size <= BATCH_BYTES) {
      last.push(finding);
      bytes += size;
    } else {
      requests.push([finding]);
      bytes = size;
    }
  }
  return requests;
}

const PATH = "/findings/import";

/** An answer as the handler gives it. */
interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string | undefined>;
  body: AsyncIterable<Uint8Array>;
}

/** What BatchImportFindings answers. */
interface Answer {
  SuccessCount?: number;
  FailedCount?: number;
  FailedFindings?: { ErrorCode?: string; ErrorMessage?: string }[];
  /** Of an error. */
  Message?: string;
  message?: string;
}

/**
 * Asks Security Hub of a Region. This one request is made without the SDK's client, which would add 180 kB to the bundle, a fifth of it,
 * for the many forms that findings may have; it is signed and sent by the SDK's own signer and handler.
 *
 * Needs `securityhub:BatchImportFindings` on the default product of the account.
 *
 * @param dnsSuffix `amazonaws.com`, or `amazonaws.com.cn` in the China Regions.
 */
export function securityHubImport(
  where: { region: string; dnsSuffix: string },
  clients: Pick<AwsClients, "sts">,
  endpoint = process.env["AWS_ENDPOINT_URL_SECURITYHUB"] ?? process.env["AWS_ENDPOINT_URL"],
): FindingsImport {
  const { credentials: own, requestHandler, sha256 } = clients.sts.config;
  const url = new URL(endpoint ?? `https://securityhub.${where.region}.${where.dnsSuffix}`);

  async function ask(session: SessionCredentials | undefined, body: string): Promise<Answer> {
    const signer = new SignatureV4({
      credentials: session ?? own,
      region: where.region,
      service: "securityhub",
      sha256,
    });
    const signed = await signer.sign({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port && { port: Number(url.port) }),
      path: PATH,
      query: {},
      headers: { host: url.host, "content-type": "application/json" },
      body,
    });
    const send = requestHandler.handle.bind(requestHandler) as (request: object) => Promise<{ response: HttpAnswer }>;
    const { response } = await send(signed);
    const answer = answerOf(await textOf(response.body));
    if (response.statusCode < 300) return answer;
    throw failure(response.statusCode, response.headers["x-amzn-errortype"] ?? "", answer);
  }

  return async (session, findings, options) => {
    const body = JSON.stringify({ Findings: findings });
    const answer = await withRetry(() => ask(session, body), options);
    const { SuccessCount: imported = 0, FailedCount: count = 0, FailedFindings: [first] = [] } = answer;
    if (count === 0) return { imported };
    const { ErrorCode: code = "Refused", ErrorMessage: message = "no message" } = first ?? {};
    return { imported, refused: { count, code, message } };
  };
}

/** Bytes of an answer that are read: it says how many findings were taken, and why at most a hundred were not. */
const ANSWER_BYTES = 4 * 1024 * 1024;

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES) throw new AnswerTooLarge(`the answer has more than ${ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf(text: string): Answer {
  try {
    const answer = JSON.parse(text) as Answer | null;
    if (typeof answer === "object" && answer !== null) return answer;
  } catch {
    // said below
  }
  return { message: text.slice(0, 200) };
}

/** As the SDK throws it, so that it is tried again, or not, by the same rules. */
function failure(httpStatusCode: number, type: string, answer: Answer): Error {
  const error = new Error(answer.message ?? answer.Message ?? `Security Hub answered ${httpStatusCode}`);
  error.name = type.split(":")[0] || `HTTP${httpStatusCode}`;
  return Object.assign(error, { $metadata: { httpStatusCode } });
}
