import { GenerateCredentialReportCommand, GetCredentialReportCommand, type IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";

import type { AwsClients, SessionCredentials } from "./clients";
import { isoSeconds, type Clock } from "./clock";
import { CallError, CollectionError } from "./errors";
import { withRetry } from "./retry";
import type { CollectorSettings } from "./settings";

/** Name of the collector's sessions, as CloudTrail in the accounts shows it. */
export const SESSION_NAME = "iam-credential-reports";

/** A credential report as AWS returned it. */
export interface FetchedReport {
  bytes: Uint8Array;
  /** When AWS generated the report, up to four hours ago: ISO 8601 in UTC. */
  generatedTime: string;
}

/** With whom and until when to speak. */
export interface ReportConversation {
  settings: Pick<CollectorSettings, "partition" | "memberRoleName" | "externalId">;
  clients: Pick<AwsClients, "sts" | "iam">;
  /** Its own credentials are used in this account: no role is assumed there. */
  managementAccountId: string;
  clock: Clock;
  /** Milliseconds since 1970; the run asks for nothing after it. */
  deadline: number;
}

/** How long one account's report may take; AWS makes most in seconds, large ones in minutes. */
const PATIENCE_MS = 10 * 60_000;
const FIRST_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 10_000;

/** Errors of GetCredentialReport that say "ask again", not "no". */
const NOT_READY = /^CredentialReportNotReadyException$/;
const GONE = /^CredentialReport(Expired|NotPresent)Exception$/;

/**
 * Gets one account's credential report: a session in the account, a report generated, the report fetched.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
 * @throws {CollectionError} naming the step, the error of AWS, the tries and the remedy.
 */
export async function fetchCredentialReport(
  accountId: string,
  conversation: ReportConversation,
): Promise<FetchedReport> {
  const { clients, clock, deadline } = conversation;
  if (clock.now() >= deadline) {
    throw new CollectionError("assumeRole", "RunDeadline", "the run ended before this account's turn", 0);
  }
  const iam = clients.iam(await sessionFor(accountId, conversation));

  const startedAt = clock.now();
  const endsAt = Math.min(startedAt + PATIENCE_MS, deadline);
  for (let poll = 1; ; poll += 1) {
    const answer = await askForReport(iam, clock, endsAt);
    if (answer.report) return answer.report;
    const delay = pollDelay(poll, clock.random());
    if (clock.now() + delay >= endsAt) {
      const code = endsAt === deadline ? "RunDeadline" : "ReportNeverCompleted";
      const seconds = Math.round((clock.now() - startedAt) / 1000);
      throw new CollectionError(answer.step, code, `no report after ${seconds} s; last answer: ${answer.said}`, poll);
    }
    await clock.sleep(delay);
  }
}

async function sessionFor(
  accountId: string,
  { settings, clients, managementAccountId, clock, deadline }: ReportConversation,
): Promise<SessionCredentials | undefined> {
  if (accountId === managementAccountId) return undefined;
  const roleArn = `arn:${settings.partition}:iam::${accountId}:role/${settings.memberRoleName}`;
  try {
    return await assumeRole(clients.sts, roleArn, settings.externalId, clock, deadline);
  } catch (error) {
    throw CollectionError.at("assumeRole", error);
  }
}

async function assumeRole(
  sts: STSClient,
  roleArn: string,
  externalId: string | undefined,
  clock: Clock,
  endsAt: number,
): Promise<SessionCredentials> {
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: SESSION_NAME,
    ...(externalId ? { ExternalId: externalId } : {}),
  });
  const { Credentials: session } = await withRetry(() => sts.send(command), { clock, endsAt });
  if (!session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken) {
    throw new CallError("IncompleteAnswer", "AssumeRole succeeded without giving credentials", 1);
  }
  return {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
    ...(session.Expiration ? { expiration: session.Expiration } : {}),
  };
}

type Answer =
  { report: FetchedReport } | { report?: undefined; step: "generate" | "fetch"; /** In AWS's words. */ said: string };

/** Asks once whether the report is there, and for it if so. Asking also starts a new one where the last is gone. */
async function askForReport(iam: IAMClient, clock: Clock, endsAt: number): Promise<Answer> {
  let state: string | undefined;
  try {
    state = (await withRetry(() => iam.send(new GenerateCredentialReportCommand({})), { clock, endsAt })).State;
  } catch (error) {
    throw CollectionError.at("generate", error);
  }
  if (state !== "COMPLETE") return { step: "generate", said: state ?? "no state" };

  try {
    const report = await withRetry(() => iam.send(new GetCredentialReportCommand({})), { clock, endsAt });
    if (!report.GeneratedTime) {
      throw new CallError("IncompleteAnswer", "GetCredentialReport does not say when the report was generated", 1);
    }
    return {
      report: { bytes: report.Content ?? new Uint8Array(), generatedTime: isoSeconds(report.GeneratedTime.getTime()) },
    };
  } catch (error) {
    if (error instanceof CallError && (NOT_READY.test(error.code) || GONE.test(error.code))) {
      return { step: "fetch", said: error.code };
    }
    throw CollectionError.at("fetch", error);
  }
}

/** Half fixed, half jitter: unlike a retry, a poll that comes at once asks in vain. Milliseconds. */
function pollDelay(poll: number, random: number): number {
  const bound = Math.min(SLOWEST_POLL_MS, FIRST_POLL_MS * 1.5 ** (poll - 1));
  return Math.floor(bound / 2 + (random * bound) / 2);
}
