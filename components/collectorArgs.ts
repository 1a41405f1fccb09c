import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Thresholds } from "../report/controls";
import type { ControlException } from "../report/exceptions";
import type { Transforms } from "./transform";

/** Children of the collector, with their arguments. */
export interface CollectorChildren {
  logGroup: aws.cloudwatch.LogGroupArgs;
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  function: aws.lambda.FunctionArgs;
  deadLetterQueue: aws.sqs.QueueArgs;
  deadLetterQueuePolicy: aws.sqs.QueuePolicyArgs;
  eventInvokeConfig: aws.lambda.FunctionEventInvokeConfigArgs;
}

/** Arguments of the collector. */
export interface CollectorArgs {
  /** Name of the function; its log group and dead-letter queue carry it too. @example "iam-credential-reports-collector" */
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
  /**
   * Bus of EventBridge for the events of runs, and with `findings` of findings that opened: its name in the collector's own account and
   * Region, or the ARN of any bus, whose policy then has to allow it. None by default, and there are no events.
   *
   * @example { bus: "default" }
   */
  events?: { bus: pulumi.Input<string>; findings?: boolean };
  /** Import each account's findings into its Security Hub, in the function's Region, where the member roles allow it; false by default. */
  securityHub?: boolean;
  /** Whether the function is traced by X-Ray; it is not by default. */
  tracing?: boolean;
  /** Processor of the function; arm64 by default. Not every Region has both. */
  architecture?: "arm64" | "x86_64";
  /** Memory of the function in MiB, 128 to 10240; 1024 by default. */
  memorySize?: number;
  /** Longest run in seconds, at most 900, which is the default. */
  timeoutSeconds?: number;
  /**
   * What drives a run: one invocation of the function, `lambda`, which is the default; or a state machine that calls it step by step,
   * `stepfunctions`: see {@link CollectorMachineArgs}. The bucket has to have the same.
   */
  engine?: "lambda" | "stepfunctions";
  /** With the engine `stepfunctions`, accounts of a batch; 25 by default. */
  batchSize?: number;
  /** With the engine `stepfunctions`, batches that are collected at the same time; 40 by default, and the same for the state machine. */
  batchConcurrency?: number;
  /** With the engine `stepfunctions`, the longest run in minutes; 180 by default, and the same for the state machine. */
  runTimeoutMinutes?: number;
  /** How often Lambda tries a run again that was started asynchronously and failed, 0 to 2; 2 by default. */
  retryAttempts?: number;
  /**
   * Role of the schedule, in the same account and path: beside the collector's own, the one role that may leave messages in the dead-letter
   * queue. It need not exist yet; none by default.
   */
  scheduleRoleName?: string;
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
  /** Findings that are accepted for a time, as the delivered report and events tell them apart; none by default. */
  exceptions?: ControlException[];
  /** Tags of everything that can carry them. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<CollectorChildren>;
}
