import { Alerts } from "../../components/alerts";
import { Collector } from "../../components/collector";
import type { ScheduleExpression } from "../../components/schedule";
import { readExceptionsFile } from "../exceptionsFile";
import { thresholdsOf } from "../settings";
import { programContext, type Outputs } from "./context";

/** The collector of the management account. */
export async function managementProgram(): Promise<Outputs> {
  const { settings, tags } = await programContext("management", {
    keyArn: "securityStack",
    bucketName: "logarchiveStack",
  });
  const alerts = settings.deliverReports
    ? new Alerts("alerts", {
        topicName: `${settings.functionName}-alerts`,
        collectorRoleName: settings.collectorRoleName,
        emails: settings.alertEmails,
        tags,
      })
    : undefined;
  const collector = new Collector("collector", {
    functionName: settings.functionName,
    roleName: settings.collectorRoleName,
    organizationId: settings.organizationId,
    memberRoleName: settings.memberRoleName,
    externalId: settings.externalId || undefined,
    bucketName: settings.bucketName,
    bucketOwner: settings.logArchiveAccountId,
    keyArn: settings.keyArn,
    signingKeyArn: settings.signingKeyArn || undefined,
    ...(alerts && {
      alerts: { topicArn: alerts.topicArn, keyArn: alerts.keyArn },
      // they name users, so the function has them only where it says something of them
      exceptions: settings.exceptionsFile ? readExceptionsFile(settings.exceptionsFile) : [],
    }),
    schedule: settings.schedule as ScheduleExpression,
    scheduleEnabled: settings.scheduleEnabled,
    memorySize: settings.memorySize,
    timeoutSeconds: settings.timeoutSeconds,
    logRetentionDays: settings.logRetentionDays,
    include: settings.include,
    exclude: settings.exclude,
    concurrency: settings.concurrency,
    stsPerSecond: settings.stsPerSecond,
    generating: settings.generating,
    thresholds: thresholdsOf(settings),
    tags,
  });
  return {
    functionName: collector.functionName,
    functionArn: collector.functionArn,
    collectorRoleArn: collector.roleArn,
    logGroupName: collector.logGroupName,
    scheduleRuleArn: collector.scheduleRuleArn,
    ...(alerts && { alertsTopicArn: alerts.topicArn }),
  };
}
