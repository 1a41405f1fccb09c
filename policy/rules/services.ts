import { allTextsOf, UNKNOWN } from "../knownValues";
import { said } from "../resources";
import type { ResourceRule, Violation } from "../rule";

/** Rules on logs, topics and queues, and on the partition of ARNs. */

/** Logs are kept for a time that was chosen. */
export const logRetention: ResourceRule<{ minimumDays: number; requireKey: boolean }> = {
  name: "logs-retention",
  description: "Log groups keep their lines for a time that is long enough (Security Hub CloudWatch.16)",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
  level: "mandatory",
  severity: "medium",
  kinds: ["cloudwatch:LogGroup"],
  settings: {
    minimumDays: {
      type: "integer",
      minimum: 1,
      default: 365,
      description: "Days that lines are kept at least.",
    },
    requireKey: {
      type: "boolean",
      default: false,
      description: "A KMS key of one's own has to encrypt them; CloudWatch Logs encrypts with its own anyway.",
    },
  },
  check: ({ values }, { minimumDays, requireKey }) => {
    const days = values["retentionInDays"];
    const key = values["kmsKeyId"];
    const violations: Violation[] = [];
    // 0 is the provider's word for ever
    if (days === undefined || days === null || days === 0) {
      violations.push({
        message: "its lines are kept for ever, and nobody said so",
        remedy: `Set retentionInDays, to ${minimumDays} or more`,
      });
    } else if (typeof days === "number" && days < minimumDays) {
      violations.push({
        message: `retentionInDays is ${days}, and at least ${minimumDays} are asked for`,
        remedy: `Set retentionInDays to ${minimumDays} or more, or the rule's minimumDays to what is asked for in your company`,
      });
    }
    if (requireKey && !key) violations.push({ message: "no key of one's own encrypts it", remedy: "Set kmsKeyId" });
    return violations;
  },
};

/** What is published is encrypted. */
export const topicEncryption: ResourceRule = {
  name: "sns-encryption",
  description: "SNS topics are encrypted at rest (Security Hub SNS.1)",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
  level: "mandatory",
  severity: "medium",
  kinds: ["sns:Topic"],
  check: ({ values }) =>
    values["kmsMasterKeyId"]
      ? []
      : [{ message: "kmsMasterKeyId is not set", remedy: "Set kmsMasterKeyId to a key that the publishers may use" }],
};

/** What waits is encrypted. */
export const queueEncryption: ResourceRule = {
  name: "sqs-encryption",
  description: "SQS queues are encrypted at rest (Security Hub SQS.1)",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-1",
  level: "mandatory",
  severity: "medium",
  kinds: ["sqs:Queue"],
  check: ({ values }) => {
    const { kmsMasterKeyId: key, sqsManagedSseEnabled: managed } = values;
    if (key || managed === true || managed === UNKNOWN) return [];
    return [
      {
        message: `sqsManagedSseEnabled is ${said(managed)}, and kmsMasterKeyId is not set`,
        remedy: "Set sqsManagedSseEnabled: true, or kmsMasterKeyId",
      },
    ];
  },
};

/** Partitions by how their Regions begin. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const PARTITIONS = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["us-iso-", "aws-iso"],
  ["eu-isoe-", "aws-iso-e"],
  ["eusc-", "aws-eusc"],
] as const;

/** An ARN of another partition names nothing that there is, and shows that a partition is written down somewhere. */
export const partition: ResourceRule = {
  name: "arn-partition",
  description:
    "ARNs are of the partition that the stack is in, so none is written down (AWS general reference, Amazon Resource Names)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
  level: "mandatory",
  severity: "medium",
  check: ({ values, region }) => {
    if (region === undefined) return [];
    const own = PARTITIONS.find(([start]) => region.startsWith(start))?.[1] ?? "aws";
    const found = allTextsOf(values).flatMap((text) =>
      [...text.matchAll(/\barn:(aws[a-z-]*):/g)].map(([, name]) => name),
    );
    const foreign = [...new Set(found)].filter((name) => name !== own);
    return foreign.map((name) => ({
      message: `it has an ARN of the partition ${name}, and ${region} is in ${own}`,
      remedy: "Ask for the partition (aws.getPartition) where the ARN is put together",
    }));
  },
};
