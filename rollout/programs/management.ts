import { Alerts } from "../../components/alerts";
import { Collector } from "../../components/collector";
import { CollectorAlarms } from "../../components/collectorAlarms";
import { CollectorMachine } from "../../components/collectorMachine";
import { CollectorSchedule } from "../../components/collectorSchedule";
import { MemberRoleStackSet } from "../../components/memberRoleStackSet";
import type { ScheduleExpression } from "../../components/schedule";
import type { CollectorEngine } from "../../runtime/settings";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError, RolloutError } from "../errors";
import { readExceptionsFile } from "../configuration/exceptionsFile";
import {
  collectorAccountOf,
  hasAlertsTopic,
  isByStackSet,
  isByStateMachine,
  scheduleRoleName,
  stackSetCallAsOf,
  thresholdsOf,
} from "../configuration/settings";
import type { AssumeRole } from "../configuration/stackFiles";
import { isConfigSecret, programContext, type Outputs, type ProgramContext } from "./context";

/** The collector, and the StackSet that carries the member role where there is to be one. */
export async function managementProgram(): Promise<Outputs> {
  const context = await programContext("management", {
    keyArn: "securityStack",
    bucketName: "logarchiveStack",
  });
  const { settings, externalId, tags } = context;
  const memberRoles = isByStackSet(settings) ? await memberRoleStackSet(context) : undefined;
  const alerts = hasAlertsTopic(settings) ? alertsTopic(context) : undefined;
  const collector = new Collector("collector", {
    functionName: settings.functionName,
    roleName: settings.collectorRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    organizationId: settings.organizationId,
    memberRoleName: settings.memberRoleName,
    memberRolePath: settings.rolePath,
    externalId,
    bucketName: settings.bucketName,
    bucketOwner: settings.logArchiveAccountId,
    keyArn: settings.keyArn,
    signingKeyArn: settings.signingKeyArn || undefined,
    ...(alerts && settings.deliverReports && { alerts: { topicArn: alerts.topicArn, keyArn: alerts.keyArn } }),
    ...(settings.events !== "none" && {
      events: { bus: settings.eventBusName, findings: settings.events === "findings" },
    }),
    // they name users, so the function has them only where it says something of them
    ...(settings.exceptionsFile &&
      (settings.deliverReports || settings.events === "findings" || settings.securityHub) && {
        exceptions: readExceptionsFile(settings.exceptionsFile),
      }),
    securityHub: settings.securityHub,
    tracing: settings.tracing,
    engine: settings.collectorEngine as CollectorEngine,
    batchSize: settings.batchSize,
    batchConcurrency: settings.batchConcurrency,
    runTimeoutMinutes: settings.runTimeoutMinutes,
    architecture: settings.architecture as "arm64" | "x86_64",
    memorySize: settings.memorySize,
    timeoutSeconds: settings.timeoutSeconds,
    retryAttempts: settings.retryAttempts,
    scheduleRoleName: scheduleRoleName(settings.functionName),
    logRetentionDays: settings.logRetentionDays,
    include: settings.include,
    exclude: settings.exclude,
    concurrency: settings.concurrency,
    stsPerSecond: settings.stsPerSecond,
    generating: settings.generating,
    thresholds: thresholdsOf(settings),
    tags,
  });
  const machine = isByStateMachine(settings)
    ? new CollectorMachine("machine", {
        machineName: settings.functionName,
        functionArn: collector.functionArn,
        timeoutSeconds: settings.timeoutSeconds,
        rolePath: settings.rolePath,
        permissionsBoundary: settings.permissionsBoundary || undefined,
        batchConcurrency: settings.batchConcurrency,
        toleratedFailurePercent: settings.toleratedFailurePercent,
        runTimeoutMinutes: settings.runTimeoutMinutes,
        tracing: settings.tracing,
        tags,
      })
    : undefined;
  const schedule = new CollectorSchedule("schedule", {
    scheduleName: settings.functionName,
    roleName: scheduleRoleName(settings.functionName),
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    target: machine
      ? { arn: machine.stateMachineArn, kind: "stateMachine" }
      : { arn: collector.functionArn, kind: "function" },
    deadLetterQueueArn: collector.deadLetterQueueArn,
    schedule: settings.schedule as ScheduleExpression,
    scheduleTimeZone: settings.scheduleTimeZone,
    scheduleWindowMinutes: settings.scheduleWindowMinutes,
    scheduleEnabled: settings.scheduleEnabled,
    tags,
  });
  const alarms = alerts && settings.alarms ? collectorAlarms(context, collector, alerts, machine) : undefined;
  return {
    functionName: collector.functionName,
    functionArn: collector.functionArn,
    codeSha256: collector.codeSha256,
    bundleSha256: collector.bundleSha256,
    collectorRoleArn: collector.roleArn,
    logGroupName: collector.logGroupName,
    deadLetterQueueUrl: collector.deadLetterQueueUrl,
    scheduleArn: schedule.scheduleArn,
    ...(machine && { stateMachineArn: machine.stateMachineArn }),
    ...(alerts && { alertsTopicArn: alerts.topicArn }),
    ...(alarms && { alarmNames: alarms.alarmNames.apply((names) => names.join(",")) }),
    ...(alarms && settings.dashboard && { dashboardName: alarms.dashboardName }),
    ...(memberRoles && { stackSetName: memberRoles.stackSetName }),
  };
}

function alertsTopic({ settings, tags }: ProgramContext): Alerts {
  return new Alerts("alerts", {
    topicName: `${settings.functionName}-alerts`,
    ...(settings.deliverReports && {
      collectorRoleName: settings.collectorRoleName,
      collectorRolePath: settings.rolePath,
    }),
    emails: settings.alertEmails,
    subscriptions: settings.alertSubscriptions,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    tags,
  });
}

function collectorAlarms(
  { settings, tags }: ProgramContext,
  collector: Collector,
  alerts: Alerts,
  machine: CollectorMachine | undefined,
): CollectorAlarms {
  return new CollectorAlarms("alarms", {
    functionName: settings.functionName,
    logGroupName: collector.logGroupName,
    timeoutSeconds: settings.timeoutSeconds,
    topicArn: alerts.topicArn,
    deadLetterQueueArn: collector.deadLetterQueueArn,
    ...(machine && { stateMachine: { arn: machine.stateMachineArn, timeoutMinutes: settings.runTimeoutMinutes } }),
    evidenceMaxAgeHours: settings.evidenceMaxAgeHours,
    durationAlarmPercent: settings.durationAlarmPercent,
    dashboard: settings.dashboard,
    tags,
  });
}

async function memberRoleStackSet({ settings, externalId, where, tags }: ProgramContext): Promise<MemberRoleStackSet> {
  const assumeRoles = new pulumi.Config("aws").getObject<AssumeRole[]>("assumeRoles") ?? [];
  if (assumeRoles.length > 1) {
    const problem =
      `leads by way of ${assumeRoles.length} roles, and the provider that makes the StackSet assumes one at most: ` +
      "let the last of them trust your credentials, or set memberRoles to stacks";
    throw new ConfigurationError("management", [{ key: "aws:assumeRoles", problem }]);
  }
  return new MemberRoleStackSet("member-roles", {
    stackSetName: settings.stackSetName,
    targets: settings.stackSetTargets.length > 0 ? settings.stackSetTargets : [await rootAbove(where.accountId)],
    roleName: settings.memberRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    externalId,
    securityHub: settings.securityHub,
    callAs: stackSetCallAsOf(settings),
    failureTolerancePercentage: settings.stackSetTolerancePercent,
    maxConcurrentPercentage: settings.stackSetConcurrentPercent,
    ...(assumeRoles[0] && {
      assumeRole: isConfigSecret("aws:assumeRoles") ? pulumi.secret(assumeRoles[0]) : assumeRoles[0],
    }),
    tags,
  });
}

/**
 * The root of the organization, above an account of it. The path to the account takes two calls; the organization as a whole would list
 * every account.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html
 */
async function rootAbove(accountId: string): Promise<string> {
  const { entityPath } = await aws.organizations.getEntityPath({ entityId: accountId });
  const root = entityPath.split("/").find((part) => part.startsWith("r-"));
  if (root !== undefined) return root;
  throw new RolloutError(
    `The path of account ${accountId} in the organization is "${entityPath}", in which there is no root: set stackSetTargets in ` +
      "Pulumi.management.yaml to the units whose accounts get the role",
  );
}
