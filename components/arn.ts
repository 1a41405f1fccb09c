/**
 * ARNs as policies need them. The partition always comes from the provider: `aws`, `aws-us-gov` or `aws-cn`.
 *
 * Formats: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */

/** ARN of a role; `path` begins and ends with a slash. `*` as account stands for all. */
export function roleArn(partition: string, accountId: string, roleName: string, path = "/"): string {
  return `arn:${partition}:iam::${accountId}:role${path}${roleName}`;
}

/**
 * ARN of a permissions boundary in an account: of the account's own managed policy of that name, or of the one of AWS that is given by
 * its ARN, which is the same everywhere.
 */
export function permissionsBoundaryArn(partition: string, accountId: string, boundary: string): string {
  return boundary.startsWith("arn:") ? boundary : `arn:${partition}:iam::${accountId}:policy/${boundary}`;
}

/** The principal that stands for a whole account; what it may do is then narrowed by a condition. */
export function accountRootArn(partition: string, accountId: string): string {
  return `arn:${partition}:iam::${accountId}:root`;
}

/** ARN of a bucket. */
export function bucketArn(partition: string, bucketName: string): string {
  return `arn:${partition}:s3:::${bucketName}`;
}

/** The parts of an ARN that the programs check, or undefined where the text is no ARN. */
export function parseArn(
  arn: string,
): { partition: string; service: string; region: string; accountId: string; resource: string } | undefined {
  const match = /^arn:([a-z0-9-]+):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/.exec(arn);
  if (!match) return undefined;
  const [, partition = "", service = "", region = "", accountId = "", resource = ""] = match;
  return { partition, service, region, accountId, resource };
}
