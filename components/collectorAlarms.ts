import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ALARM_DEFAULTS, LONGEST_EVALUATION_HOURS } from "./alarmDefaults";
import { alarmTable, type AlarmDefinition } from "./alarmTable";
import { parseArn } from "./arn";
import { dashboardBody } from "./collectorDashboard";
import { providerContext } from "./providerContext";
import { SAVED_LOG_QUERIES } from "./savedLogQueries";
import { childMaker, type MakeChild, type Transforms } from "./transform";

/** Children of {@link CollectorAlarms}, with their arguments. */
export interface CollectorAlarmsChildren {
  alarm: aws.cloudwatch.MetricAlarmArgs;
  dashboard: aws.cloudwatch.DashboardArgs;
  query: aws.cloudwatch.QueryDefinitionArgs;
}

/** Arguments of {@link CollectorAlarms}. */
export interface CollectorAlarmsArgs {
  /** Name of the collector's function; what is made here carries it. @example "iam-credential-reports-collector" */
  functionName: string;
  /** Log group of the function. */
  logGroupName: pulumi.Input<string>;
  /** Longest run of the function in seconds. */
  timeoutSeconds: number;
  /** Topic that is told when an alarm goes off, and when it is over. */
  topicArn: pulumi.Input<string>;
  /** The machine that runs the function, and its longest run in minutes; none by default, and the function runs by itself. */
  stateMachine?: { arn: pulumi.Input<string>; timeoutMinutes: number };
  /** Queue of the invocations that failed for good; none by default, and no alarm is on it. */
  deadLetterQueueArn?: pulumi.Input<string>;
  /** Hours without a complete run after which an alarm goes off, 1 to 168; 30 by default, 0 for no such alarm. */
  evidenceMaxAgeHours?: number;
  /** Share of the longest run after which an alarm goes off, in percent, 1 to 100; 80 by default. */
  durationAlarmPercent?: number;
  /** Share of throttled calls above which an alarm goes off, in percent; 10 by default. */
  throttledPercent?: number;
  /** Whether there is a dashboard, as by default. */
  dashboard?: boolean;
  /** Tags of the alarms. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<CollectorAlarmsChildren>;
}

/** The page that has a section for each alarm. */
const GUIDE = "docs/operations.md";

/**
 * What tells people of a collector: alarms on failed, refused and incomplete runs, on evidence that is too old, on throttling, on time
 * that runs out and on dead letters; a dashboard; and saved queries of its log.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 *
 * @example new CollectorAlarms("alarms", { functionName: "…", logGroupName: collector.logGroupName, timeoutSeconds: 900, topicArn: alerts.topicArn })
 */
export class CollectorAlarms extends pulumi.ComponentResource {
  /** Names of the alarms. */
  readonly alarmNames: pulumi.Output<string[]>;
  /** Name of the dashboard; empty where there is none. */
  readonly dashboardName: pulumi.Output<string>;

  constructor(name: string, args: CollectorAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:CollectorAlarms", name, {}, opts);
    const limits = { ...ALARM_DEFAULTS, ...given(args) };
    checkLimits(`CollectorAlarms ${name}`, limits);
    const make = childMaker<CollectorAlarmsChildren>(
      `CollectorAlarms ${name}`,
      ["alarm", "dashboard", "query"],
      args.transform,
    );
    const deadLetterQueueName =
      args.deadLetterQueueArn === undefined ? undefined : pulumi.output(args.deadLetterQueueArn).apply(queueName);
    const definitions = alarmTable<pulumi.Input<string>>({
      functionName: args.functionName,
      timeoutSeconds: args.timeoutSeconds,
      ...(args.stateMachine && { stateMachine: args.stateMachine }),
      ...(deadLetterQueueName && { deadLetterQueueName }),
      ...limits,
    });
    const alarms = definitions.map((definition) => this.makeAlarm(name, args, definition, make));
    for (const query of SAVED_LOG_QUERIES) {
      make(
        "query",
        aws.cloudwatch.QueryDefinition,
        `${name}-${query.id}`,
        { name: `${args.functionName}/${query.id}`, logGroupNames: [args.logGroupName], queryString: query.query },
        { parent: this },
      );
    }
    const dashboard =
      args.dashboard === false ? undefined : this.makeDashboard(name, args, limits, alarms, deadLetterQueueName, make);

    this.alarmNames = pulumi.all(alarms.map((alarm) => alarm.name));
    this.dashboardName = dashboard?.dashboardName ?? pulumi.output("");
    this.registerOutputs({ alarmNames: this.alarmNames, dashboardName: this.dashboardName });
  }

  private makeAlarm(
    name: string,
    { functionName, topicArn, tags }: CollectorAlarmsArgs,
    { id, meaning, ...definition }: AlarmDefinition<pulumi.Input<string>>,
    make: MakeChild<CollectorAlarmsChildren>,
  ): aws.cloudwatch.MetricAlarm {
    return make(
      "alarm",
      aws.cloudwatch.MetricAlarm,
      `${name}-${id}`,
      {
        ...definition,
        name: `${functionName}-${id}`,
        alarmDescription: `${meaning} What to do: ${GUIDE}#${id}`,
        alarmActions: [topicArn],
        okActions: [topicArn],
        tags,
      },
      { parent: this },
    );
  }

  private makeDashboard(
    name: string,
    { functionName, timeoutSeconds, stateMachine, logGroupName }: CollectorAlarmsArgs,
    limits: typeof ALARM_DEFAULTS,
    alarms: readonly aws.cloudwatch.MetricAlarm[],
    deadLetterQueueName: pulumi.Output<string> | undefined,
    make: MakeChild<CollectorAlarmsChildren>,
  ): aws.cloudwatch.Dashboard {
    const child = { parent: this };
    return make(
      "dashboard",
      aws.cloudwatch.Dashboard,
      name,
      {
        dashboardName: functionName,
        dashboardBody: pulumi
          .all([
            providerContext(child),
            logGroupName,
            pulumi.all(alarms.map(({ arn }) => arn)),
            stateMachine,
            deadLetterQueueName,
          ])
          .apply(([{ region }, group, alarmArns, machine, queue]) =>
            JSON.stringify(
              dashboardBody({
                functionName,
                timeoutSeconds,
                region,
                logGroupName: group,
                alarmArns,
                ...(machine && { stateMachine: machine }),
                ...(queue && { deadLetterQueueName: queue }),
                ...limits,
              }),
            ),
          ),
      },
      child,
    );
  }
}

/** The limits that are given, without those that are left open. */
function given(args: Partial<typeof ALARM_DEFAULTS>): Partial<typeof ALARM_DEFAULTS> {
  const keys = Object.keys(ALARM_DEFAULTS) as (keyof typeof ALARM_DEFAULTS)[];
  return Object.fromEntries(keys.flatMap((key) => (args[key] === undefined ? [] : [[key, args[key]]])));
}

function checkLimits(component: string, limits: typeof ALARM_DEFAULTS): void {
  const { evidenceMaxAgeHours, durationAlarmPercent, throttledPercent } = limits;
  const refuse = (what: string): never => {
    throw new Error(`${component}: ${what}`);
  };
  if (!isWhole(evidenceMaxAgeHours, 0, LONGEST_EVALUATION_HOURS)) {
    refuse(
      `evidenceMaxAgeHours is ${evidenceMaxAgeHours}; CloudWatch looks back 1 to ${LONGEST_EVALUATION_HOURS} hours`,
    );
  }
  if (!isWhole(durationAlarmPercent, 1, 100)) refuse(`durationAlarmPercent is ${durationAlarmPercent}, not 1 to 100`);
  if (!isWhole(throttledPercent, 0, 99)) refuse(`throttledPercent is ${throttledPercent}, not 0 to 99`);
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function queueName(arn: string): string {
  const parts = parseArn(arn);
  if (parts?.service === "sqs") return parts.resource;
  throw new Error(`deadLetterQueueArn ${arn} is not the ARN of a queue`);
}
