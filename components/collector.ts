import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Thresholds } from "../report/controls";
import type { ControlException } from "../report/exceptions";
import type { CollectorSettings } from "../runtime/settings";
import { parseArn } from "./arn";
import { COLLECTOR_HANDLER, collectorCode } from "./collectorCode";
import { withDefaults } from "./collectorDefaults";
import { collectorPolicy, collectorTrustPolicy } from "./collectorPolicy";
import { isStandalone } from "./organization";
import { providerContext } from "./providerContext";
import { boundaryArn } from "./permissionsBoundary";
import type { ScheduleExpression } from "./schedule";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link Collector}, with their arguments. */
export interface CollectorChildren {
  logGroup: aws.cloudwatch.LogGroupArgs;
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  function: aws.lambda.FunctionArgs;
  scheduleRule: aws.cloudwatch.EventRuleArgs;
  schedulePermission: aws.lambda.PermissionArgs;
  scheduleTarget: aws.cloudwatch.EventTargetArgs;
}

/** Arguments of {@link Collector}. */
export interface CollectorArgs {
  /** Name of the function; its log group and schedule rule carry it too. @example "iam-credential-reports-collector" */
  functionName: string;
  /** Name of the function's role. Key, bucket and member roles name it in their policies. */
  roleName: string;
  /** Path of the role; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary: name of a managed policy of the account, or ARN of one of AWS's own; none by default. @example "boundaries/audit" */
  permissionsBoundary?: pulumi.Input<string>;
  /**
   * Organization whose accounts are collected, or `none`: only the collector's own account is, which is in no organization.
   *
   * @example "o-exampleorgid"
   */
  organizationId: pulumi.Input<string>;
  /** Name of the role to assume in each other account. */
  memberRoleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. */
  memberRolePath?: pulumi.Input<string>;
  /** `sts:ExternalId` that the member roles ask for; none by default. */
  externalId?: pulumi.Input<string>;
  /** Bucket of the log-archive account. */
  bucketName: pulumi.Input<string>;
  /** Account that owns the bucket. */
  bucketOwner: pulumi.Input<string>;
  /** Key that encrypts the evidence; its Region is the bucket's. */
  keyArn: pulumi.Input<string>;
  /** Key that signs manifests; none by default, and manifests are not signed. */
  signingKeyArn?: pulumi.Input<string>;
  /** Topic that gets the summary of each run, and the topic's key; none by default, and no report is delivered. */
  alerts?: { topicArn: pulumi.Input<string>; keyArn: pulumi.Input<string> };
  /** When it runs, in UTC; at night by default. @example "rate(1 day)" */
  schedule?: ScheduleExpression;
  /** Whether the schedule is on, as it is by default. */
  scheduleEnabled?: boolean;
  /** Processor of the function; arm64 by default. Not every Region has both. */
  architecture?: "arm64" | "x86_64";
  /** Memory of the function in MiB, 128 to 10240; 1024 by default. */
  memorySize?: number;
  /** Longest run in seconds, at most 900, which is the default. */
  timeoutSeconds?: number;
  /** Days that the function's logs are kept; one of the periods that CloudWatch Logs knows; 365 by default. */
  logRetentionDays?: number;
  /** Accounts to collect, all by default: see {@link CollectorSettings.include}. @example ["Root/Workloads", "tag:stage=prod"] */
  include?: string[];
  /** Accounts to leave out, in the same words; none by default. */
  exclude?: string[];
  /** Calls under way at the same time; 50 by default. */
  concurrency?: number;
  /** Sessions begun in a second; 300 by default. */
  stsPerSecond?: number;
  /** Reports that AWS may be making at the same time; 2000 by default. */
  generating?: number;
  /** What the controls are held against, in whole days; as the benchmarks have them by default. */
  thresholds?: Thresholds;
  /** Findings that are accepted for a time, as the delivered report tells them apart; none by default. */
  exceptions?: ControlException[];
  /** Tags of everything that can carry them. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<CollectorChildren>;
}

/**
 * The collector, in the management account or that of a delegated administrator: a Lambda function with a role of its own, a log group that it cannot outlive, and
 * a schedule. At most one run is going at any time.
 *
 * @example new Collector("collector", { functionName: "…", organizationId: "o-exampleorgid", schedule: "rate(1 day)", … })
 */
export class Collector extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  readonly scheduleRuleArn: pulumi.Output<string>;

  constructor(name: string, given: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:Collector", name, {}, opts);
    const args = withDefaults(given);
    const child = { parent: this };
    const make = childMaker<CollectorChildren>(
      `Collector ${name}`,
      ["logGroup", "role", "rolePolicy", "function", "scheduleRule", "schedulePermission", "scheduleTarget"],
      args.transform,
    );
    const context = pulumi.output(providerContext(child));
    const keysAndTopic = pulumi.all([args.keyArn, args.signingKeyArn, args.alerts]);
    const memberRole = pulumi.all([args.memberRoleName, args.memberRolePath]).apply(([memberRoleName, path]) => ({
      memberRoleName,
      ...(path && path !== "/" ? { memberRolePath: path } : {}),
    }));
    const evidenceRegion = pulumi.output(args.keyArn).apply(regionOfKey);

    const logGroup = make(
      "logGroup",
      aws.cloudwatch.LogGroup,
      name,
      { name: `/aws/lambda/${args.functionName}`, retentionInDays: args.logRetentionDays, tags: args.tags },
      child,
    );
    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: args.roleName,
        path: args.rolePath,
        permissionsBoundary: boundaryArn(context, args.permissionsBoundary),
        description: "Collects the IAM credential reports of the organization",
        assumeRolePolicy: JSON.stringify(collectorTrustPolicy()),
        tags: args.tags,
      },
      child,
    );
    const rolePolicy = make(
      "rolePolicy",
      aws.iam.RolePolicy,
      name,
      {
        name: "collect",
        role: role.name,
        policy: pulumi
          .all([
            context,
            evidenceRegion,
            args.organizationId,
            memberRole,
            args.bucketName,
            args.bucketOwner,
            keysAndTopic,
            logGroup.arn,
          ])
          .apply(
            ([
              where,
              region,
              organizationId,
              member,
              bucketName,
              bucketOwner,
              [keyArn, signingKeyArn, alerts],
              logGroupArn,
            ]) =>
              JSON.stringify(
                collectorPolicy({
                  partition: where.partition,
                  dnsSuffix: where.dnsSuffix,
                  evidenceRegion: region,
                  organizationId,
                  ...member,
                  bucketName,
                  bucketOwner,
                  keyArn,
                  ...(signingKeyArn ? { signingKeyArn } : {}),
                  ...(alerts ? { alerts } : {}),
                  logGroupArn,
                }),
              ),
          ),
      },
      child,
    );

    const settings: pulumi.Output<CollectorSettings> = pulumi
      .all([
        context,
        evidenceRegion,
        args.organizationId,
        memberRole,
        args.externalId,
        args.bucketName,
        args.bucketOwner,
        keysAndTopic,
      ])
      .apply(
        ([
          where,
          region,
          organizationId,
          member,
          externalId,
          bucketName,
          bucketOwner,
          [keyArn, signingKeyArn, alerts],
        ]) => ({
          partition: where.partition,
          accountId: where.accountId,
          standalone: isStandalone(organizationId),
          region,
          ...member,
          ...(externalId ? { externalId } : {}),
          bucketName,
          bucketOwner,
          keyArn,
          ...(signingKeyArn ? { signingKeyArn } : {}),
          ...(alerts ? { alertsTopicArn: alerts.topicArn } : {}),
          include: args.include,
          exclude: args.exclude,
          concurrency: args.concurrency,
          stsPerSecond: args.stsPerSecond,
          generating: args.generating,
          thresholds: args.thresholds,
          ...(args.exceptions?.length ? { exceptions: args.exceptions } : {}),
        }),
      );
    const lambda = make(
      "function",
      aws.lambda.Function,
      name,
      {
        name: args.functionName,
        description: "Collects the IAM credential report of every account of the organization",
        role: role.arn,
        runtime: aws.lambda.Runtime.NodeJS24dX,
        architectures: [args.architecture ?? "arm64"],
        memorySize: args.memorySize,
        timeout: args.timeoutSeconds,
        // two runs at once would only ask every account twice
        reservedConcurrentExecutions: 1,
        loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
        code: settings.apply(collectorCode),
        handler: COLLECTOR_HANDLER,
        tags: args.tags,
      },
      { ...child, dependsOn: [rolePolicy, logGroup] },
    );

    const rule = make(
      "scheduleRule",
      aws.cloudwatch.EventRule,
      name,
      {
        name: args.functionName,
        description: "Starts the collection of IAM credential reports",
        scheduleExpression: args.schedule,
        state: args.scheduleEnabled ? "ENABLED" : "DISABLED",
        tags: args.tags,
      },
      child,
    );
    const permission = make(
      "schedulePermission",
      aws.lambda.Permission,
      name,
      {
        statementId: "schedule",
        action: "lambda:InvokeFunction",
        function: lambda.name,
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      child,
    );
    make(
      "scheduleTarget",
      aws.cloudwatch.EventTarget,
      name,
      { rule: rule.name, targetId: "collector", arn: lambda.arn },
      { ...child, dependsOn: [permission] },
    );

    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.roleArn = role.arn;
    this.logGroupName = logGroup.name;
    this.scheduleRuleArn = rule.arn;
    this.registerOutputs({
      functionName: this.functionName,
      functionArn: this.functionArn,
      roleArn: this.roleArn,
      logGroupName: this.logGroupName,
      scheduleRuleArn: this.scheduleRuleArn,
    });
  }
}

function regionOfKey(keyArn: string): string {
  const region = parseArn(keyArn)?.region;
  if (!region)
    throw new Error(`keyArn ${keyArn} is not the ARN of a KMS key: take the output keyArn of the security stack`);
  return region;
}
