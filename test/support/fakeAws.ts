import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { answerS3, fakeBucket, type FakeBucket, type FakeObject } from "./fakeBucket";
import { credentialReportCsv } from "./credentialReports";
import { answerSts, generateAnswer, refuseExpired, reportAnswer, type FakeTrust } from "./fakeIdentity";
import {
  answerOrganizations,
  organizationTree,
  type FakeOrganizationAccount,
  type FakePaging,
} from "./fakeOrganizations";
import { FakeReports } from "./fakeReports";
import { AwsFault, faultAnswer, queryAnswer, readRequest, type FakeRequest, type FakeResponse } from "./fakeWire";

/** An account of the fake organization and how it behaves. */
export interface FakeAccount extends FakeOrganizationAccount, FakeTrust {
  /** How often GenerateCredentialReport answers that it is not done. */
  inProgress?: number;
  /** How long the report takes, in milliseconds of the fake's clock; none by default. */
  readyAfterMs?: number;
  neverCompletes?: boolean;
  /** Wire codes with which the first calls of GetCredentialReport are refused. */
  fetchRefusals?: ("ReportInProgress" | "ReportExpired" | "ReportNotPresent")[];
  /** The account's alias; none by default. */
  alias?: string;
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
  /** One request in so many, evenly; each by default. */
  oneIn?: number;
  /**
   * The AWS error to answer with; `reset` to drop the connection; `lost` to do the work and then drop it; `truncated` to do the
   * work and drop the connection in the middle of the body; a function to answer as no service does.
   */
  answer:
    | { status: number; code: string; message?: string | ((request: FakeRequest) => string) }
    | "reset"
    | "lost"
    | "truncated"
    | ((outgoing: ServerResponse, request: FakeRequest) => void);
}

/** What the fake holds. */
export interface FakeAwsOptions extends FakePaging {
  managementAccountId: string;
  accounts: FakeAccount[];
  /** Role that AssumeRole knows; `credential-report-reader` by default. */
  roleName?: string;
  /** Reports in generation at once, above which `LimitExceeded` is the answer. */
  mostGenerating?: number;
  /** How long sessions last; for ever by default. */
  sessionMs?: number;
  /** Milliseconds since 1970; the time of this machine by default. */
  now?: () => number;
  faults?: InjectedFault[];
  /** Time between a request and its answer; none by default. */
  latency?: (request: FakeRequest) => Promise<void>;
  /** Called with every request as it comes. */
  onRequest?: (request: FakeRequest) => void;
}

/** A running fake. */
export interface FakeAws {
  endpoint: string;
  /** Every request so far, in order of arrival. */
  requests: FakeRequest[];
  /** The bucket, by key. */
  objects: Map<string, FakeObject>;
  bucket: FakeBucket;
  reports: FakeReports;
  /** Requests so far that got an injected fault. */
  faulted(): number;
  /** Requests that are being answered, those apart that wait for their latency to pass. */
  busy(): number;
  /** May be changed between runs. */
  options: FakeAwsOptions;
  close(): Promise<void>;
}

/** Until then sessions last that do not expire. */
const FAR = Date.parse("2099-01-01T00:00:00Z");

/** Serves Organizations, STS, IAM and S3 of one organization on a free port of the loopback interface. */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const requests: FakeRequest[] = [];
  const bucket = fakeBucket();
  const now = options.now ?? Date.now;
  const reports = new FakeReports({
    now,
    ...(options.mostGenerating === undefined ? {} : { mostGenerating: options.mostGenerating }),
  });
  const iam = fakeIam(reports);
  const takeFault = faultTaker(options);
  let busy = 0;
  let faulted = 0;

  const answer = (request: FakeRequest): FakeResponse => {
    const account = options.accounts.find(({ id }) => id === request.accountId);
    if (request.service === "organizations") {
      return answerOrganizations(request, organizationTree(options.managementAccountId, options.accounts, options));
    }
    if (request.service === "s3") return answerS3(request, bucket);
    if (request.service === "sts") {
      const trust = account?.closesAfterListing ? undefined : account;
      const expiresAt = options.sessionMs === undefined ? FAR : now() + options.sessionMs;
      return answerSts(request, trust, options.roleName ?? "credential-report-reader", expiresAt);
    }
    if (!account) {
      throw new AwsFault(403, "InvalidClientTokenId", "The security token included in the request is invalid");
    }
    refuseExpired(request, now());
    return iam(request, account);
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming, options.managementAccountId);
    requests.push(request);
    options.onRequest?.(request);
    const fault = takeFault(request)?.answer;
    if (fault) faulted += 1;
    let response: FakeResponse;
    if (typeof fault === "function") return fault(outgoing, request);
    try {
      if (typeof fault === "object") {
        const { status, code, message = "injected fault" } = fault;
        throw new AwsFault(status, code, typeof message === "string" ? message : message(request));
      }
      if (fault === "reset") return void incoming.socket.destroy();
      response = answer(request);
      if (fault === "lost") return void incoming.socket.destroy();
    } catch (error) {
      const problem = error instanceof AwsFault ? error : new AwsFault(500, "FakeBroken", String(error));
      response = faultAnswer(request.service, problem);
    }
    if (options.latency) {
      busy -= 1;
      await options.latency(request).finally(() => (busy += 1));
    }
    send(outgoing, response, fault === "truncated");
  };

  const server = createServer((incoming, outgoing) => {
    busy += 1;
    serve(incoming, outgoing)
      .catch(() => incoming.socket.destroy())
      .finally(() => (busy -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    objects: bucket.objects,
    bucket,
    reports,
    faulted: () => faulted,
    busy: () => busy,
    options,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The two calls of IAM that make and get a report, and the one that gives the account's alias. */
function fakeIam(reports: FakeReports): (request: FakeRequest, account: FakeAccount) => FakeResponse {
  const asked = new Map<string, number>();
  const fetched = new Map<string, number>();
  return ({ action }, account) => {
    if (action === "ListAccountAliases") {
      const aliases = account.alias === undefined ? "" : `<member>${account.alias}</member>`;
      return queryAnswer(action, `<AccountAliases>${aliases}</AccountAliases><IsTruncated>false</IsTruncated>`);
    }
    if (action === "GenerateCredentialReport") {
      const state = reports.generate(account.id, account.neverCompletes ? Infinity : (account.readyAfterMs ?? 0));
      const times = (asked.get(account.id) ?? 0) + 1;
      asked.set(account.id, times);
      if (times <= (account.inProgress ?? 0)) return generateAnswer(times === 1 ? "STARTED" : "INPROGRESS");
      // Without a time that it takes, a report is there at once, as an earlier one of the last four hours is.
      const atOnce = state === "STARTED" && account.readyAfterMs === undefined && !account.neverCompletes;
      return generateAnswer(atOnce ? "COMPLETE" : state);
    }
    const times = (fetched.get(account.id) ?? 0) + 1;
    fetched.set(account.id, times);
    const refusal = account.fetchRefusals?.[times - 1];
    if (refusal) throw new AwsFault(refusal === "ReportInProgress" ? 404 : 410, refusal, "not now");
    reports.requireReady(account.id);
    return reportAnswer(account.report ?? credentialReportCsv(account.id));
  };
}

/** Finds the fault for a request and counts it. */
function faultTaker(options: FakeAwsOptions): (request: FakeRequest) => InjectedFault | undefined {
  const met = new Map<InjectedFault, number>();
  const spent = new Map<InjectedFault, number>();
  const applies = (fault: InjectedFault, request: FakeRequest): boolean => {
    const fits =
      fault.service === request.service &&
      (fault.action ?? request.action) === request.action &&
      (fault.accountId ?? request.accountId) === request.accountId &&
      (fault.key?.test(request.key) ?? true);
    if (!fits || (spent.get(fault) ?? 0) >= (fault.times ?? Infinity)) return false;
    const count = (met.get(fault) ?? 0) + 1;
    met.set(fault, count);
    return count % (fault.oneIn ?? 1) === 0;
  };
  return (request) => {
    const fault = options.faults?.find((candidate) => applies(candidate, request));
    if (fault) spent.set(fault, (spent.get(fault) ?? 0) + 1);
    return fault;
  };
}

/** Sends an answer, or the first half of it. */
export function send(outgoing: ServerResponse, response: FakeResponse, truncated: boolean): void {
  const body = Buffer.from(response.body);
  outgoing.writeHead(response.status, {
    "x-amzn-requestid": "fake",
    ...response.headers,
    "content-length": body.length,
  });
  if (!truncated) return void outgoing.end(body);
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.socket?.destroy());
}
