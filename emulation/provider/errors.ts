/** What the SDK for JavaScript throws, with the operation that the clients' middleware adds. */
interface AwsError extends Error {
  operation?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Error names by which the services say that something is not there. */
const NOT_FOUND = new Set([
  "DashboardNotFoundError",
  "EntityNotFoundException",
  "NotFoundException",
  "NoSuchEntity",
  "NoSuchEntityException",
  "NoSuchBucket",
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "NoSuchTagSet",
  "NotFound",
  "ObjectLockConfigurationNotFoundError",
  "OwnershipControlsNotFoundError",
  "QueueDoesNotExist",
  "ReplicationConfigurationNotFoundError",
  "ResourceNotFound",
  "ResourceNotFoundException",
  "StackSetNotFoundException",
  "StateMachineDoesNotExist",
  "ServerSideEncryptionConfigurationNotFoundError",
]);

/** Whether AWS said that the thing is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && NOT_FOUND.has(error.name);
}

/** The answer, or undefined when AWS says that the thing is not there. */
export async function orNothing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** One line: operation, AWS code and AWS message where there are such. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { operation, $metadata } = error as AwsError;
  if (!operation) return error.message;
  const status = $metadata?.httpStatusCode === undefined ? "" : ` (HTTP ${$metadata.httpStatusCode})`;
  return `${operation}: ${error.name}${status}: ${error.message || "AWS gave no message"}`;
}
