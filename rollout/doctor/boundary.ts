import { GetPolicyCommand, GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import { eventBusArn } from "../../components/announcementPolicy";
import { bucketArn, roleArn } from "../../components/arn";
import { deadLetterQueueName } from "../../components/collectorDefaults";
import { COLLECTOR_WRITES } from "../../components/layout";
import { memberRolePolicy } from "../../components/memberRolePolicy";
import { isStandalone } from "../../components/organization";
import { errorCode } from "../../runtime/errors";
import { homeRegionOf, regionOfEveryAccount } from "../../runtime/regions";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { configuredKeyArn } from "../ownerPolicies";
import { refused } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { DoctorFacts } from "./facts";
import { boundaryOf, type Need } from "./needs";
import { judge, type Judgement } from "./serviceControl";

/** Whether the permissions boundary is there, and leaves the collector what it needs. */
export const BOUNDARY_CHECK: Check<DoctorFacts> = {
  id: "boundary",
  what: "Permissions boundary of the roles",
  look: async (facts) => {
    const [config, { caller, iam }] = await Promise.all([facts.config(), facts.account("management")]);
    const { accountId, partition } = caller;
    const PolicyArn = boundaryOf("management", config, partition, accountId);
    if (PolicyArn === undefined) return ok("none is configured");
    try {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      const policies = [{ name: PolicyArn, content: decodeURIComponent(PolicyVersion?.Document ?? "{}") }];
      const { collectorRoleName, rolePath, organizationId } = config.management.settings;
      const arn = roleArn(partition, accountId, collectorRoleName, rolePath);
      const needs = collectorNeeds(config, partition, accountId);
      return boundaryVerdict(
        PolicyArn,
        judge([{ target: PolicyArn, policies }], needs, { accountId, arn, organizationId }),
      );
    } catch (error) {
      if (!/^NoSuchEntity(Exception)?$/.test(errorCode(error)))
        return unknown(refused("iam:GetPolicy, GetPolicyVersion", error));
      return wrong(
        `account ${accountId} has no managed policy ${PolicyArn}`,
        "Have it made there and in every member account first, or correct permissionsBoundary in Pulumi.management.yaml",
      );
    }
  },
};

/** What a boundary means for the collector; member accounts have their own policy of that name, which is not looked at. */
export function boundaryVerdict(arn: string, { denied, perhaps }: Judgement): Verdict {
  const names = (some: readonly { action: string }[]): string =>
    [...new Set(some.map(({ action }) => action))].join(", ");
  const remedy = "Have the boundary allow these actions, or name another policy in permissionsBoundary";
  if (denied.length > 0) return wrong(`${arn} keeps the collector from ${names(denied)}`, remedy);
  if (perhaps.length > 0) {
    return unknown(
      `${arn} may keep the collector from ${names(perhaps)}: its conditions are not understood here`,
      remedy,
    );
  }
  return ok(`${arn} is there and leaves the collector what it needs; that of member accounts is not looked at`);
}

/** The calls of a run and of what starts it, one of every kind. */
function collectorNeeds(config: OrganizationConfig, partition: string, accountId: string): Need[] {
  const { settings, file } = config.management;
  const { region } = config.logarchive.file;
  const bucket = bucketArn(partition, config.bucketName);
  const on = (resource: string, at: string, ...actions: readonly string[]): Need[] =>
    actions.map((action) => ({ action, resource, region: at }));
  const home = homeRegionOf(partition);
  const memberRole = roleArn(partition, "123456789012", settings.memberRoleName, settings.rolePath);
  const ofOthers = [
    ...on("*", home, "organizations:ListAccounts", "organizations:ListRoots"),
    ...on(memberRole, regionOfEveryAccount(region), "sts:AssumeRole"),
  ];
  return [
    ...(isStandalone(settings.organizationId) ? [] : ofOthers),
    ...on("*", home, ...memberRolePolicy({ partition }).Statement.flatMap(({ Action }) => Action)),
    ...(settings.securityHub
      ? on(
          `arn:${partition}:securityhub:${file.region}:${accountId}:product/${accountId}/default`,
          file.region,
          "securityhub:BatchImportFindings",
        )
      : []),
    ...COLLECTOR_WRITES.flatMap((pattern) => on(`${bucket}/${pattern.replace("*", "x")}`, region, "s3:PutObject")),
    ...on(bucket, region, "s3:ListBucket"),
    ...on(configuredKeyArn(config) ?? "*", region, "kms:GenerateDataKey", "kms:Decrypt"),
    ...(settings.events === "none"
      ? []
      : on(
          eventBusArn({ partition, region: file.region, accountId }, settings.eventBusName),
          file.region,
          "events:PutEvents",
        )),
    ...on(
      `arn:${partition}:logs:${file.region}:${accountId}:log-group:/aws/lambda/${settings.functionName}:*`,
      file.region,
      "logs:PutLogEvents",
    ),
    ...on(
      `arn:${partition}:sqs:${file.region}:${accountId}:${deadLetterQueueName(settings.functionName)}`,
      file.region,
      "sqs:SendMessage",
    ),
    // the schedule's role has the same boundary
    ...on(
      `arn:${partition}:lambda:${file.region}:${accountId}:function:${settings.functionName}`,
      file.region,
      "lambda:InvokeFunction",
    ),
  ];
}
