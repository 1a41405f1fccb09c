import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer to a request, by what the request is about. */
export interface CannedAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** Answers of AWS that are known beforehand, by the operation: `GetCallerIdentity`, `ListAccounts`, `Invoke`, … */
export type CannedAnswers = Record<string, CannedAnswer | undefined>;

/** What STS says of a caller. */
export function callerIdentity(accountId: string): CannedAnswer {
  const arn = `arn:aws:iam::${accountId}:user/deployer`;
  return {
    status: 200,
    body:
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
      `<Arn>${arn}</Arn><UserId>id</UserId><Account>${accountId}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  };
}

/** Puts a server with these answers in the place of AWS for as long as `work` takes. */
export async function withCannedAws<T>(answers: CannedAnswers, work: () => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    void operationOf(request).then((operation) => {
      const answer = answers[operation] ?? {
        status: 400,
        body: `{"__type":"UnknownOperation","message":"${operation}"}`,
      };
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  try {
    return await work();
  } finally {
    process.env = before;
    server.closeAllConnections();
    server.close();
  }
}

async function operationOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".")[1] ?? "";
  if (request.url?.includes("/functions/")) return "Invoke";
  return new URLSearchParams(Buffer.concat(chunks).toString()).get("Action") ?? "";
}
