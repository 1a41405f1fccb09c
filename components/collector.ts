import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BATCH_DEFAULTS, type CollectorSettings } from "../runtime/settings";
import { eventBusArn } from "./announcementPolicy";
import { parseArn } from "./arn";
import type { CollectorArgs, CollectorChildren } from "./collectorArgs";
import { COLLECTOR_HANDLER } from "./collectorArchive";
import { collectorCode } from "./collectorCode";
import { deadLetterQueueName, RESERVED_EXECUTIONS, withDefaults } from "./collectorDefaults";
import { collectorPolicy, collectorTrustPolicy } from "./collectorPolicy";
import { deadLetterQueue } from "./deadLetterQueue";
import { isStandalone } from "./organization";
import { providerContext } from "./providerContext";
import { boundaryArn } from "./permissionsBoundary";
import { childMaker } from "./transform";

/**
 * How long Lambda keeps an event: three attempts of a quarter of an hour fit, with the minute and the two that it waits between them. What
 * is older starts no run any more, since the schedule starts another; it goes to the dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const MOST_EVENT_AGE_SECONDS = 3600;

/**
 * The collector, in the management account or that of a delegated administrator: a Lambda function with a role of its own, and a log group that it
 * cannot outlive, and a dead-letter queue for the events whose run failed. At most one run is going at any time. When it runs, {@link CollectorSchedule} says.
 *
 * @example new Collector("collector", { functionName: "…", organizationId: "o-exampleorgid", … })
 */
export class Collector extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly functionArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  readonly deadLetterQueueArn: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;
  /** SHA-256 of the archive that was handed to Lambda, in Base64: what Lambda says in `CodeSha256` as long as nobody changed the code. */
  readonly codeSha256: pulumi.Output<string>;
  /** SHA-256 of the bundled runtime in it, in hexadecimal: the same for every deployment of the same sources. */
  readonly bundleSha256: pulumi.Output<string>;

  constructor(name: string, given: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:Collector", name, {}, opts);
    const args = withDefaults(given);
    const byStateMachine = args.engine === "stepfunctions";
    const batches = {
      runTimeoutMinutes: args.runTimeoutMinutes ?? BATCH_DEFAULTS.runTimeoutMinutes,
      batchSize: args.batchSize ?? BATCH_DEFAULTS.batchSize,
      batchConcurrency: args.batchConcurrency ?? BATCH_DEFAULTS.batchConcurrency,
    };
    const child = { parent: this };
    const make = childMaker<CollectorChildren>(
      `Collector ${name}`,
      ["logGroup", "role", "rolePolicy", "function", "deadLetterQueue", "deadLetterQueuePolicy", "eventInvokeConfig"],
      args.transform,
    );
    const context = pulumi.output(providerContext(child));
    const events = pulumi.all([context, args.events]).apply(
      ([where, given]) =>
        given && {
          events: { busArn: eventBusArn(where, given.bus), findings: given.findings ?? false },
        },
    );
    const keysAndTopic = pulumi.all([args.keyArn, args.signingKeyArn, args.alerts, events]);
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
        assumeRolePolicy: context.apply(({ accountId }) => JSON.stringify(collectorTrustPolicy(accountId))),
        tags: args.tags,
      },
      child,
    );
    const rolePath = pulumi.output(args.rolePath).apply((path) => path ?? "/");
    const queue = deadLetterQueue(make, name, {
      queueName: deadLetterQueueName(args.functionName),
      context,
      senders: rolePath.apply((path) =>
        [args.roleName, ...(args.scheduleRoleName ? [args.scheduleRoleName] : [])].map((role) => ({
          name: role,
          path,
        })),
      ),
      tags: args.tags,
      parent: this,
    });
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
            pulumi.all([logGroup.arn, queue.arn]),
          ])
          .apply(
            ([
              where,
              region,
              organizationId,
              member,
              bucketName,
              bucketOwner,
              [keyArn, signingKeyArn, alerts, events],
              [logGroupArn, deadLetterQueueArn],
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
                  ...events,
                  ...(args.securityHub && { securityHub: true }),
                  ...(args.tracing && { tracing: true }),
                  logGroupArn,
                  engine: args.engine ?? "lambda",
                  deadLetterQueueArn,
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
          [keyArn, signingKeyArn, alerts, events],
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
          ...events,
          ...(args.securityHub && { securityHub: { region: where.region, dnsSuffix: where.dnsSuffix } }),
          include: args.include,
          exclude: args.exclude,
          concurrency: args.concurrency,
          stsPerSecond: args.stsPerSecond,
          generating: args.generating,
          ...(byStateMachine ? { engine: "stepfunctions" as const, ...batches } : {}),
          thresholds: args.thresholds,
          ...(args.exceptions?.length ? { exceptions: args.exceptions } : {}),
        }),
      );
    const code = settings.apply(collectorCode);
    // a secret among the settings makes no secret of the hash, which Lambda shows as well
    const codeSha256 = pulumi.unsecret(code.codeSha256);
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
        // of batches, those at the same time and a step between them
        reservedConcurrentExecutions: byStateMachine ? batches.batchConcurrency + 1 : RESERVED_EXECUTIONS,
        ...(args.tracing && { tracingConfig: { mode: "Active" } }),
        // lines of the runtime are JSON already and stay as they are; what Lambda itself says becomes JSON too, and can be queried
        loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
        code: code.archive,
        // by it a refresh sees that somebody else changed the code
        codeSha256,
        handler: COLLECTOR_HANDLER,
        tags: args.tags,
      },
      { ...child, dependsOn: [rolePolicy, logGroup] },
    );

    make(
      "eventInvokeConfig",
      aws.lambda.FunctionEventInvokeConfig,
      name,
      {
        functionName: lambda.name,
        maximumRetryAttempts: args.retryAttempts,
        maximumEventAgeInSeconds: MOST_EVENT_AGE_SECONDS,
        destinationConfig: { onFailure: { destination: queue.arn } },
      },
      // AWS looks whether the role may send
      { ...child, dependsOn: [rolePolicy] },
    );

    this.functionName = lambda.name;
    this.functionArn = lambda.arn;
    this.roleArn = role.arn;
    this.logGroupName = logGroup.name;
    this.deadLetterQueueArn = queue.arn;
    this.deadLetterQueueUrl = queue.url;
    this.codeSha256 = codeSha256;
    this.bundleSha256 = pulumi.unsecret(code.bundleSha256);
    this.registerOutputs({
      functionName: this.functionName,
      functionArn: this.functionArn,
      roleArn: this.roleArn,
      logGroupName: this.logGroupName,
      deadLetterQueueArn: this.deadLetterQueueArn,
      deadLetterQueueUrl: this.deadLetterQueueUrl,
      codeSha256: this.codeSha256,
      bundleSha256: this.bundleSha256,
    });
  }
}

function regionOfKey(keyArn: string): string {
  const region = parseArn(keyArn)?.region;
  if (!region)
    throw new Error(`keyArn ${keyArn} is not the ARN of a KMS key: take the output keyArn of the security stack`);
  return region;
}
