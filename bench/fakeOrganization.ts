/**
 * A fake organization in a process of its own: Organizations, STS, IAM and S3 over HTTP on the loopback interface.
 *
 *   node --import=tsx bench/fakeOrganization.ts '{"accounts": 1000, "latencyMs": 20}'
 *
 * The argument is JSON of `OrganizationOptions`, what it leaves out is calm. Prints `{"port": 12345}` and serves until its
 * standard input ends. `GET /fake/figures` tells what happened so far.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { send } from "../test/support/fakeAws";
import { answerS3, fakeBucket } from "../test/support/fakeBucket";
import { answerSts, generateAnswer, refuseExpired, reportAnswer } from "../test/support/fakeIdentity";
import { answerOrganizations, organizationTree } from "../test/support/fakeOrganizations";
import { FakeReports } from "../test/support/fakeReports";
import { AwsFault, faultAnswer, readRequest, type FakeRequest, type FakeResponse } from "../test/support/fakeWire";
import { chance } from "./chance";
import {
  accountId,
  CALM,
  organizationAccounts,
  readyAfterMs,
  reportsOf,
  type OrganizationOptions,
} from "./organization";

/** What happened at the fake so far. */
export interface FakeFigures {
  /** Requests by service and action, as in `iam.GetCredentialReport`. */
  calls: Record<string, number>;
  /** Refused or broken requests, by kind. */
  faults: Record<string, number>;
  /** The most reports in generation at once. */
  peakGenerating: number;
  /** Time of the report that takes longest, those apart that never complete. */
  slowestReportMs: number;
  /** Sum of the times that reports take, those apart that never complete. */
  sumOfReportsMs: number;
  /** Raw reports in the bucket, and different accounts among them. */
  rawObjects: number;
  rawAccounts: number;
  objects: number;
  /** Bytes of all objects together. */
  storedBytes: number;
  /** Bytes of the largest objects, by key. */
  largest: [string, number][];
  /** Processor time of this process. */
  cpuSeconds: number;
}

const options: OrganizationOptions = {
  ...CALM,
  ...(JSON.parse(process.argv[2] ?? "{}") as Partial<OrganizationOptions>),
};
const ROLE_NAME = "credential-report-reader";
const managementAccount = accountId(0);

const tree = organizationTree(managementAccount, organizationAccounts(options));
const reportOf = reportsOf(options);
const reports = new FakeReports({
  now: Date.now,
  ...(options.mostGenerating === undefined ? {} : { mostGenerating: options.mostGenerating }),
});
const bucket = fakeBucket((key) => key.endsWith(".json") || (options.keepsRaw === true && key.includes("/raw/")));
const calls: Record<string, number> = {};
const faults: Record<string, number> = {};
/** How often each call was made by or for each account. */
const turns = new Map<string, number>();

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function answer(request: FakeRequest): FakeResponse {
  switch (request.service) {
    case "organizations":
      return answerOrganizations(request, tree);
    case "sts":
      return answerSts(
        request,
        tree.byId.has(request.accountId) ? {} : undefined,
        ROLE_NAME,
        Date.now() + options.sessionMs,
      );
    case "s3":
      return answerS3(request, bucket);
    default:
      refuseExpired(request, Date.now());
      return answerIam(request);
  }
}

function answerIam({ action, accountId: account }: FakeRequest): FakeResponse {
  if (action === "GenerateCredentialReport") {
    return generateAnswer(reports.generate(account, readyAfterMs(account, options)));
  }
  reports.requireReady(account);
  return reportAnswer(reportOf(account), new Date().toISOString());
}

/** The mishap that chance has in store for a request. */
function mishap({ action, accountId: account, key }: FakeRequest): AwsFault | "reset" | "truncated" | undefined {
  const { throttled, serverError, reset, truncated, limitExceeded } = options.faults;
  if (throttled + serverError + reset + truncated + limitExceeded === 0) return undefined;
  const subject = `${action} ${account} ${key.split("/").at(-1) ?? ""}`;
  const turn = (turns.get(subject) ?? 0) + 1;
  turns.set(subject, turn);
  let left = chance(options.seed, subject, turn);
  const hit = (share: number) => (left -= share) < 0;
  if (hit(throttled)) return new AwsFault(400, "Throttling", "Rate exceeded");
  if (hit(serverError)) return new AwsFault(500, "ServiceFailure", "The request processing has failed");
  if (hit(reset)) return "reset";
  if (hit(truncated)) return "truncated";
  if (action === "GenerateCredentialReport" && hit(limitExceeded)) {
    return new AwsFault(409, "LimitExceeded", "no more capacity");
  }
  return undefined;
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.url === "/fake/figures") {
    outgoing.end(JSON.stringify(figures()));
    return;
  }
  const request = await readRequest(incoming, managementAccount);
  count(calls, `${request.service}.${request.action}`);
  const accident = mishap(request);
  if (accident) count(faults, typeof accident === "string" ? accident : accident.code);
  if (accident === "reset") return void incoming.socket.destroy();
  let response: FakeResponse;
  try {
    if (typeof accident === "object") throw accident;
    response = answer(request);
  } catch (error) {
    const problem = error instanceof AwsFault ? error : new AwsFault(500, "FakeBroken", String(error));
    if (problem !== accident) count(faults, problem.code);
    response = faultAnswer(request.service, problem);
  }
  setTimeout(() => send(outgoing, response, accident === "truncated"), options.latencyMs);
}

function figures(): FakeFigures {
  const times = [...tree.byId.keys()].map((account) => readyAfterMs(account, options)).filter(Number.isFinite);
  const raw = [...bucket.objects.keys()].filter((key) => key.includes("/raw/"));
  const sizes = [...bucket.objects].map(([key, { stored }]): [string, number] => [key, stored?.bytes ?? 0]);
  const { user, system } = process.cpuUsage();
  return {
    calls,
    faults,
    peakGenerating: reports.peak(),
    slowestReportMs: times.reduce((most, time) => Math.max(most, time), 0),
    sumOfReportsMs: times.reduce((sum, time) => sum + time, 0),
    rawObjects: raw.length,
    rawAccounts: new Set(raw.map((key) => key.split("/").at(-1))).size,
    objects: bucket.objects.size,
    storedBytes: sizes.reduce((sum, [, bytes]) => sum + bytes, 0),
    largest: sizes.sort((a, b) => b[1] - a[1]).slice(0, 4),
    cpuSeconds: (user + system) / 1e6,
  };
}

const server = createServer((incoming, outgoing) => {
  serve(incoming, outgoing).catch(() => incoming.socket.destroy());
});
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
