import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BATCH_DEFAULTS } from "../runtime/settings";
import type { Transforms } from "./transform";

/** Children of the state machine's component, with their arguments. */
export interface CollectorMachineChildren {
  logGroup: aws.cloudwatch.LogGroupArgs;
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  stateMachine: aws.sfn.StateMachineArgs;
  failureRule: aws.cloudwatch.EventRuleArgs;
  failurePermission: aws.lambda.PermissionArgs;
  failureTarget: aws.cloudwatch.EventTargetArgs;
}

/** Arguments of the state machine's component. */
export interface CollectorMachineArgs {
  /** Name of the state machine; its role, rule and log group have names made of it. @example "iam-credential-reports-collector" */
  machineName: string;
  /** The collector's function, whose `engine` is `stepfunctions`. */
  functionArn: pulumi.Input<string>;
  /** Longest invocation of that function in seconds; 900 by default. */
  timeoutSeconds?: number;
  /** Path of the machine's role; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary: name of a managed policy of the account, or ARN of one of AWS's own; none by default. @example "boundaries/audit" */
  permissionsBoundary?: pulumi.Input<string>;
  /** Batches that are collected at the same time; 40 by default. The function's reserved concurrency has to be one more. */
  batchConcurrency?: number;
  /** Batches that may fail for good before the run does, in percent; 10 by default. */
  toleratedFailurePercent?: number;
  /** Longest run in minutes; 180 by default. */
  runTimeoutMinutes?: number;
  /** What of executions is logged beside the history that Step Functions keeps for 90 days; nothing by default, and then there is no log group. */
  logLevel?: "ALL" | "ERROR" | "FATAL";
  /** Days that these logs are kept; one of the periods that CloudWatch Logs knows; 365 by default. */
  logRetentionDays?: number;
  /** Send traces to X-Ray; off by default. */
  tracing?: boolean;
  /** Tags of everything that can carry them. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<CollectorMachineChildren>;
}

/** How the state machine runs where nothing else is asked for; the stacks' configuration has the same defaults. */
export const MACHINE_DEFAULTS = {
  ...BATCH_DEFAULTS,
  toleratedFailurePercent: 10,
};

/** Name of a machine's role. IAM takes names of 64 characters. */
export function machineRoleName(machineName: string): string {
  return `${machineName.slice(0, 64 - "-machine".length)}-machine`;
}

/** Name of the rule on a machine's failed executions. EventBridge takes names of 64 characters. */
export function failureRuleName(machineName: string): string {
  return `${machineName.slice(0, 64 - "-failed".length)}-failed`;
}
