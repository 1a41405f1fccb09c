import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { COLLECTOR_DEFAULTS } from "./collectorDefaults";
import {
  failureRuleName,
  MACHINE_DEFAULTS,
  machineRoleName,
  type CollectorMachineArgs,
  type CollectorMachineChildren,
} from "./collectorMachineArgs";
import { machineDefinition } from "./collectorMachineDefinition";
import { failedRunPattern, machinePolicy, machineTrustPolicy, stateMachineArn } from "./collectorMachinePolicy";
import { boundaryArn } from "./permissionsBoundary";
import { providerContext } from "./providerContext";
import { childMaker } from "./transform";

/** Behind it, Step Functions keeps the policy that lets it write to a log group from growing with each. */
const VENDED_LOGS = "/aws/vendedlogs/states";

/**
 * The engine for large organizations: a state machine that has the collector's function list the accounts, collect them in batches,
 * and finish the run. It stands beside the function, in its account, and has a role of its own that may call that function and nothing
 * else. A rule tells the function of executions that failed, timed out or were stopped; nothing is caught inside, so that a redrive
 * resumes where it failed.
 *
 * @example new CollectorMachine("machine", { machineName: "…", functionArn: collector.functionArn })
 */
export class CollectorMachine extends pulumi.ComponentResource {
  readonly stateMachineArn: pulumi.Output<string>;
  readonly stateMachineName: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  readonly failureRuleArn: pulumi.Output<string>;

  constructor(name: string, args: CollectorMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:CollectorMachine", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<CollectorMachineChildren>(
      `CollectorMachine ${name}`,
      [
        "role",
        "rolePolicy",
        "stateMachine",
        "failureRule",
        "failurePermission",
        "failureTarget",
        ...(args.logLevel ? (["logGroup"] as const) : []),
      ],
      args.transform,
    );
    const context = pulumi.output(providerContext(child));
    const where = context.apply((place) => ({ ...place, machineName: args.machineName }));
    const tracing = args.tracing ?? false;

    const logGroup =
      args.logLevel &&
      make(
        "logGroup",
        aws.cloudwatch.LogGroup,
        name,
        {
          name: `${VENDED_LOGS}/${args.machineName}`,
          retentionInDays: args.logRetentionDays ?? COLLECTOR_DEFAULTS.logRetentionDays,
          tags: args.tags,
        },
        child,
      );
    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: machineRoleName(args.machineName),
        path: args.rolePath,
        permissionsBoundary: boundaryArn(context, args.permissionsBoundary),
        description: "Runs the collection of IAM credential reports in batches",
        assumeRolePolicy: where.apply((place) => JSON.stringify(machineTrustPolicy(place))),
        tags: args.tags,
      },
      child,
    );
    const rolePolicy = make(
      "rolePolicy",
      aws.iam.RolePolicy,
      name,
      {
        name: "run",
        role: role.name,
        policy: pulumi
          .all([where, args.functionArn])
          .apply(([place, functionArn]) =>
            JSON.stringify(machinePolicy({ ...place, functionArn, logging: args.logLevel !== undefined, tracing })),
          ),
      },
      child,
    );
    const stateMachine = make(
      "stateMachine",
      aws.sfn.StateMachine,
      name,
      {
        name: args.machineName,
        type: "STANDARD",
        roleArn: role.arn,
        definition: pulumi.all([where, args.functionArn]).apply(([{ partition }, functionArn]) =>
          JSON.stringify(
            machineDefinition({
              partition,
              functionArn,
              timeoutSeconds: args.timeoutSeconds ?? COLLECTOR_DEFAULTS.timeoutSeconds,
              batchConcurrency: args.batchConcurrency ?? MACHINE_DEFAULTS.batchConcurrency,
              toleratedFailurePercent: args.toleratedFailurePercent ?? MACHINE_DEFAULTS.toleratedFailurePercent,
              runTimeoutMinutes: args.runTimeoutMinutes ?? MACHINE_DEFAULTS.runTimeoutMinutes,
            }),
          ),
        ),
        loggingConfiguration: logGroup
          ? {
              level: args.logLevel,
              includeExecutionData: false,
              logDestination: pulumi.interpolate`${logGroup.arn}:*`,
            }
          : { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: tracing },
        tags: args.tags,
      },
      { ...child, dependsOn: [rolePolicy] },
    );
    const rule = make(
      "failureRule",
      aws.cloudwatch.EventRule,
      name,
      {
        name: failureRuleName(args.machineName),
        description: "Tells the collector of runs that failed, timed out or were stopped",
        eventPattern: where.apply((place) => JSON.stringify(failedRunPattern(stateMachineArn(place)))),
        tags: args.tags,
      },
      child,
    );
    const permission = make(
      "failurePermission",
      aws.lambda.Permission,
      name,
      {
        statementId: "failed-runs",
        action: "lambda:InvokeFunction",
        function: args.functionArn,
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      child,
    );
    make(
      "failureTarget",
      aws.cloudwatch.EventTarget,
      name,
      { rule: rule.name, targetId: "collector", arn: args.functionArn },
      { ...child, dependsOn: [permission] },
    );

    this.stateMachineArn = stateMachine.arn;
    this.stateMachineName = stateMachine.name;
    this.roleArn = role.arn;
    this.failureRuleArn = rule.arn;
    this.registerOutputs({
      stateMachineArn: this.stateMachineArn,
      stateMachineName: this.stateMachineName,
      roleArn: this.roleArn,
      failureRuleArn: this.failureRuleArn,
    });
  }
}
