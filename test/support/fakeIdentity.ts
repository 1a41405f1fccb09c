import { AwsFault, queryAnswer, SESSION_KEY_PREFIX, type FakeRequest, type FakeResponse } from "./fakeWire";

/** Secrets that the fake hands out, the token in the form of AWS's; logs must not contain them. */
export const FAKE_SESSION = { secret: "fake-session-secret", token: `IQoJb3JpZ2luX2Vj${"Aa1/+".repeat(60)}==` };

/** When every report of the fake was generated. */
export const GENERATED_TIME = "2026-11-20T01:02:03Z";

/** How an account stands to the collector's role. */
export interface FakeTrust {
  /** AssumeRole is refused. */
  roleMissing?: boolean;
  /** AssumeRole is refused without this external id. */
  externalId?: string;
}

/**
 * Speaks AssumeRole of STS.
 *
 * @param trust Undefined for an account that is not there.
 * @param expiresAt Milliseconds since 1970.
 */
export function answerSts(
  request: FakeRequest,
  trust: FakeTrust | undefined,
  roleName: string,
  expiresAt: number,
): FakeResponse {
  const role = (request.fields["RoleArn"] ?? "").split("/").at(-1);
  const wrongId = trust?.externalId !== undefined && request.fields["ExternalId"] !== trust.externalId;
  if (!trust || trust.roleMissing || role !== roleName || wrongId) {
    const caller = "User: arn:aws:sts::111111111111:assumed-role/collector/run";
    const message = `${caller} is not authorized to perform: sts:AssumeRole on resource: ${request.fields["RoleArn"] ?? ""}`;
    throw new AwsFault(403, "AccessDenied", message);
  }
  const { secret, token } = FAKE_SESSION;
  return queryAnswer(
    "AssumeRole",
    `<Credentials><AccessKeyId>${SESSION_KEY_PREFIX}${request.accountId}</AccessKeyId>` +
      `<SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}.${expiresAt}</SessionToken>` +
      `<Expiration>${new Date(expiresAt).toISOString()}</Expiration></Credentials>`,
  );
}

/**
 * Refuses what is signed with a session of the fake that has ended.
 *
 * @param now Milliseconds since 1970.
 */
export function refuseExpired(request: FakeRequest, now: number): void {
  const expiresAt = Number(String(request.headers["x-amz-security-token"] ?? "").split(".")[1] ?? Infinity);
  if (expiresAt <= now) {
    throw new AwsFault(403, "ExpiredToken", "The security token included in the request is expired");
  }
}

/** GenerateCredentialReport's success. */
export function generateAnswer(state: "STARTED" | "INPROGRESS" | "COMPLETE"): FakeResponse {
  return queryAnswer("GenerateCredentialReport", `<State>${state}</State>`);
}

/** GetCredentialReport's success. */
export function reportAnswer(report: string | Buffer, generatedTime = GENERATED_TIME): FakeResponse {
  const content = Buffer.from(report).toString("base64");
  return queryAnswer(
    "GetCredentialReport",
    `<Content>${content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${generatedTime}</GeneratedTime>`,
  );
}
