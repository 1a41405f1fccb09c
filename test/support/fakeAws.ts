import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerS3, type FakeObject } from "./fakeBucket";
import { answerIam, answerSts, SESSION_KEY_PREFIX, type ReportProgress } from "./fakeIdentity";
import { answerOrganizations } from "./fakeOrganizations";
import { AwsFault, faultAnswer, type FakeRequest, type FakeResponse } from "./fakeWire";

/** An account of the fake organization and how it behaves. */
export interface FakeAccount {
  /** Twelve digits. */
  id: string;
  name?: string;
  /** Path of its organizational unit below the root, as in `Workloads/Production`; the root by default. */
  ou?: string;
  /** Organizations state, `ACTIVE` by default. */
  state?: string;
  /** Which field carries the state: `State` by default; `both` sends `Status: ACTIVE` beside it. */
  stateField?: "Status" | "both" | "none";
  /** AssumeRole is refused. */
  roleMissing?: boolean;
  /** AssumeRole is refused without this external id. */
  externalId?: string;
  /** How often GenerateCredentialReport answers that it is not done. */
  inProgress?: number;
  neverCompletes?: boolean;
  /** Wire codes with which the first calls of GetCredentialReport are refused. */
  fetchRefusals?: ("ReportInProgress" | "ReportExpired" | "ReportNotPresent")[];
  /** Body of the report; by default root and one user. */
  report?: string | Buffer;
}

/** A fault put before the service: requests that fit get it, in the order of the list. */
export interface InjectedFault {
  service: "organizations" | "sts" | "iam" | "s3";
  action?: string;
  accountId?: string;
  key?: RegExp;
  /** How often; always by default. */
  times?: number;
  /** The AWS error to answer with, `reset` to drop the connection, or `lost` to do the work and then drop it. */
  answer: { status: number; code: string; message?: string } | "reset" | "lost";
}

/** What the fake holds. */
export interface FakeAwsOptions {
  managementAccountId: string;
  accounts: FakeAccount[];
  /** Role that AssumeRole knows; `credential-report-reader` by default. */
  roleName?: string;
  /** Items on a page of Organizations; 20 by default. */
  pageSize?: number;
  /** Each page of Organizations is preceded by an empty one that carries a token. */
  emptyPages?: boolean;
  faults?: InjectedFault[];
}

/** A running fake. */
export interface FakeAws {
  endpoint: string;
  /** Every request so far, in order of arrival. */
  requests: FakeRequest[];
  /** The bucket, by key. */
  objects: Map<string, FakeObject>;
  /** May be changed between runs. */
  options: FakeAwsOptions;
  close(): Promise<void>;
}

/** Serves Organizations, STS, IAM and S3 of one organization on a free port of the loopback interface. */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const requests: FakeRequest[] = [];
  const objects = new Map<string, FakeObject>();
  const progress = new Map<string, ReportProgress>();
  const spent = new Map<InjectedFault, number>();

  const answer = (request: FakeRequest): FakeResponse => {
    const account = options.accounts.find(({ id }) => id === request.accountId);
    if (request.service === "organizations") return answerOrganizations(request, options);
    if (request.service === "sts") return answerSts(request, account, options.roleName ?? "credential-report-reader");
    if (request.service === "s3") return answerS3(request, objects);
    if (!account)
      throw new AwsFault(403, "InvalidClientTokenId", "The security token included in the request is invalid");
    const state = progress.get(account.id) ?? { asked: 0, fetched: 0 };
    progress.set(account.id, state);
    return answerIam(request, account, state);
  };

  const takeFault = (request: FakeRequest): InjectedFault | undefined => {
    const fault = options.faults?.find(
      (candidate) =>
        candidate.service === request.service &&
        (candidate.action ?? request.action) === request.action &&
        (candidate.accountId ?? request.accountId) === request.accountId &&
        (candidate.key?.test(request.key) ?? true) &&
        (spent.get(candidate) ?? 0) < (candidate.times ?? Infinity),
    );
    if (fault) spent.set(fault, (spent.get(fault) ?? 0) + 1);
    return fault;
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await understand(incoming, options.managementAccountId);
    requests.push(request);
    const fault = takeFault(request)?.answer;
    let response: FakeResponse;
    try {
      if (typeof fault === "object") throw new AwsFault(fault.status, fault.code, fault.message ?? "injected fault");
      if (fault === "reset") return void incoming.socket.destroy();
      response = answer(request);
      if (fault === "lost") return void incoming.socket.destroy();
    } catch (error) {
      const problem = error instanceof AwsFault ? error : new AwsFault(500, "FakeBroken", String(error));
      response = faultAnswer(request.service, problem);
    }
    outgoing.writeHead(response.status, { "x-amzn-requestid": "fake", ...response.headers });
    outgoing.end(response.body);
  };

  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    objects,
    options,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Finds out from signature, target, form and path what a request asks for. */
async function understand(incoming: IncomingMessage, managementAccountId: string): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? "/", "http://fake");
  const [, accessKey = "", service = ""] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? "") ?? [];
  const base = {
    service,
    key: "",
    accountId: "",
    fields: {},
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };

  if (service === "organizations") {
    const action = String(incoming.headers["x-amz-target"]).split(".").at(-1) ?? "";
    return { ...base, action, fields: JSON.parse(body.toString() || "{}") as Record<string, string> };
  }
  if (service === "s3") {
    const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"));
    const action = incoming.method === "PUT" ? "PutObject" : key === "" ? "ListObjectsV2" : "GetObject";
    return { ...base, action, key };
  }
  const fields = Object.fromEntries(new URLSearchParams(body.toString()));
  const sessionAccount = accessKey.startsWith(SESSION_KEY_PREFIX)
    ? accessKey.slice(SESSION_KEY_PREFIX.length)
    : undefined;
  const accountId = service === "sts" ? fields["RoleArn"]?.split(":")[4] : (sessionAccount ?? managementAccountId);
  return { ...base, action: fields["Action"] ?? "", accountId: accountId ?? "", fields };
}
