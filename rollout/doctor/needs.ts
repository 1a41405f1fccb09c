import { bucketArn, roleArn } from "../../components/arn";
import type { OrganizationConfig } from "../organizationConfig";
import { isByStackSet, resultsBucketNameOf } from "../settings";
import type { CentralName } from "./facts";

/** A call that deploying a stack makes, and what on. */
export interface Need {
  action: string;
  /** ARN, or `*` for what has none before it is made. */
  resource: string;
  /** `aws:RequestedRegion` of the call: global services have one of their own. */
  region: string;
}

/** Where IAM is, by the partition. */
const IAM_REGIONS: Record<string, string> = { "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" };

/** The calls without which a stack cannot be made; not every call, but one of every kind that policies forbid. */
export function needsOf(stack: CentralName, config: OrganizationConfig, partition: string, accountId: string): Need[] {
  const { region } = config[stack].file;
  const at = (resource: string, ...actions: string[]): Need[] =>
    actions.map((action) => ({
      action,
      resource,
      region: action.startsWith("iam:") ? (IAM_REGIONS[partition] ?? "us-east-1") : region,
    }));
  const arn = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  switch (stack) {
    case "security":
      return [
        ...at("*", "kms:CreateKey"),
        ...at(arn("kms", `alias/${config.security.settings.keyAlias}`), "kms:CreateAlias"),
      ];
    case "logarchive": {
      const { settings } = config.logarchive;
      const bucket = [
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
      ];
      const settled = [...bucket, "s3:PutBucketPublicAccessBlock", "s3:PutLifecycleConfiguration"];
      if (!settings.analysis) return at(bucketArn(partition, config.bucketName), ...settled);
      return [
        ...at(bucketArn(partition, config.bucketName), ...settled),
        ...at(bucketArn(partition, resultsBucketNameOf(settings, region)), ...bucket),
        ...at(arn("glue", `database/${settings.analysisDatabase}`), "glue:CreateDatabase"),
        ...at(arn("athena", `workgroup/${settings.analysisWorkgroup}`), "athena:CreateWorkGroup"),
      ];
    }
    case "management": {
      const { collectorRoleName, functionName, stackSetName } = config.management.settings;
      const byStackSet = isByStackSet(config.management.settings);
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
        ...at(roleArn(partition, accountId, collectorRoleName), "iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"),
        ...at(arn("lambda", `function:${functionName}`), "lambda:CreateFunction", "lambda:AddPermission"),
        ...at(arn("logs", `log-group:/aws/lambda/${functionName}`), "logs:CreateLogGroup"),
        ...at(arn("events", `rule/${functionName}`), "events:PutRule", "events:PutTargets"),
      ];
    }
  }
}
