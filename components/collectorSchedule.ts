import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SCHEDULE_DEFAULTS } from "./collectorDefaults";
import { schedulePolicy, scheduleTrustPolicy } from "./collectorSchedulePolicy";
import { boundaryArn } from "./permissionsBoundary";
import { providerContext } from "./providerContext";
import type { ScheduleExpression } from "./schedule";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link CollectorSchedule}, with their arguments. */
export interface CollectorScheduleChildren {
  group: aws.scheduler.ScheduleGroupArgs;
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  schedule: aws.scheduler.ScheduleArgs;
}

/** Arguments of {@link CollectorSchedule}. */
export interface CollectorScheduleArgs {
  /** Name of the schedule and of the group that it is alone in. @example "iam-credential-reports-collector" */
  scheduleName: string;
  /** Name of the schedule's role. @example "iam-credential-reports-collector-schedule" */
  roleName: string;
  /** Path of the role; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary: name of a managed policy of the account, or ARN of one of AWS's own; none by default. @example "boundaries/audit" */
  permissionsBoundary?: pulumi.Input<string>;
  /** What it starts: the collector's function, or the state machine that calls it. */
  target: { arn: pulumi.Input<string>; kind: "function" | "stateMachine" };
  /** When; every night at 3:15 by default. Several times a day are one expression. @example "cron(0 6,18 * * ? *)" */
  schedule?: ScheduleExpression;
  /** Time zone of `cron(…)`, by its name in the IANA database; UTC by default. @example "Europe/Berlin" */
  scheduleTimeZone?: string;
  /** Minutes within which AWS may start it, 1 to 1440; 0, the default, starts it at the time itself. */
  scheduleWindowMinutes?: number;
  /** Whether the schedule is on, as it is by default. */
  scheduleEnabled?: boolean;
  /** SQS queue that gets what could not be started; none by default. */
  deadLetterQueueArn?: pulumi.Input<string>;
  /** Tags of role and group; AWS has none for schedules. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<CollectorScheduleChildren>;
}

/**
 * How long EventBridge Scheduler goes on trying to start the target: half an hour with growing pauses. A collection that could not be
 * started by then is left to the next one, and to whoever reads the queue.
 */
const MOST_AGE_SECONDS = 1800;

/** As often as Scheduler allows: the age is the limit. */
const MOST_RETRIES = 185;

/**
 * What starts the collector: a schedule of EventBridge Scheduler, with a role of its own that may start this one target.
 *
 * @example new CollectorSchedule("schedule", { scheduleName: "…", roleName: "…", target: { arn, kind: "function" }, schedule: "rate(1 day)" })
 */
export class CollectorSchedule extends pulumi.ComponentResource {
  readonly scheduleArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: CollectorScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:CollectorSchedule", name, {}, opts);
    const {
      schedule: expression = SCHEDULE_DEFAULTS.schedule,
      scheduleTimeZone = SCHEDULE_DEFAULTS.scheduleTimeZone,
      scheduleWindowMinutes = SCHEDULE_DEFAULTS.scheduleWindowMinutes,
      scheduleEnabled = SCHEDULE_DEFAULTS.scheduleEnabled,
    } = args;
    const child = { parent: this };
    const make = childMaker<CollectorScheduleChildren>(
      `CollectorSchedule ${name}`,
      ["group", "role", "rolePolicy", "schedule"],
      args.transform,
    );
    const context = pulumi.output(providerContext(child));
    const { kind } = args.target;
    const group = make("group", aws.scheduler.ScheduleGroup, name, { name: args.scheduleName, tags: args.tags }, child);
    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: args.roleName,
        path: args.rolePath,
        permissionsBoundary: boundaryArn(context, args.permissionsBoundary),
        description: "Starts the collection of IAM credential reports",
        assumeRolePolicy: pulumi
          .all([context, group.arn])
          .apply(([{ accountId }, groupArn]) => JSON.stringify(scheduleTrustPolicy({ accountId, groupArn }))),
        tags: args.tags,
      },
      child,
    );
    const rolePolicy = make(
      "rolePolicy",
      aws.iam.RolePolicy,
      name,
      {
        name: "start",
        role: role.name,
        policy: pulumi
          .all([args.target.arn, args.deadLetterQueueArn])
          .apply(([arn, deadLetterQueueArn]) =>
            JSON.stringify(
              schedulePolicy({ target: { arn, kind }, ...(deadLetterQueueArn && { deadLetterQueueArn }) }),
            ),
          ),
      },
      child,
    );
    const schedule = make(
      "schedule",
      aws.scheduler.Schedule,
      name,
      {
        name: args.scheduleName,
        groupName: group.name,
        description: "Starts the collection of IAM credential reports",
        scheduleExpression: expression,
        scheduleExpressionTimezone: scheduleTimeZone,
        flexibleTimeWindow:
          scheduleWindowMinutes === 0
            ? { mode: "OFF" }
            : { mode: "FLEXIBLE", maximumWindowInMinutes: scheduleWindowMinutes },
        state: scheduleEnabled ? "ENABLED" : "DISABLED",
        target: {
          arn: args.target.arn,
          roleArn: role.arn,
          // says in logs and in the queue what for, and when it should have been
          input: JSON.stringify({ startedBy: "schedule", scheduledTime: "<aws.scheduler.scheduled-time>" }),
          retryPolicy: { maximumEventAgeInSeconds: MOST_AGE_SECONDS, maximumRetryAttempts: MOST_RETRIES },
          ...(args.deadLetterQueueArn && { deadLetterConfig: { arn: args.deadLetterQueueArn } }),
        },
      },
      { ...child, dependsOn: [rolePolicy] },
    );
    this.scheduleArn = schedule.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ scheduleArn: this.scheduleArn, roleArn: this.roleArn });
  }
}
