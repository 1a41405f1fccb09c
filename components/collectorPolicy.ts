import type { CollectorEngine } from "../runtime/settings";
import { eventStatement, TRACING_STATEMENT } from "./announcementPolicy";
import { bucketArn, parseArn, roleArn } from "./arn";
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
} from "./layout";
import { SIGNING_CONDITION } from "./manifestSigningKeyPolicy";
import { importStatement } from "./memberRolePolicy";
import { isStandalone } from "./organization";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";

/** What the collector's permissions depend on. */
export interface CollectorPolicyInput {
  partition: string;
  /** Region of the key and the bucket, which may differ from the function's. */
  evidenceRegion: string;
  dnsSuffix: string;
  /** `none` where the collector's account is in no organization. */
  organizationId: string;
  memberRoleName: string;
  /** Path of that role; `/` by default. */
  memberRolePath?: string;
  bucketName: string;
  /** Account that owns the bucket. */
  bucketOwner: string;
  keyArn: string;
  /** Key that signs manifests, where there is one. */
  signingKeyArn?: string;
  /** The topic that the collector publishes to, and the key of the topic, where it delivers reports. */
  alerts?: { topicArn: string; keyArn: string };
  /** The bus that the collector sends events to; with `findings` it reads consolidated files, to tell which opened. */
  events?: { busArn: string; findings: boolean };
  /** Findings are imported into Security Hub, those of the collector's own account with its own role. */
  securityHub?: boolean;
  /** The function sends traces. */
  tracing?: boolean;
  logGroupArn: string;
  /** With `stepfunctions`, what the steps of a run need beside that; `lambda` by default. */
  engine?: CollectorEngine;
  /** Queue that gets events whose run failed for good, where there is one. */
  deadLetterQueueArn?: string;
}

/**
 * Who may assume the collector's role: the Lambda service, for functions of the same account.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention
 */
export function collectorTrustPolicy(accountId: string): PolicyDocument {
  return policyDocument({
    Sid: "LambdaOnly",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

/**
 * What the collector may do. It reads the organization, assumes one role name inside that organization only, reads the report
 * of its own account, and adds to the evidence without being able to delete it or to read the reports back. Only where it delivers
 * reports or tells which findings opened, it reads consolidated files; only where it delivers, it publishes to one topic. Only where a
 * state machine calls it, it reads the raw reports back, and has a folder for what one step leaves for the next. In an account that is in no
 * organization it asks nothing of Organizations, assumes no role, and may read the account's alias.
 *
 * What it asks of Organizations, the management account may, and so may a delegated administrator of any AWS service:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html
 *
 * The statements on `*` are of actions that know no resources:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function collectorPolicy(input: CollectorPolicyInput): PolicyDocument {
  const bucket = bucketArn(input.partition, input.bucketName);
  const ownedByLogArchive = { StringEquals: { "aws:ResourceAccount": input.bucketOwner } };
  return policyDocument(
    ...(isStandalone(input.organizationId) ? [OWN_ALIAS] : organizationStatements(input)),
    {
      Sid: "OwnCredentialReport",
      Effect: "Allow",
      Action: ["iam:GenerateCredentialReport", "iam:GetCredentialReport"],
      Resource: "*",
    },
    {
      Sid: "WriteEvidence",
      Effect: "Allow",
      Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
      Resource: COLLECTOR_WRITES.map((pattern) => `${bucket}/${pattern}`),
      Condition: ownedByLogArchive,
    },
    {
      Sid: "TagEvidence",
      Effect: "Allow",
      Action: "s3:PutObjectTagging",
      Resource: [COLLECTOR_TAGS, ...(input.alerts ? [COLLECTOR_TAGS_TO_DELIVER] : [])].map(
        (pattern) => `${bucket}/${pattern}`,
      ),
      Condition: ownedByLogArchive,
    },
    {
      Sid: "ReadManifests",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `${bucket}/${COLLECTOR_READS}`,
      Condition: ownedByLogArchive,
    },
    {
      Sid: "ReadRunning",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `${bucket}/${RUNNING}`,
      Condition: ownedByLogArchive,
    },
    {
      Sid: "ListRuns",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { ...ownedByLogArchive, StringLike: { "s3:prefix": COLLECTOR_LISTS } },
    },
    {
      Sid: "EncryptEvidence",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: input.keyArn,
      Condition: { StringEquals: { "kms:ViaService": `s3.${input.evidenceRegion}.${input.dnsSuffix}` } },
    },
    input.signingKeyArn === undefined
      ? undefined
      : {
          Sid: "SignManifests",
          Effect: "Allow",
          Action: "kms:Sign",
          Resource: input.signingKeyArn,
          Condition: SIGNING_CONDITION,
        },
    ...(input.alerts || input.events?.findings ? [readConsolidated(input)] : []),
    ...(input.alerts ? deliveryStatements(input, input.alerts) : []),
    ...(input.engine === "stepfunctions" ? stepStatements(bucket, ownedByLogArchive) : []),
    input.deadLetterQueueArn === undefined
      ? undefined
      : { Sid: "KeepFailedEvents", Effect: "Allow", Action: "sqs:SendMessage", Resource: input.deadLetterQueueArn },
    input.events && eventStatement(input.events.busArn),
    input.securityHub ? importStatement(input.partition) : undefined,
    input.tracing ? TRACING_STATEMENT : undefined,
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${input.logGroupArn}:*`,
    },
  );
}

function readConsolidated({ partition, bucketName, bucketOwner }: CollectorPolicyInput): PolicyStatement {
  return {
    Sid: "ReadConsolidated",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `${bucketArn(partition, bucketName)}/${COLLECTOR_READS_TO_DELIVER}`,
    Condition: { StringEquals: { "aws:ResourceAccount": bucketOwner } },
  };
}

function deliveryStatements(
  { dnsSuffix }: CollectorPolicyInput,
  { topicArn, keyArn }: { topicArn: string; keyArn: string },
): PolicyStatement[] {
  return [
    { Sid: "PublishSummary", Effect: "Allow", Action: "sns:Publish", Resource: topicArn },
    {
      Sid: "EncryptSummary",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: keyArn,
      Condition: { StringEquals: { "kms:ViaService": `sns.${parseArn(topicArn)?.region ?? ""}.${dnsSuffix}` } },
    },
  ];
}

/** The steps of a run leave each other work objects, and the last reads the raw reports back; none can be replaced or deleted. */
function stepStatements(bucket: string, ownedByLogArchive: PolicyStatement["Condition"]): PolicyStatement[] {
  return [
    {
      Sid: "WriteWork",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: `${bucket}/${WORK_OBJECTS}`,
      Condition: ownedByLogArchive,
    },
    {
      Sid: "ReadWork",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: [`${bucket}/${WORK_OBJECTS}`, `${bucket}/${STEPS_READ}`],
      Condition: ownedByLogArchive,
    },
    {
      Sid: "ListWork",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucket,
      Condition: { ...ownedByLogArchive, StringLike: { "s3:prefix": WORK_OBJECTS } },
    },
  ];
}

/** An account by itself has no name but its alias. */
const OWN_ALIAS: PolicyStatement = {
  Sid: "OwnAlias",
  Effect: "Allow",
  Action: "iam:ListAccountAliases",
  Resource: "*",
};

function organizationStatements({
  partition,
  memberRoleName,
  memberRolePath,
  organizationId,
}: CollectorPolicyInput): PolicyStatement[] {
  return [
    {
      Sid: "ReadOrganization",
      Effect: "Allow",
      Action: ["organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots"],
      Resource: "*",
    },
    {
      Sid: "ReadAccountsAndUnits",
      Effect: "Allow",
      Action: [
        "organizations:DescribeAccount",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListTagsForResource",
      ],
      // the account in these ARNs is the management account, of which an organization has one
      Resource: ["account", "ou", "root"].map(
        (kind) => `arn:${partition}:organizations::*:${kind}/${organizationId}/*`,
      ),
    },
    {
      Sid: "AssumeMemberRoles",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: roleArn(partition, "*", memberRoleName, memberRolePath),
      Condition: { StringEquals: { "aws:ResourceOrgID": organizationId } },
    },
  ];
}
