import type { CollectorEngine } from "../../runtime/settings";
import { roleArn } from "../../components/arn";
import { RESERVED_EXECUTIONS } from "../../components/collectorDefaults";
import { isStandalone } from "../../components/organization";
import type { Thresholds } from "../../report/controls";
import type { Settings } from "./configSchema";

/*
 * What follows from a stack's settings: names that are made of others, and choices in one word.
 */

/** Namespace of the project's configuration keys. */
export const PROJECT = "iam-credential-reports";

/** The bucket's name: as configured, or made of account and Region so that every policy can name it beforehand. */
export function bucketNameOf(settings: Settings, region: string): string {
  return settings.existingBucketName || settings.bucketName || `${PROJECT}-${settings.logArchiveAccountId}-${region}`;
}

/** The name of the bucket for query results: as configured, or made of the name of the evidence's bucket. */
export function resultsBucketNameOf(settings: Settings, region: string): string {
  return settings.resultsBucketName || `${bucketNameOf(settings, region)}-results`;
}

/** The name of the replica's bucket: as configured, or made of the name of the evidence's bucket. */
export function replicaBucketNameOf(settings: Settings, region: string): string {
  return settings.replicaBucketName || `${bucketNameOf(settings, region)}-replica`;
}

/** ARN of the role that S3 replicates the evidence with; undefined where it does not. */
export function replicationRoleArnOf(settings: Settings, partition: string): string | undefined {
  const { replicaRegion, logArchiveAccountId, replicationRoleName, rolePath } = settings;
  return replicaRegion === "" ? undefined : roleArn(partition, logArchiveAccountId, replicationRoleName, rolePath);
}

/** What the controls are held against. */
export function thresholdsOf({ rootUseDays, unusedDays, dormantDays, keyAgeDays }: Settings): Thresholds {
  return { rootUseDays, unusedDays, dormantDays, keyAgeDays };
}

/** The account in which the collector runs. */
export function collectorAccountOf({
  collectorAccountId,
  managementAccountId,
}: Pick<Settings, "collectorAccountId" | "managementAccountId">): string {
  return collectorAccountId || managementAccountId;
}

/** Whether a StackSet carries the member role; an account that is in no organization has no members. */
export function isByStackSet({
  memberRoles,
  organizationId,
}: Pick<Settings, "memberRoles" | "organizationId">): boolean {
  return memberRoles === "stackset" && !isStandalone(organizationId);
}

/** Whether there is a topic that tells people: of alarms, of runs, or of both. */
export function hasAlertsTopic({ alarms, deliverReports }: Pick<Settings, "alarms" | "deliverReports">): boolean {
  return alarms || deliverReports;
}

/** As whom the StackSet is worked on: outside the management account, as a delegated administrator. */
export function stackSetCallAsOf(settings: Settings): "SELF" | "DELEGATED_ADMIN" {
  const elsewhere = collectorAccountOf(settings) !== settings.managementAccountId;
  return elsewhere ? "DELEGATED_ADMIN" : (settings.stackSetCallAs as "SELF" | "DELEGATED_ADMIN");
}

/** Concurrent executions that the function reserves: one run and one to refuse another in, or the batches at the same time and a step between them. */
export function reservedExecutionsOf(settings: Pick<Settings, "collectorEngine" | "batchConcurrency">): number {
  return isByStateMachine(settings) ? settings.batchConcurrency + 1 : RESERVED_EXECUTIONS;
}

/** What drives the collector. */
export function engineOf(settings: Pick<Settings, "collectorEngine">): CollectorEngine {
  return isByStateMachine(settings) ? "stepfunctions" : "lambda";
}

/** Whether a state machine drives the collector. */
export function isByStateMachine({ collectorEngine }: Pick<Settings, "collectorEngine">): boolean {
  return collectorEngine === "stepfunctions";
}

/** Name of the role that starts the collector. IAM takes names of 64 characters, as long as a function's may be by itself. */
export function scheduleRoleName(functionName: string): string {
  return `${functionName.slice(0, 64 - "-schedule".length)}-schedule`;
}
