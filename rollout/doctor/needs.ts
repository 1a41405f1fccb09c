import { bucketArn, permissionsBoundaryArn, roleArn } from "../../components/arn";
import { deadLetterQueueName } from "../../components/collectorDefaults";
import { homeRegionOf } from "../../runtime/regions";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { PLACEHOLDER_KEY_ID } from "../configuration/placeholders";
import { failureRuleName, machineRoleName } from "../../components/collectorMachineArgs";
import {
  hasAlertsTopic,
  isByStackSet,
  isByStateMachine,
  replicaBucketNameOf,
  resultsBucketNameOf,
  scheduleRoleName,
} from "../configuration/settings";
import type { CentralName } from "./facts";

/** A call that deploying a stack makes, and what on. */
export interface Need {
  action: string;
  /** ARN, or `*` for what has none before it is made. */
  resource: string;
  /** `aws:RequestedRegion` of the call: global services have one of their own. */
  region: string;
}

/** ARN of the permissions boundary that a stack gives its roles; undefined where it gives none, or makes no role. */
export function boundaryOf(
  stack: CentralName,
  config: OrganizationConfig,
  partition: string,
  accountId: string,
): string | undefined {
  const { permissionsBoundary } = config.management.settings;
  if (stack !== "management" || permissionsBoundary === "") return undefined;
  return permissionsBoundaryArn(partition, accountId, permissionsBoundary);
}

/** The calls without which a stack cannot be made; not every call, but one of every kind that policies forbid. */
export function needsOf(stack: CentralName, config: OrganizationConfig, partition: string, accountId: string): Need[] {
  const { region } = config[stack].file;
  const at = (resource: string, ...actions: string[]): Need[] =>
    actions.map((action) => ({
      action,
      resource,
      region: action.startsWith("iam:") ? homeRegionOf(partition) : region,
    }));
  const arn = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  switch (stack) {
    case "security": {
      const { keyAlias, existingKeyArn, signManifests } = config.security.settings;
      const aliases = [...(existingKeyArn ? [] : [keyAlias]), ...(signManifests ? [`${keyAlias}-signing`] : [])];
      if (aliases.length === 0) return [];
      return [
        ...at("*", "kms:CreateKey"),
        ...aliases.flatMap((alias) => at(arn("kms", `alias/${alias}`), "kms:CreateAlias")),
      ];
    }
    case "logarchive": {
      const { settings } = config.logarchive;
      const bucket = [
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
      ];
      const settled = [...bucket, "s3:PutBucketPublicAccessBlock", "s3:PutLifecycleConfiguration"];
      if (settings.objectLockMode !== "none") settled.push("s3:PutBucketObjectLockConfiguration");
      const evidence = [
        ...(settings.existingBucketName ? [] : at(bucketArn(partition, config.bucketName), ...settled)),
        ...replicaNeeds(config, partition, accountId, settled),
      ];
      if (!settings.analysis) return evidence;
      return [
        ...evidence,
        ...at(bucketArn(partition, resultsBucketNameOf(settings, region)), ...bucket),
        ...at(arn("glue", `database/${settings.analysisDatabase}`), "glue:CreateDatabase"),
        ...at(arn("athena", `workgroup/${settings.analysisWorkgroup}`), "athena:CreateWorkGroup"),
      ];
    }
    case "management": {
      const { collectorRoleName, rolePath, permissionsBoundary, functionName, stackSetName } =
        config.management.settings;
      const byStackSet = isByStackSet(config.management.settings);
      const byStateMachine = isByStateMachine(config.management.settings);
      const roles = [
        collectorRoleName,
        scheduleRoleName(functionName),
        ...(byStateMachine ? [machineRoleName(functionName)] : []),
      ].map((name) => roleArn(partition, accountId, name, rolePath));
      return [
        // by the Cloud Control API, which acts with the rights of its caller
        ...(byStackSet ? at("*", "cloudformation:CreateResource") : []),
        ...(byStackSet
          ? at(
              arn("cloudformation", `stackset/${stackSetName}:*`),
              "cloudformation:CreateStackSet",
              "cloudformation:CreateStackInstances",
            )
          : []),
        ...roles.flatMap((role) => [
          ...at(role, "iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"),
          ...(permissionsBoundary ? at(role, "iam:PutRolePermissionsBoundary") : []),
        ]),
        ...at(arn("lambda", `function:${functionName}`), "lambda:CreateFunction"),
        ...at(arn("lambda", `function:${functionName}`), "lambda:PutFunctionEventInvokeConfig"),
        ...at(arn("sqs", deadLetterQueueName(functionName)), "sqs:CreateQueue", "sqs:SetQueueAttributes"),
        ...at(arn("logs", `log-group:/aws/lambda/${functionName}`), "logs:CreateLogGroup"),
        ...(byStateMachine
          ? [
              ...at(arn("states", `stateMachine:${functionName}`), "states:CreateStateMachine"),
              ...at(arn("events", `rule/${failureRuleName(functionName)}`), "events:PutRule", "events:PutTargets"),
              ...at(arn("lambda", `function:${functionName}`), "lambda:AddPermission"),
            ]
          : []),
        ...(hasAlertsTopic(config.management.settings)
          ? [
              ...at("*", "kms:CreateKey"),
              ...at(arn("kms", `alias/${functionName}-alerts`), "kms:CreateAlias"),
              ...at(arn("sns", `${functionName}-alerts`), "sns:CreateTopic", "sns:SetTopicAttributes"),
            ]
          : []),
        ...(config.management.settings.alarms
          ? [
              ...at(arn("cloudwatch", `alarm:${functionName}-failed`), "cloudwatch:PutMetricAlarm"),
              ...at("*", "logs:PutQueryDefinition"),
            ]
          : []),
        ...(config.management.settings.alarms && config.management.settings.dashboard
          ? at(`arn:${partition}:cloudwatch::${accountId}:dashboard/${functionName}`, "cloudwatch:PutDashboard")
          : []),
        ...at(arn("scheduler", `schedule-group/${functionName}`), "scheduler:CreateScheduleGroup"),
        ...at(arn("scheduler", `schedule/${functionName}/${functionName}`), "scheduler:CreateSchedule"),
      ];
    }
  }
}

/** What the replica of the evidence takes: its bucket in the other Region, the role, and the replication of the first bucket. */
function replicaNeeds(config: OrganizationConfig, partition: string, accountId: string, settled: string[]): Need[] {
  const { settings, file } = config.logarchive;
  const { replicaRegion, replicationRoleName, rolePath } = settings;
  if (replicaRegion === "") return [];
  const needs = (resource: string, region: string, ...actions: string[]): Need[] =>
    actions.map((action) => ({ action, resource, region }));
  const role = roleArn(partition, accountId, replicationRoleName, rolePath);
  return [
    ...needs(bucketArn(partition, replicaBucketNameOf(settings, file.region)), replicaRegion, ...settled),
    ...needs(role, homeRegionOf(partition), "iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"),
    ...needs(bucketArn(partition, config.bucketName), file.region, "s3:PutReplicationConfiguration"),
  ];
}

/**
 * The calls on resources of a stack's account that resource control policies can deny: those of its deployer, and those of the
 * collector, which come from another account.
 */
export function resourceNeedsOf(
  stack: CentralName,
  config: OrganizationConfig,
  partition: string,
  accountId: string,
): Record<"deployer" | "collector", Need[]> {
  const { region } = config[stack].file;
  const at = (resource: string, ...actions: string[]): Need[] =>
    actions.map((action) => ({ action, resource, region }));
  const { memberRoleName, rolePath } = config.management.settings;
  const memberRole = at(roleArn(partition, accountId, memberRoleName, rolePath), "sts:AssumeRole");
  switch (stack) {
    case "security": {
      // its id is not known before it is made
      const key = `arn:${partition}:kms:${region}:${accountId}:key/${PLACEHOLDER_KEY_ID}`;
      return {
        deployer: at(key, "kms:PutKeyPolicy", "kms:DescribeKey"),
        collector: [...at(key, "kms:GenerateDataKey", "kms:Decrypt"), ...memberRole],
      };
    }
    case "logarchive": {
      const bucket = bucketArn(partition, config.bucketName);
      return {
        deployer: at(bucket, "s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration"),
        collector: [
          ...at(bucket, "s3:ListBucket"),
          ...at(`${bucket}/*`, "s3:PutObject", "s3:PutObjectTagging", "s3:GetObject"),
          ...memberRole,
        ],
      };
    }
    case "management":
      // the collector reads its own account as itself
      return { deployer: [], collector: [] };
  }
}
