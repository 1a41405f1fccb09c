import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { SESSION_KEY_PREFIX } from "../support/fakeWire";

/** The fake AWS as a person with credentials of one account sees it. */
export interface CallersAccount {
  endpoint: string;
  close(): Promise<void>;
}

/** Access key of the caller's credentials. */
export const CALLER_KEY = "AKIACALLER";

/**
 * Stands before a fake AWS and knows whose the caller's credentials are: answers GetCallerIdentity, and passes all else on, what
 * the caller asks of IAM as asked in the caller's account.
 */
export async function startCallersAccount(endpoint: string, accountId: string): Promise<CallersAccount> {
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (body.includes("Action=GetCallerIdentity")) {
      const identity = `<Arn>arn:aws:iam::${accountId}:user/caller</Arn><UserId>U</UserId><Account>${accountId}</Account>`;
      outgoing.setHeader("content-type", "text/xml");
      const result = `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult>`;
      outgoing.end(`<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
      return;
    }
    const authorization = incoming.headers.authorization ?? "";
    const own = authorization.includes("/iam/")
      ? authorization.replace(`Credential=${CALLER_KEY}/`, `Credential=${SESSION_KEY_PREFIX}${accountId}/`)
      : authorization;
    const passed = request(
      `${endpoint}${incoming.url ?? "/"}`,
      { method: incoming.method, headers: { ...incoming.headers, authorization: own } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.once("error", () => incoming.socket.destroy());
    passed.end(body);
  };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
