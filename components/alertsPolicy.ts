import { accountRootArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";
import { KEY_ADMINISTRATION } from "./reportKeyPolicy";

/** What the policies of the alerts topic and of its key depend on. */
export interface AlertsPolicyInput {
  partition: string;
  /** Region of the topic and of its key. */
  region: string;
  dnsSuffix: string;
  /** Account that owns topic and key: the one in which the collector runs. */
  accountId: string;
  /** The one role that publishes, where the collector delivers reports; it need not exist yet. */
  collectorRoleName?: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
}

/**
 * The policy of the alerts topic: alarms of CloudWatch and rules of EventBridge of the account publish, and the collector's role where
 * there is to be one, over TLS, and no other role or user, administrators of the account included.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function alertsTopicPolicy(input: AlertsPolicyInput & { topicArn: string }): PolicyDocument {
  const collector = collectorArn(input);
  const publish = { Action: "sns:Publish", Resource: input.topicArn };
  return policyDocument(
    {
      ...publish,
      Sid: "DenyPlainHttp",
      Effect: "Deny",
      Principal: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      ...publish,
      Sid: "DenyOtherPublishers",
      Effect: "Deny",
      Principal: "*",
      Condition: {
        Bool: { "aws:PrincipalIsAWSService": "false" },
        ...(collector && { ArnNotEquals: { "aws:PrincipalArn": collector } }),
      },
    },
    collector
      ? {
          ...publish,
          Sid: "CollectorPublishes",
          Effect: "Allow",
          Principal: { AWS: accountRootArn(input.partition, input.accountId) },
          Condition: { ArnEquals: { "aws:PrincipalArn": collector } },
        }
      : undefined,
    ...serviceStatements(input, (sid) => ({ ...publish, Sid: `${sid}Publish` })),
  );
}

/**
 * The policy of the key that encrypts the topic's messages: whoever publishes uses it, the collector through SNS only; its account
 * administers it.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export function alertsKeyPolicy(input: AlertsPolicyInput): PolicyDocument {
  const owner = { AWS: accountRootArn(input.partition, input.accountId) };
  const collector = collectorArn(input);
  const encrypt = { Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*" };
  return policyDocument(
    { Sid: "AdministerKey", Effect: "Allow", Principal: owner, Action: KEY_ADMINISTRATION, Resource: "*" },
    collector
      ? {
          ...encrypt,
          Sid: "CollectorEncryptsThroughSns",
          Effect: "Allow",
          Principal: owner,
          Condition: {
            StringEquals: { "kms:ViaService": `sns.${input.region}.${input.dnsSuffix}` },
            ArnEquals: { "aws:PrincipalArn": collector },
          },
        }
      : undefined,
    ...serviceStatements(input, (sid) => ({ ...encrypt, Sid: `${sid}Encrypt` })),
  );
}

function collectorArn(input: AlertsPolicyInput): string | undefined {
  const { partition, accountId, collectorRoleName, collectorRolePath } = input;
  return collectorRoleName === undefined
    ? undefined
    : roleArn(partition, accountId, collectorRoleName, collectorRolePath);
}

/**
 * What both services need. CloudWatch says for which alarm it acts. EventBridge does not say for which rule, neither to SNS nor to KMS,
 * so a plain condition on it would shut every rule out; this one holds as soon as it does say. A rule of another account reaches a
 * topic by a role only, and roles are refused.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 */
function serviceStatements(
  { partition, region, accountId }: AlertsPolicyInput,
  what: (sid: string) => Pick<PolicyStatement, "Sid" | "Action" | "Resource">,
): PolicyStatement[] {
  return [
    {
      ...what("Alarms"),
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:*` },
      },
    },
    {
      ...what("Rules"),
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Condition: { StringEqualsIfExists: { "aws:SourceAccount": accountId } },
    },
  ];
}

/** Name of the role by which messages get into streams. IAM takes names of 64 characters. */
export function streamRoleName(topicName: string): string {
  return `${topicName.slice(0, 64 - "-streams".length)}-streams`;
}

/**
 * Who may assume the role by which messages get into streams of Data Firehose: SNS, for this account.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html
 */
export function streamTrustPolicy(accountId: string): PolicyDocument {
  return policyDocument({
    Sid: "TopicsOfThisAccount",
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

/** What that role may do: put records into these streams. */
export function streamPolicy(streamArns: readonly string[]): PolicyDocument {
  return policyDocument({
    Sid: "PutIntoStreams",
    Effect: "Allow",
    Action: [
      "firehose:DescribeDeliveryStream",
      "firehose:ListTagsForDeliveryStream",
      "firehose:PutRecord",
      "firehose:PutRecordBatch",
    ],
    Resource: [...streamArns].sort(),
  });
}
