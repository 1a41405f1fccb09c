/**
 * Configurations of a whole organization by name, as `Pulumi.*.yaml` would say them: what the stacks are rendered with where something is to
 * hold for all that they can be.
 */
export interface ExampleConfiguration {
  /** Partition, Region and suffix of the hosts. */
  place: { partition: string; region: string; dnsSuffix: string };
  /** Account of each stack. */
  accounts: Readonly<Record<RenderedStack, string>>;
  /** The project's keys, as text, for all stacks that read them. */
  config: Readonly<Record<string, string>>;
  /** Stacks that there are; all by default. */
  stacks?: readonly RenderedStack[];
}

/** Kinds of stack, one of each. */
export type RenderedStack = "security" | "logarchive" | "management" | "member" | "pipeline";

/** In the order of deployment. */
export const RENDERED_STACKS: readonly RenderedStack[] = ["security", "logarchive", "management", "member", "pipeline"];

/** The partition of most. */
export const COMMERCIAL = { partition: "aws", region: "eu-central-1", dnsSuffix: "amazonaws.com" };
/** The partition with the longest names. */
export const GOV_CLOUD = { partition: "aws-us-gov", region: "us-gov-west-1", dnsSuffix: "amazonaws.com" };
/** The partition with hosts of its own. */
export const CHINA = { partition: "aws-cn", region: "cn-north-1", dnsSuffix: "amazonaws.com.cn" };
/** Partition, Region and suffix of the hosts. */
export type Place = typeof COMMERCIAL;

/** The accounts of the example organization; the pipeline is in the management account. */
export const ACCOUNTS = {
  security: "222233334444",
  logarchive: "333344445555",
  management: "111122223333",
  member: "444455556666",
  pipeline: "111122223333",
} as const satisfies Record<RenderedStack, string>;

/** Account of the collector where it is not the management account. */
export const DELEGATED_ACCOUNT = "555566667777";

/** A list, as a key takes it. */
export const list = (...values: string[]): string => JSON.stringify(values);
/** ARN of a role. */
export const role = ({ partition }: Place, account: string, name: string): string =>
  `arn:${partition}:iam::${account}:role/${name}`;

/** What the stack files of the example organization say. */
export function least(place: Place): Record<string, string> {
  return {
    organizationId: "o-exampleorgid",
    managementAccountId: ACCOUNTS.management,
    logArchiveAccountId: ACCOUNTS.logarchive,
    readerRoleArns: list(role(place, ACCOUNTS.logarchive, "Auditor")),
    ...(place === CHINA && { memberRoles: "stacks" }),
    repository: "example/iam-credential-reports",
    stateBackend: "s3://example-state/reports",
    deployRoleArns: list(
      ...[ACCOUNTS.security, ACCOUNTS.logarchive].map((account) =>
        role(place, account, "OrganizationAccountAccessRole"),
      ),
    ),
    connectionArn: arn(place, "codeconnections", ACCOUNTS.pipeline, "connection/1234abcd"),
  };
}

/** Every option that makes a policy larger, or makes another one. */
export function everything(place: Place): Record<string, string> {
  const { management } = ACCOUNTS;
  return {
    ...least(place),
    readerRoleArns: list(
      role(place, ACCOUNTS.logarchive, "audit/Auditor"),
      role(place, ACCOUNTS.security, "audit/Auditor"),
      role(place, ACCOUNTS.member, "audit/Auditor"),
    ),
    signManifests: "true",
    deliverReports: "true",
    events: "findings",
    eventBusName: "security/audit",
    securityHub: "true",
    tracing: "true",
    collectorEngine: "stepfunctions",
    objectLockMode: "governance",
    objectLockDays: "365",
    rawRetentionDays: "400",
    replicaRegion:
      { aws: "eu-west-1", "aws-us-gov": "us-gov-east-1", "aws-cn": "cn-northwest-1" }[place.partition] ?? "",
    quickSightPrincipalArn: arn(place, "quicksight", ACCOUNTS.logarchive, "group/default/auditors"),
    rolePath: "/security/audit/",
    permissionsBoundary: "boundaries/workloads",
    externalId: "audit-2026",
    include: list("Root/Workloads", "tag:audited=yes"),
    exclude: list("444455556666"),
    alertEmails: list("security@example.com"),
    alertSubscriptions: list(
      arn(place, "sqs", management, "alerts"),
      arn(place, "lambda", management, "function:page"),
      arn(place, "firehose", management, "deliverystream/alerts"),
      arn(place, "firehose", management, "deliverystream/archive"),
    ),
    tags: JSON.stringify({ team: "audit", "cost:center": "4711" }),
    stateKeyArn: arn(place, "kms", management, "key/state"),
    passphraseSecretArn: arn(place, "secretsmanager", management, "secret:passphrase-AbCdEf"),
    accessTokenSecretArn: arn(place, "ssm", management, "parameter/token"),
    previewRoleName: "preview",
    approvalEmails: list("release@example.com"),
  };
}

/** ARN of what is in a Region. */
export function arn({ partition, region }: Place, service: string, account: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
