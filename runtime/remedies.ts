import type { CollectionStep } from "../report/manifest";

interface RemedyRule {
  /** Any step if left out. */
  steps?: readonly CollectionStep[];
  /** Any error name if left out. */
  code?: RegExp;
  /** Any message if left out. */
  message?: RegExp;
  remedy: string;
}

const DENIED = /^AccessDenied(Exception)?$/;

/** The first rule that fits gives the remedy: special cases first. */
const RULES: readonly RemedyRule[] = [
  {
    message: /service control policy/i,
    code: DENIED,
    remedy: "A service control policy of the organization denies the call: exempt the role of the collector there.",
  },
  {
    message: /resource control policy/i,
    code: DENIED,
    remedy: "A resource control policy of the organization denies the call: exempt the role of the collector there.",
  },
  {
    steps: ["assumeRole"],
    code: DENIED,
    message: /no identity-based policy allows/i,
    remedy:
      "The collector's own role does not allow sts:AssumeRole on the member role: deploy the management stack again, with the same name of the member role.",
  },
  {
    steps: ["assumeRole"],
    code: DENIED,
    message: /no resource-based policy allows/i,
    remedy:
      "The member role exists, but its trust policy does not name the collector's role, or not with this external id: deploy the member role to the account again.",
  },
  {
    steps: ["assumeRole"],
    code: DENIED,
    // AWS does not say which: it does not reveal to others what roles an account has.
    remedy:
      "The member role is missing in this account, or its trust policy does not name the collector's role (and its external id): deploy the member role to the account again.",
  },
  {
    steps: ["assumeRole"],
    code: /^RegionDisabledException$/,
    remedy: "STS is off for this Region in the account: activate it under IAM, Account settings.",
  },
  {
    steps: ["assumeRole"],
    code: /^(ExpiredToken(Exception)?|InvalidClientTokenId|CredentialsProviderError)$/,
    remedy: "The collector's own credentials are missing, wrong or expired: renew them and run again.",
  },
  {
    steps: ["generate", "fetch"],
    code: /^(ExpiredToken(Exception)?|InvalidClientTokenId)$/,
    remedy:
      "The session in the account ended early or was revoked: run again, and look for a policy that revokes sessions.",
  },
  {
    steps: ["generate"],
    code: DENIED,
    remedy:
      "The role used in this account does not allow iam:GenerateCredentialReport: deploy the member role again, or the collector for its own account.",
  },
  {
    steps: ["fetch"],
    code: DENIED,
    remedy:
      "The role used in this account does not allow iam:GetCredentialReport: deploy the member role again, or the collector for its own account.",
  },
  {
    message: /no further try is left to the run$/,
    remedy:
      "Too many calls of this run failed: look at AWS Health and at the function's way to the endpoints, and run again.",
  },
  {
    code: /^LimitExceeded(Exception)?$/,
    remedy:
      "AWS had no capacity to generate more reports: run again later, or let the collector have fewer reports made at once.",
  },
  {
    code: /^(Throttling(Exception)?|TooManyRequestsException|SlowDown|RequestLimitExceeded)$/,
    remedy: "AWS throttled the calls: lower the collector's concurrency and run again.",
  },
  {
    code: /^ReportNeverCompleted$/,
    remedy: "AWS did not finish the report in time: run again; if it stays so, ask AWS Support about this account.",
  },
  {
    code: /^RunDeadline$/,
    remedy: "The run had to end: run again, with a longer function timeout or a higher concurrency.",
  },
  {
    code: /^BatchFailed$/,
    remedy:
      "The function failed for this batch again and again: its log names the batch and says why. Run again; a redrive helps only an execution that failed as a whole.",
  },
  {
    steps: ["parse"],
    code: /^WrongAccount$/,
    remedy:
      "The credentials used belong to another account: check that the function runs in the account that it was deployed into, and which role was assumed.",
  },
  {
    code: /^(AnswerTooLarge|ReportTooLarge|TooManyColumns|ReservedColumns|CellTooLong)$/,
    remedy:
      "AWS makes no such report: look at what stands between the function and the AWS endpoints, and ask AWS Support about this account.",
  },
  {
    steps: ["parse"],
    remedy: "The bytes are stored as they came: look at them under raw/ of this run, and run again.",
  },
  {
    steps: ["store"],
    code: /^(KMS\..*|DisabledException|KMSInvalidStateException)$/,
    remedy: "The key of the bucket cannot be used: enable it, and check that it is the key of the security stack.",
  },
  {
    steps: ["store"],
    code: DENIED,
    message: /kms/i,
    remedy: "The key policy does not let the collector's role use the key through S3: deploy the security stack again.",
  },
  {
    steps: ["store"],
    code: DENIED,
    remedy:
      "The bucket refuses the collector: check the bucket's policy and owner, and the collector's role, by deploying the logarchive and management stacks again.",
  },
  {
    steps: ["store"],
    code: /^NoSuchBucket$/,
    remedy: "The bucket does not exist: deploy the logarchive stack, then the management stack.",
  },
  {
    code: /^(ENOSPC|EDQUOT)$/,
    remedy: "The disk is full: make room where the reports go and in the folder for temporary files, and run again.",
  },
  {
    code: /^(EACCES|EPERM|EROFS)$/,
    remedy: "The folder cannot be written: allow it, or choose another one, and run again.",
  },
  {
    code: /^(E[A-Z_]+|TimeoutError|NetworkingError)$/,
    remedy: "The network failed: check the function's way to the AWS endpoints, and run again.",
  },
];

/**
 * What to do about an account that was not collected.
 *
 * @param code Error name of the SDK for JavaScript, or one of the collector's own.
 * @param message The message of AWS: it names the policy that denied a call, where AWS says so.
 */
export function remedyFor(step: CollectionStep, code: string, message: string): string {
  const rule = RULES.find(
    (candidate) =>
      (candidate.steps?.includes(step) ?? true) &&
      (candidate.code?.test(code) ?? true) &&
      (candidate.message?.test(message) ?? true),
  );
  return rule?.remedy ?? "Look the error up in the AWS documentation of the call, and run again.";
}
