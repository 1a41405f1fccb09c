import type { MetricName } from "../runtime/runMetrics";
import { METRICS_NAMESPACE } from "./alarmTable";
import { SAVED_LOG_QUERIES } from "./savedLogQueries";

/** What the dashboard of a collector shows. */
export interface DashboardInput {
  functionName: string;
  region: string;
  logGroupName: string;
  /** The alarms whose states it shows. */
  alarmArns: readonly string[];
  /** Longest run of the function in seconds. */
  timeoutSeconds: number;
  /** The machine that runs the function, where one does. */
  stateMachine?: { arn: string; timeoutMinutes: number };
  /** Share of the longest run that is near its end, in percent. */
  durationAlarmPercent: number;
  /** Hours without a complete run after which the evidence is old; 0 where nothing says so. */
  evidenceMaxAgeHours: number;
  /** Name of the queue of what could not be run, where there is one. */
  deadLetterQueueName?: string;
}

/** One widget. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface DashboardWidget {
  type: "metric" | "alarm" | "log" | "text";
  x: number;
  y: number;
  width: number;
  height: number;
  properties: Record<string, unknown>;
}

/** The body of a dashboard. */
export interface DashboardBody {
  start: string;
  periodOverride: "inherit";
  widgets: DashboardWidget[];
}

/** A line of a graph: namespace, metric, dimension and its value, and how it is drawn. */
type Line = [string, string, string, string, Record<string, unknown>];

const COLUMNS = 24;
const HOUR = 3600;

/** Two weeks of runs: most run once a day, so a point stands for an hour. */
const SHOWN = "-P14D";

/**
 * The body of the collector's dashboard: are the alarms quiet, what do the runs cover, how do they end, how old is the evidence, is
 * there time left, does AWS throttle, what was found, and which accounts are missing.
 */
export function dashboardBody(input: DashboardInput): DashboardBody {
  const { functionName, region, logGroupName } = input;
  const metrics = (title: string, lines: Line[], more: Record<string, unknown> = {}): Omit<DashboardWidget, Place> => ({
    type: "metric",
    properties: { title, region, view: "timeSeries", stat: "Maximum", period: HOUR, metrics: lines, ...more },
  });
  const ofRuns = (metric: MetricName, label: string, more: Record<string, unknown> = {}): Line => [
    METRICS_NAMESPACE,
    metric,
    "Collector",
    functionName,
    { label, ...more },
  ];
  const query = SAVED_LOG_QUERIES.find(({ id }) => id === "accounts-not-collected")?.query ?? "";
  return {
    start: SHOWN,
    periodOverride: "inherit",
    widgets: inRows([
      [
        {
          height: 4,
          widget: {
            type: "text",
            properties: {
              markdown: `# ${functionName}\nCollects the IAM credential reports. Log: \`${logGroupName}\`; its saved queries are in the folder \`${functionName}\` of Logs Insights. Each alarm's description says what it means and where the operations guide goes on.`,
            },
          },
        },
        { height: 4, widget: { type: "alarm", properties: { title: "Alarms", alarms: [...input.alarmArns] } } },
      ],
      [
        {
          height: 6,
          widget: metrics("Coverage: accounts", [
            ofRuns("AccountsInScope", "in scope"),
            ofRuns("AccountsCollected", "collected"),
            ofRuns("AccountsNotCollected", "not collected", { color: RED }),
            ofRuns("AccountsOutOfScope", "out of scope"),
          ]),
        },
        {
          height: 6,
          widget: metrics(
            "Runs by outcome",
            [
              ofRuns("RunsCompleted", "complete", { color: GREEN }),
              ofRuns("RunsIncomplete", "incomplete", { color: ORANGE }),
              ofRuns("RunsFailed", "failed", { color: RED }),
              ofRuns("RunsRefused", "refused", { color: GREY }),
            ],
            { stat: "Sum", view: "bar", stacked: true, period: 24 * HOUR },
          ),
        },
      ],
      [
        {
          height: 6,
          widget: metrics(
            "Age of the oldest report of a run, in seconds",
            [ofRuns("OldestReportAge", "oldest report")],
            input.evidenceMaxAgeHours > 0
              ? annotated([[input.evidenceMaxAgeHours * HOUR, `${input.evidenceMaxAgeHours} hours`]])
              : {},
          ),
        },
        { height: 6, widget: timeWidget(input, metrics) },
      ],
      [
        {
          height: 6,
          widget: metrics("Calls of AWS, and the share that was throttled", [
            ofRuns("ApiCalls", "calls"),
            ofRuns("ThrottledCalls", "throttled", { color: ORANGE }),
            ofRuns("ThrottledPercent", "throttled, percent", { yAxis: "right", color: RED }),
          ]),
        },
        {
          height: 6,
          widget: metrics("Findings", [
            ofRuns("Findings", "standing"),
            ofRuns("FindingsOpened", "opened since the run before", { color: RED }),
          ]),
        },
      ],
      ...(input.deadLetterQueueName === undefined
        ? []
        : [
            [
              {
                height: 4,
                widget: metrics("Invocations that failed for good", [
                  [
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    "QueueName",
                    input.deadLetterQueueName,
                    { label: "waiting", color: RED },
                  ],
                ]),
              },
            ],
          ]),
      [
        {
          height: 8,
          widget: {
            type: "log",
            properties: {
              title: "Accounts not collected",
              region,
              view: "table",
              query: `SOURCE '${logGroupName}' | ${query}`,
            },
          },
        },
      ],
    ]),
  };
}

type Place = "x" | "y" | "width" | "height";
type Placed = { height: number; widget: Omit<DashboardWidget, Place> };

const RED = "#d62728";
const ORANGE = "#ff7f0e";
const GREEN = "#2ca02c";
const GREY = "#7f7f7f";

/** How long runs take, by the metric of the engine, with its limit and with what is near it, in milliseconds. */
function timeWidget(
  { functionName, timeoutSeconds, stateMachine, durationAlarmPercent }: DashboardInput,
  metrics: (title: string, lines: Line[], more?: Record<string, unknown>) => Omit<DashboardWidget, Place>,
): Omit<DashboardWidget, Place> {
  const limit = stateMachine ? stateMachine.timeoutMinutes * 60_000 : timeoutSeconds * 1000;
  const line: Line = stateMachine
    ? ["AWS/States", "ExecutionTime", "StateMachineArn", stateMachine.arn, { label: "longest execution" }]
    : ["AWS/Lambda", "Duration", "FunctionName", functionName, { label: "longest run" }];
  return metrics(
    "Time of a run against its limit, in milliseconds",
    [line],
    annotated([
      [limit, "limit"],
      [(limit * durationAlarmPercent) / 100, `${durationAlarmPercent} percent`],
    ]),
  );
}

function annotated(lines: [number, string][]): Record<string, unknown> {
  return { annotations: { horizontal: lines.map(([value, label]) => ({ value, label })) } };
}

/** Rows of widgets of one width and height each, one below the other. */
function inRows(rows: Placed[][]): DashboardWidget[] {
  let y = 0;
  return rows.flatMap((row) => {
    const width = COLUMNS / row.length;
    const placed = row.map(({ height, widget }, column) => ({ ...widget, x: column * width, y, width, height }));
    y += Math.max(...row.map(({ height }) => height));
    return placed;
  });
}
