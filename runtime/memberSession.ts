import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { IAMClient } from "@aws-sdk/client-iam";

import type { SessionCredentials } from "./clients";
import { UNREACHED } from "./deadline";
import { CallError, CollectionError, errorCode } from "./errors";
import { withRetry, type RetryBudget, type RetryOptions } from "./retry";
import type { Surroundings } from "./surroundings";

/** Name of the collector's sessions, as CloudTrail in the accounts shows it. */
export const SESSION_NAME = "iam-credential-reports";

/** A session with less than this left is renewed before the next call. Milliseconds. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Sessions that end early, before the next is taken for revoked as well. */
const MAX_EARLY_ENDS = 3;

const ENDED = /^(ExpiredToken(Exception)?|RequestExpired)$/;

/** The right to call IAM in one account: a session of the member role, or the collector's own credentials. */
export class MemberSession {
  /** Of the session; undefined before it began, and in the collector's own account. */
  credentials: SessionCredentials | undefined;
  private earlyEnds = 0;

  constructor(
    private readonly accountId: string,
    private readonly around: Omit<Surroundings, "generating">,
    private readonly budget: RetryBudget,
  ) {}

  /** @throws {CollectionError} at the step `assumeRole`. */
  async begin(): Promise<void> {
    const { settings, deadline } = this.around;
    if (deadline.passed()) {
      throw new CollectionError("assumeRole", UNREACHED, "the run ended before this account's turn", 0);
    }
    if (this.accountId === settings.accountId) return;
    try {
      this.credentials = await this.assumeRole();
    } catch (error) {
      throw CollectionError.at("assumeRole", this.withoutExternalId(error));
    }
  }

  /** STS repeats an external id that it does not like, and what an error says goes into logs, mails and the manifest. */
  private withoutExternalId(error: unknown): unknown {
    const { externalId } = this.around.settings;
    if (!externalId || !(error instanceof CallError)) return error;
    const { code, message, attempts } = error;
    return new CallError(code, message.replaceAll(externalId, "(the external id)"), attempts, { cause: error });
  }

  /** Makes one call, when there is room for it, with a session that lasts; begins a new one when AWS says it has ended. */
  async call<T>(call: (iam: IAMClient) => Promise<T>): Promise<T> {
    const { calls, clients, clock } = this.around;
    const { expiration } = this.credentials ?? {};
    if (expiration && expiration.getTime() - clock.now() < RENEW_BEFORE_MS) await this.begin();
    try {
      return await calls.run(() => clients.as(this.credentials, () => call(clients.iam)));
    } catch (error) {
      const ended = this.credentials !== undefined && ENDED.test(errorCode(error));
      if (!ended || (this.earlyEnds += 1) > MAX_EARLY_ENDS) throw error;
      await this.begin();
      return this.call(call);
    }
  }

  /** How calls for this account are tried again. */
  retries(endsAt: number, more: Partial<RetryOptions> = {}): RetryOptions {
    const { clock, deadline, retries } = this.around;
    return { clock, endsAt: Math.min(endsAt, deadline.asksUntil()), budgets: [this.budget, retries], ...more };
  }

  private async assumeRole(): Promise<SessionCredentials> {
    const { settings, clients, calls, sessions } = this.around;
    const command = new AssumeRoleCommand({
      RoleArn: `arn:${settings.partition}:iam::${this.accountId}:role${settings.memberRolePath ?? "/"}${settings.memberRoleName}`,
      RoleSessionName: SESSION_NAME,
      ...(settings.externalId ? { ExternalId: settings.externalId } : {}),
    });
    const { Credentials: session } = await withRetry(async () => {
      await sessions.take();
      return calls.run(() => clients.sts.send(command));
    }, this.retries(Infinity));
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
}
