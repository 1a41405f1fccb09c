/** What the stand-in for the AWS provider covers: the one table of resource types. */
import * as athena from "./athena";
import * as alarms from "./alarms";
import * as bucketProtection from "./bucketProtection";
import * as bucketSettings from "./bucketSettings";
import * as events from "./events";
import * as glue from "./glue";
import * as iam from "./iam";
import { INVOKES } from "./invokes";
import * as kms from "./kms";
import { lambdaFunction } from "./lambda";
import * as lambdaAccess from "./lambdaAccess";
import * as logs from "./logs";
import * as s3 from "./s3";
import * as scheduler from "./scheduler";
import * as sns from "./sns";
import * as sqs from "./sqs";
import { stackSet } from "./stackSets";
import { stateMachine } from "./stateMachines";
import type { InvokeFunction, ResourceType } from "./types";

/** Resource types by Pulumi's type token. */
const RESOURCE_TYPES: Record<string, ResourceType> = {
  "aws-native:cloudformation:StackSet": plain(stackSet),
  "aws:athena/namedQuery:NamedQuery": plain(athena.namedQuery),
  "aws:athena/workgroup:Workgroup": plain(athena.workgroup),
  "aws:cloudwatch/dashboard:Dashboard": plain(alarms.dashboard),
  "aws:cloudwatch/eventRule:EventRule": plain(events.rule),
  "aws:cloudwatch/eventTarget:EventTarget": plain(events.target),
  "aws:cloudwatch/logGroup:LogGroup": plain(logs.logGroup),
  "aws:cloudwatch/metricAlarm:MetricAlarm": plain(alarms.metricAlarm),
  "aws:cloudwatch/queryDefinition:QueryDefinition": plain(alarms.queryDefinition),
  "aws:glue/catalogDatabase:CatalogDatabase": plain(glue.database),
  "aws:glue/catalogTable:CatalogTable": plain(glue.table),
  "aws:iam/role:Role": plain(iam.role),
  "aws:iam/rolePolicy:RolePolicy": plain(iam.rolePolicy),
  "aws:kms/alias:Alias": plain(kms.alias),
  "aws:kms/key:Key": plain(kms.key),
  "aws:lambda/function:Function": plain(lambdaFunction),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": plain(lambdaAccess.eventInvokeConfig),
  "aws:lambda/permission:Permission": plain(lambdaAccess.permission),
  "aws:s3/bucket:Bucket": plain(s3.bucket),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": plain(bucketSettings.lifecycle),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": plain(bucketProtection.objectLock),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": plain(bucketSettings.ownershipControls),
  "aws:s3/bucketPolicy:BucketPolicy": plain(bucketSettings.policy),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": plain(bucketSettings.publicAccessBlock),
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": plain(bucketProtection.replication),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": plain(
    bucketSettings.encryption,
  ),
  "aws:s3/bucketVersioning:BucketVersioning": plain(bucketSettings.versioning),
  "aws:scheduler/schedule:Schedule": plain(scheduler.schedule),
  "aws:scheduler/scheduleGroup:ScheduleGroup": plain(scheduler.scheduleGroup),
  "aws:sfn/stateMachine:StateMachine": plain(stateMachine),
  "aws:sns/topic:Topic": plain(sns.topic),
  "aws:sns/topicPolicy:TopicPolicy": plain(sns.topicPolicy),
  "aws:sns/topicSubscription:TopicSubscription": plain(sns.topicSubscription),
  "aws:sqs/queue:Queue": plain(sqs.queue),
  "aws:sqs/queuePolicy:QueuePolicy": plain(sqs.queuePolicy),
};

/** Type tokens that the stand-in covers, in order. */
export const COVERED_TYPES: readonly string[] = Object.keys(RESOURCE_TYPES);

/** Tokens of the functions that the stand-in answers, in order. */
export const COVERED_INVOKES: readonly string[] = Object.keys(INVOKES);

/** The entry of a resource type; throws when the stand-in has none. */
export function resourceType(token: string): ResourceType {
  const type = Object.hasOwn(RESOURCE_TYPES, token) ? RESOURCE_TYPES[token] : undefined;
  if (!type) throw notCovered("resource type", token, COVERED_TYPES);
  return type;
}

/** The function of a token; throws when the stand-in has none. */
export function invokeFunction(token: string): InvokeFunction {
  const invoke = Object.hasOwn(INVOKES, token) ? INVOKES[token] : undefined;
  if (!invoke) throw notCovered("function", token, COVERED_INVOKES);
  return invoke;
}

function notCovered(what: string, token: string, covered: readonly string[]): Error {
  return new Error(
    `the stand-in for the AWS provider does not cover the ${what} ${token}. It covers: ${covered.join(", ")}. ` +
      `For others use the real plug-in: "pulumi plugin install resource aws".`,
  );
}

/** The engine hands over plain values: that they are a type's inputs is what Check has made sure of. */
function plain<Inputs extends object>(type: Inputs): ResourceType {
  return type as unknown as ResourceType;
}
