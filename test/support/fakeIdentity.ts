import { AwsFault, queryAnswer, type FakeRequest, type FakeResponse } from "./fakeWire";
import type { FakeAccount } from "./fakeAws";
import { credentialReportCsv } from "./credentialReports";

/** Secrets that the fake hands out; logs must not contain them. */
export const FAKE_SESSION = { secret: "fake-session-secret", token: "fake-session-token" };

/** When every report of the fake was generated. */
export const GENERATED_TIME = "2026-11-20T01:02:03Z";

/** Sessions begin with this; the account follows, so that a request says whose it is. */
export const SESSION_KEY_PREFIX = "ASIAFAKE";

/** How far each account's report has come. */
export interface ReportProgress {
  asked: number;
  fetched: number;
}

/** Speaks AssumeRole of STS. */
export function answerSts(request: FakeRequest, account: FakeAccount | undefined, roleName: string): FakeResponse {
  const role = (request.fields["RoleArn"] ?? "").split("/").at(-1);
  const wrongId = account?.externalId !== undefined && request.fields["ExternalId"] !== account.externalId;
  if (!account || account.roleMissing || role !== roleName || wrongId) {
    const caller = "User: arn:aws:sts::111111111111:assumed-role/collector/run";
    const message = `${caller} is not authorized to perform: sts:AssumeRole on resource: ${request.fields["RoleArn"] ?? ""}`;
    throw new AwsFault(403, "AccessDenied", message);
  }
  return queryAnswer(
    "AssumeRole",
    `<Credentials><AccessKeyId>${SESSION_KEY_PREFIX}${account.id}</AccessKeyId>` +
      `<SecretAccessKey>${FAKE_SESSION.secret}</SecretAccessKey><SessionToken>${FAKE_SESSION.token}</SessionToken>` +
      `<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>`,
  );
}

/** Speaks the two calls of IAM that make and get a report. */
export function answerIam(request: FakeRequest, account: FakeAccount, progress: ReportProgress): FakeResponse {
  if (request.action === "GenerateCredentialReport") {
    progress.asked += 1;
    const done = !account.neverCompletes && progress.asked > (account.inProgress ?? 0);
    const state = done ? "COMPLETE" : progress.asked === 1 ? "STARTED" : "INPROGRESS";
    return queryAnswer(request.action, `<State>${state}</State>`);
  }
  progress.fetched += 1;
  const refusal = account.fetchRefusals?.[progress.fetched - 1];
  if (refusal) throw new AwsFault(refusal === "ReportInProgress" ? 404 : 410, refusal, "not now");
  const content = Buffer.from(account.report ?? credentialReportCsv(account.id)).toString("base64");
  return queryAnswer(
    "GetCredentialReport",
    `<Content>${content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${GENERATED_TIME}</GeneratedTime>`,
  );
}
