import type { MetricName } from "../runtime/runMetrics";

/** Namespace of the metrics that the runtime writes; their one dimension is `Collector`, the name of the function. */
export const METRICS_NAMESPACE = "IamCredentialReports";

/** Every alarm that there can be; the operations guide has a section of that name for each. */
export const ALARM_IDS = [
  "failed",
  "timed-out",
  "aborted",
  "refused",
  "incomplete",
  "stale",
  "throttled",
  "api-throttled",
  "near-timeout",
  "dead-letters",
] as const;

/** One of {@link ALARM_IDS}. */
export type AlarmId = (typeof ALARM_IDS)[number];

/** What the alarms depend on. `Text` is how an ARN is given: as text, or as what becomes text. */
export interface AlarmInput<Text = string> {
  functionName: string;
  /** Longest run of the function in seconds. */
  timeoutSeconds: number;
  /** The machine that runs the function, where one does, and its longest run in minutes. */
  stateMachine?: { arn: Text; timeoutMinutes: number };
  /** Name of the queue of what could not be run, where there is one. */
  deadLetterQueueName?: Text;
  /** Hours without a complete run, 1 to 168; 0 for no alarm on that. */
  evidenceMaxAgeHours: number;
  /** Share of the longest run that is near its end, in percent. */
  durationAlarmPercent: number;
  /** Share of calls that AWS throttled, in percent, above which a run is worth a look. */
  throttledPercent: number;
}

/** One alarm, in CloudWatch's terms. */
export interface AlarmDefinition<Text = string> {
  id: AlarmId;
  /** What it means, in a sentence. */
  meaning: string;
  namespace: string;
  metricName: string;
  dimensions: Record<string, Text | string>;
  statistic: "Sum" | "Maximum";
  /** Seconds; with `evaluationPeriods` no more than seven days, and no more than one where it is below an hour. */
  period: number;
  evaluationPeriods: number;
  /** How many of the periods have to breach. */
  datapointsToAlarm: number;
  threshold: number;
  comparisonOperator: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  /**
   * What a period without data counts as. `ignore` leaves the alarm as the last run left it: a run says by a zero that it is over, so
   * the alarm is one on the last run and not on the last minutes.
   */
  treatMissingData: "ignore" | "notBreaching" | "breaching";
}

const MINUTES = 60;
const HOUR = 3600;

type Shape = Pick<
  AlarmDefinition,
  | "period"
  | "evaluationPeriods"
  | "datapointsToAlarm"
  | "threshold"
  | "comparisonOperator"
  | "statistic"
  | "treatMissingData"
>;

const ANY = {
  statistic: "Sum",
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  threshold: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
} as const;

/** It happened in the last run. */
const LAST_RUN: Shape = { ...ANY, period: 5 * MINUTES, treatMissingData: "ignore" };

/** The same by Lambda's own metrics, which stand at the time when the invocation began: up to 15 minutes back. */
const LAST_INVOCATION: Shape = { ...LAST_RUN, period: HOUR };

/** It happened within a day: of these, nothing says when it is over. */
const WITHIN_A_DAY: Shape = { ...ANY, period: HOUR, evaluationPeriods: 24, treatMissingData: "notBreaching" };

/**
 * The alarms on a collector.
 *
 * A failed run is taken from the engine, which knows of runs that could not say so themselves: from Lambda, or from Step Functions
 * where a machine runs the function, whose retries may then make good what an invocation failed at.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function alarmTable<Text = string>(input: AlarmInput<Text>): AlarmDefinition<Text>[] {
  const { stateMachine, deadLetterQueueName, evidenceMaxAgeHours, throttledPercent } = input;
  return [
    ...(stateMachine ? machineAlarms(input, stateMachine) : functionAlarms(input)),
    {
      id: "refused",
      meaning: "A run was refused because another was still going.",
      ...ofRuns(input, "RunsRefused"),
      ...LAST_RUN,
    },
    {
      id: "incomplete",
      meaning: "The last run is short of accounts that are in scope.",
      ...ofRuns(input, "RunsIncomplete"),
      ...LAST_RUN,
    },
    ...(evidenceMaxAgeHours > 0
      ? [
          {
            id: "stale" as const,
            meaning: `No run was complete within ${evidenceMaxAgeHours} hours, or none ran at all: the evidence is older than it should be.`,
            ...ofRuns(input, "RunsCompleted"),
            ...ANY,
            period: HOUR,
            evaluationPeriods: evidenceMaxAgeHours,
            datapointsToAlarm: evidenceMaxAgeHours,
            comparisonOperator: "LessThanThreshold" as const,
            treatMissingData: "breaching" as const,
          },
        ]
      : []),
    {
      id: "throttled",
      meaning: "Lambda refused to start the function: its reserved concurrency, or that of the account, is used up.",
      ...ofFunction(input, "Throttles"),
      ...LAST_RUN,
      treatMissingData: "notBreaching",
    },
    {
      id: "api-throttled",
      meaning: `AWS throttled more than ${throttledPercent} percent of the calls of the last run.`,
      ...ofRuns(input, "ThrottledPercent"),
      ...LAST_RUN,
      statistic: "Maximum",
      threshold: throttledPercent,
      comparisonOperator: "GreaterThanThreshold",
    },
    ...(deadLetterQueueName === undefined
      ? []
      : [
          {
            id: "dead-letters" as const,
            meaning: "Invocations that failed for good wait in the dead-letter queue.",
            namespace: "AWS/SQS",
            metricName: "ApproximateNumberOfMessagesVisible",
            dimensions: { QueueName: deadLetterQueueName },
            ...LAST_RUN,
            statistic: "Maximum" as const,
          },
        ]),
  ];
}

function functionAlarms<Text>(input: AlarmInput<Text>): AlarmDefinition<Text>[] {
  const { timeoutSeconds, durationAlarmPercent } = input;
  return [
    {
      id: "failed",
      meaning: "The last run ended in an error: it failed, ran out of time or memory, or was cut off.",
      ...ofFunction(input, "Errors"),
      ...LAST_INVOCATION,
    },
    {
      id: "near-timeout",
      meaning: `The last run took ${durationAlarmPercent} percent or more of the ${timeoutSeconds} seconds that it has.`,
      ...ofFunction(input, "Duration"),
      ...LAST_INVOCATION,
      statistic: "Maximum",
      threshold: timeoutSeconds * durationAlarmPercent * 10,
    },
  ];
}

function machineAlarms<Text>(
  { durationAlarmPercent }: AlarmInput<Text>,
  { arn, timeoutMinutes }: NonNullable<AlarmInput<Text>["stateMachine"]>,
): AlarmDefinition<Text>[] {
  const ofMachine = (metricName: string) => ({
    namespace: "AWS/States",
    metricName,
    dimensions: { StateMachineArn: arn },
  });
  return [
    {
      id: "failed",
      meaning: "An execution of the state machine failed within the last day.",
      ...ofMachine("ExecutionsFailed"),
      ...WITHIN_A_DAY,
    },
    {
      id: "timed-out",
      meaning: "An execution of the state machine ran out of time within the last day.",
      ...ofMachine("ExecutionsTimedOut"),
      ...WITHIN_A_DAY,
    },
    {
      id: "aborted",
      meaning: "Somebody stopped an execution of the state machine within the last day.",
      ...ofMachine("ExecutionsAborted"),
      ...WITHIN_A_DAY,
    },
    {
      id: "near-timeout",
      meaning: `The last execution took ${durationAlarmPercent} percent or more of the ${timeoutMinutes} minutes that it has.`,
      ...ofMachine("ExecutionTime"),
      ...LAST_INVOCATION,
      statistic: "Maximum",
      threshold: timeoutMinutes * durationAlarmPercent * 600,
    },
  ];
}

function ofRuns({ functionName }: { functionName: string }, metricName: MetricName) {
  return { namespace: METRICS_NAMESPACE, metricName, dimensions: { Collector: functionName } };
}

function ofFunction({ functionName }: { functionName: string }, metricName: string) {
  return { namespace: "AWS/Lambda", metricName, dimensions: { FunctionName: functionName } };
}
