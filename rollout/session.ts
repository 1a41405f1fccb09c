import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { parseArn } from "../components/arn";
import { messageOf, RolloutError } from "./errors";
import type { AssumeRole } from "./configuration/stackFiles";

/** Credentials of a session, as the SDK's clients take them. */
export interface SessionCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** What the SDK's clients of one account need; without credentials they use the caller's own. */
export interface Session {
  region: string;
  credentials?: SessionCredentials;
}

/** Who calls: account and partition of the caller's credentials. */
export interface Caller {
  accountId: string;
  partition: string;
  arn: string;
}

/**
 * Assumes the roles one after the other, as the provider of the stack does.
 *
 * @param purpose what it is for, for the error, as in "stack logarchive"
 */
export async function openSession(region: string, roles: readonly AssumeRole[], purpose: string): Promise<Session> {
  let session: Session = { region };
  for (const role of roles) {
    try {
      const { Credentials } = await new STSClient(session).send(
        new AssumeRoleCommand({
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName ?? "iam-credential-reports",
          ExternalId: role.externalId,
        }),
      );
      session = {
        region,
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? "",
          secretAccessKey: Credentials?.SecretAccessKey ?? "",
          sessionToken: Credentials?.SessionToken ?? "",
        },
      };
    } catch (cause) {
      throw new RolloutError(
        `The role ${role.roleArn} for ${purpose} could not be assumed: ${messageOf(cause)}. ` +
          `Check that the role exists, that it trusts your credentials, and that they are of the account you mean ` +
          `(aws sts get-caller-identity)`,
        1,
        { cause },
      );
    }
  }
  return session;
}

/** Asks STS who the session is. */
export async function callerOf(session: Session): Promise<Caller> {
  try {
    const identity = await new STSClient(session).send(new GetCallerIdentityCommand({}));
    const arn = identity.Arn ?? "";
    return { accountId: identity.Account ?? "", partition: parseArn(arn)?.partition ?? "aws", arn };
  } catch (cause) {
    throw new RolloutError(
      `AWS does not take your credentials: ${messageOf(cause)}. Sign in to the management account first ` +
        `(aws sso login, or AWS_PROFILE), or try it without an AWS account: add --emulated`,
      1,
      { cause },
    );
  }
}
