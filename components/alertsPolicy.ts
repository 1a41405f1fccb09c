import { accountRootArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument } from "./policyDocument";
import { KEY_ADMINISTRATION } from "./reportKeyPolicy";

/** What the policies of the alerts topic and of its key depend on. */
export interface AlertsPolicyInput {
  partition: string;
  /** Region of the topic and of its key. */
  region: string;
  dnsSuffix: string;
  /** Account that owns topic and key: the one in which the collector runs. */
  accountId: string;
  /** The role that publishes; it need not exist yet. */
  collectorRoleName: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
}

/**
 * The policy of the alerts topic: the collector's role publishes, over TLS, and no other role or user, administrators of the
 * account included. Services of AWS are not caught by the refusal, because their requests have no role; none is let in either.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function alertsTopicPolicy(input: AlertsPolicyInput & { topicArn: string }): PolicyDocument {
  const collector = roleArn(input.partition, input.accountId, input.collectorRoleName, input.collectorRolePath);
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
      Condition: { Bool: { "aws:PrincipalIsAWSService": "false" }, ArnNotEquals: { "aws:PrincipalArn": collector } },
    },
    {
      ...publish,
      Sid: "CollectorPublishes",
      Effect: "Allow",
      Principal: { AWS: accountRootArn(input.partition, input.accountId) },
      Condition: { ArnEquals: { "aws:PrincipalArn": collector } },
    },
  );
}

/**
 * The policy of the key that encrypts the topic's messages: the collector uses it, through SNS only; its account administers it.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function alertsKeyPolicy(input: AlertsPolicyInput): PolicyDocument {
  const owner = { AWS: accountRootArn(input.partition, input.accountId) };
  return policyDocument(
    { Sid: "AdministerKey", Effect: "Allow", Principal: owner, Action: KEY_ADMINISTRATION, Resource: "*" },
    {
      Sid: "CollectorEncryptsThroughSns",
      Effect: "Allow",
      Principal: owner,
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        StringEquals: { "kms:ViaService": `sns.${input.region}.${input.dnsSuffix}` },
        ArnEquals: {
          "aws:PrincipalArn": roleArn(
            input.partition,
            input.accountId,
            input.collectorRoleName,
            input.collectorRolePath,
          ),
        },
      },
    },
  );
}
