import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { AsffFinding } from "../../report/formats/asff";
import { onLoopback } from "./onLoopback";

/** A request to import findings. */
export interface ImportRequest {
  path: string;
  accessKeyId: string;
  /** Region and service that it is signed for. */
  scope: string;
  findings: AsffFinding[];
}

/** An answer other than that everything was imported. */
export interface ImportRefusal {
  status: number;
  /** Header `x-amzn-errortype`. */
  type?: string;
  body: unknown;
}

/** A Security Hub that takes findings. */
export interface FakeSecurityHub {
  endpoint: string;
  requests: ImportRequest[];
  close(): Promise<void>;
}

/** Serves BatchImportFindings on a free port of the loopback interface. */
export async function startFakeSecurityHub(
  refuse: (request: ImportRequest, number: number) => ImportRefusal | undefined = () => undefined,
): Promise<FakeSecurityHub> {
  const requests: ImportRequest[] = [];
  const server = createServer((incoming, response) => {
    void text(incoming).then((text) => {
      const [, accessKeyId = "", scope = ""] =
        /Credential=([^/]+)\/\d+\/([^,]+)\/aws4_request/.exec(incoming.headers.authorization ?? "") ?? [];
      const { Findings: findings } = JSON.parse(text) as { Findings: AsffFinding[] };
      const request = { path: incoming.url ?? "", accessKeyId, scope, findings };
      requests.push(request);
      const refusal = refuse(request, requests.length);
      const { status = 200, type, body = { FailedCount: 0, SuccessCount: findings.length } } = refusal ?? {};
      response.writeHead(status, { "content-type": "application/json", ...(type && { "x-amzn-errortype": type }) });
      response.end(JSON.stringify(body));
    });
  });
  return {
    ...(await onLoopback(server)),
    requests,
  };
}
