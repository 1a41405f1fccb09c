import { errorCode } from "../../runtime/errors";
import { messageOf } from "../errors";

/** Whether AWS refused a call for want of a right. */
export function isRefusal(error: unknown): boolean {
  return /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|Unauthorized|Forbidden)$/.test(
    errorCode(error),
  );
}

/** Whether AWS does not know the credentials, or has no place for the account in this Region. */
export function isForeignCredential(error: unknown): boolean {
  return /^(InvalidClientTokenId|UnrecognizedClientException|RegionDisabled(Exception)?|AuthFailure|InvalidToken)$/.test(
    errorCode(error),
  );
}

/** HTTP status of the answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

/** The error behind an error: what AWS said, under what the orchestrator made of it. */
export function rootCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error;
}

/** "organizations:DescribeOrganization: AccessDeniedException: …" */
export function refused(action: string, error: unknown): string {
  return `${action}: ${errorCode(error)}: ${messageOf(error)}`;
}
