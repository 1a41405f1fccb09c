import type { CollectorEngine } from "../runtime/settings";
import { accountRootArn, bucketArn, roleArn } from "./arn";
import {
  COLLECTOR_LISTS,
  COLLECTOR_READS,
  COLLECTOR_READS_TO_DELIVER,
  RUNNING,
  COLLECTOR_TAGS,
  COLLECTOR_TAGS_TO_DELIVER,
  COLLECTOR_WRITES,
  STEPS_READ,
  WORK_OBJECTS,
  WRITTEN_ONCE,
} from "./layout";
import { bucketDenials, permanence } from "./bucketDenials";
import { isStandalone } from "./organization";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";
import { readersPolicy } from "./readersPolicy";

/** What the bucket policy depends on. */
export interface ReportBucketPolicyInput {
  partition: string;
  bucketName: string;
  /** The only key that objects may be encrypted with. */
  keyArn: string;
  /** `none` where the collector's account is in no organization. */
  organizationId: string;
  /** Account in which the collector runs. */
  collectorAccountId: string;
  collectorRoleName: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
  /** Roles that may read and list the evidence. */
  readerRoleArns: readonly string[];
  /** Let the collector read consolidated files: what the page is made of, and what changed since the run before. */
  deliverReports?: boolean;
  /** The same, to tell which findings opened. */
  announceFindings?: boolean;
  /** With `stepfunctions`, let the collector keep work objects and read raw reports back; `lambda` by default. */
  engine?: CollectorEngine;
}

/**
 * The policy of the bucket that holds the evidence.
 *
 * Only the collector's role writes; nobody deletes, the account's own administrators included
 * (whoever must, has to change this policy first, and that is logged). Objects that arrive over plain HTTP, with another key
 * or with another encryption are refused; a request that names no encryption gets the bucket's default, which is the key. An
 * object that exists is not replaced: who writes evidence has to ask for that.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
export function reportBucketPolicy(input: ReportBucketPolicyInput): PolicyDocument {
  const bucket = bucketArn(input.partition, input.bucketName);
  const objects = `${bucket}/*`;
  const collectorArn = roleArn(
    input.partition,
    input.collectorAccountId,
    input.collectorRoleName,
    input.collectorRolePath,
  );
  const collector = {
    Effect: "Allow" as const,
    Principal: { AWS: accountRootArn(input.partition, input.collectorAccountId) },
  };
  const inside: Record<string, string> = isStandalone(input.organizationId)
    ? { "aws:PrincipalAccount": input.collectorAccountId }
    : { "aws:PrincipalOrgID": input.organizationId };
  const onlyTheCollector = { ArnEquals: { "aws:PrincipalArn": collectorArn }, StringEquals: inside };

  const inSteps = input.engine === "stepfunctions";

  return policyDocument(
    ...bucketDenials(bucket, input.keyArn),
    {
      Sid: "DenyWritesByOthers",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: objects,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": collectorArn } },
    },
    {
      // Uploads in parts ask when they are completed: beginning one and sending its parts create no object.
      Sid: "DenyOverwrites",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: [...WRITTEN_ONCE, ...(inSteps ? [WORK_OBJECTS] : [])].map((pattern) => `${bucket}/${pattern}`),
      Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
    },
    {
      // Replication puts without putting: a rule on another bucket of the account could lay an object over evidence.
      Sid: "DenyReplicationInto",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: objects,
    },
    ...permanence(objects),
    {
      // The life cycle goes by tags: whoever could set them could have evidence expire before its time.
      Sid: "DenyTagsByOthers",
      Effect: "Deny",
      Principal: "*",
      Action: [
        "s3:DeleteObjectTagging",
        "s3:DeleteObjectVersionTagging",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
      ],
      Resource: objects,
      Condition: { ArnNotEquals: { "aws:PrincipalArn": collectorArn } },
    },
    {
      ...collector,
      Sid: "CollectorWrites",
      Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
      Resource: COLLECTOR_WRITES.map((pattern) => `${bucket}/${pattern}`),
      Condition: onlyTheCollector,
    },
    {
      ...collector,
      Sid: "CollectorTags",
      Action: "s3:PutObjectTagging",
      Resource: [COLLECTOR_TAGS, ...(input.deliverReports ? [COLLECTOR_TAGS_TO_DELIVER] : [])].map(
        (pattern) => `${bucket}/${pattern}`,
      ),
      Condition: onlyTheCollector,
    },
    {
      ...collector,
      Sid: "CollectorReadsManifests",
      Action: "s3:GetObject",
      Resource: `${bucket}/${COLLECTOR_READS}`,
      Condition: onlyTheCollector,
    },
    {
      ...collector,
      Sid: "CollectorReadsRunning",
      Action: "s3:GetObject",
      Resource: `${bucket}/${RUNNING}`,
      Condition: onlyTheCollector,
    },
    input.deliverReports || input.announceFindings
      ? {
          ...collector,
          Sid: "CollectorReadsConsolidated",
          Action: "s3:GetObject",
          Resource: `${bucket}/${COLLECTOR_READS_TO_DELIVER}`,
          Condition: onlyTheCollector,
        }
      : undefined,
    {
      ...collector,
      Sid: "CollectorListsRuns",
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { ...onlyTheCollector, StringLike: { "s3:prefix": COLLECTOR_LISTS } },
    },
    ...(inSteps ? stepStatements(bucket, collector, onlyTheCollector) : []),
    ...readersPolicy(input.partition, bucket, input.readerRoleArns),
  );
}

/** What the steps of a run do beside what a run in one process does. */
function stepStatements(
  bucket: string,
  collector: Pick<PolicyStatement, "Effect" | "Principal">,
  onlyTheCollector: NonNullable<PolicyStatement["Condition"]>,
): PolicyStatement[] {
  return [
    {
      ...collector,
      Sid: "CollectorWritesWork",
      Action: "s3:PutObject",
      Resource: `${bucket}/${WORK_OBJECTS}`,
      Condition: onlyTheCollector,
    },
    {
      ...collector,
      Sid: "CollectorReadsWork",
      Action: "s3:GetObject",
      Resource: [`${bucket}/${WORK_OBJECTS}`, `${bucket}/${STEPS_READ}`],
      Condition: onlyTheCollector,
    },
    {
      ...collector,
      Sid: "CollectorListsWork",
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { ...onlyTheCollector, StringLike: { "s3:prefix": WORK_OBJECTS } },
    },
  ];
}
