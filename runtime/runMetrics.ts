import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import type { Manifest } from "../report/manifest";

/** Namespace of the collector's metrics. */
export const METRICS_NAMESPACE = "IamCredentialReports";

/** Their one dimension: the name of the function. */
export const METRICS_DIMENSION = "Collector";

/** The metrics, each with its unit. */
const UNITS = {
  RunsCompleted: MetricUnit.Count,
  RunsIncomplete: MetricUnit.Count,
  RunsFailed: MetricUnit.Count,
  RunsRefused: MetricUnit.Count,
  AccountsListed: MetricUnit.Count,
  AccountsInScope: MetricUnit.Count,
  AccountsCollected: MetricUnit.Count,
  AccountsNotCollected: MetricUnit.Count,
  AccountsOutOfScope: MetricUnit.Count,
  Rows: MetricUnit.Count,
  Findings: MetricUnit.Count,
  FindingsOpened: MetricUnit.Count,
  ApiCalls: MetricUnit.Count,
  ThrottledCalls: MetricUnit.Count,
  ThrottledPercent: MetricUnit.Percent,
  RunSeconds: MetricUnit.Seconds,
  OldestReportAge: MetricUnit.Seconds,
} as const;

/** Name of a metric. */
export type MetricName = keyof typeof UNITS;

/** Values of a run: those that are absent are not known. */
export type MetricValues = Partial<Record<MetricName, number>>;

/** How a run ended. */
export type RunEnd = "RunsCompleted" | "RunsIncomplete" | "RunsFailed" | "RunsRefused";

/** What a run took. */
export interface RunEffort {
  /** Requests sent to AWS. */
  apiCalls: number;
  /** Those that were refused because there were too many. */
  throttledCalls: number;
  /** Wall time. */
  seconds: number;
}

/** The metrics of a run that left a manifest. */
export function metricsOfRun(
  manifest: Pick<Manifest, "complete" | "counts" | "rows" | "controls" | "accounts" | "finishedAt">,
  effort: RunEffort,
  findingsOpened?: number,
): MetricValues {
  const { counts, controls } = manifest;
  const generated = manifest.accounts.flatMap((account) =>
    account.state === "collected" ? [Date.parse(account.reportGeneratedTime)] : [],
  );
  const oldest = generated.reduce((least, time) => Math.min(least, time), Infinity);
  return {
    ...endedAs(manifest.complete ? "RunsCompleted" : "RunsIncomplete"),
    AccountsListed: counts.listed,
    AccountsInScope: counts.inScope,
    AccountsCollected: counts.collected,
    AccountsNotCollected: counts.notCollected,
    AccountsOutOfScope: counts.outOfScope,
    Rows: manifest.rows,
    ...(controls && { Findings: controls.results.reduce((sum, { fail }) => sum + fail, 0) }),
    ...(findingsOpened !== undefined && { FindingsOpened: findingsOpened }),
    ...effortOf(effort),
    ...(oldest < Infinity && { OldestReportAge: Math.max(0, (Date.parse(manifest.finishedAt) - oldest) / 1000) }),
  };
}

/** The metrics of a run that left none. @param effort Absent where it is not known. */
export function metricsOfFailedRun(effort?: RunEffort): MetricValues {
  return { ...endedAs("RunsFailed"), ...(effort && effortOf(effort)) };
}

/** The metrics of a run that did not begin. */
export function metricsOfRefusedRun(): MetricValues {
  return endedAs("RunsRefused");
}

function endedAs(end: RunEnd): Record<RunEnd, number> {
  return { RunsCompleted: 0, RunsIncomplete: 0, RunsFailed: 0, RunsRefused: 0, [end]: 1 };
}

function effortOf({ apiCalls, throttledCalls, seconds }: RunEffort): MetricValues {
  return {
    ApiCalls: apiCalls,
    ThrottledCalls: throttledCalls,
    ThrottledPercent: apiCalls === 0 ? 0 : (100 * throttledCalls) / apiCalls,
    RunSeconds: seconds,
  };
}

/** Takes the metrics of a run. */
export type MetricsSink = (values: MetricValues, runId?: string) => void;

/**
 * Writes the metrics of a run as one line in embedded metric format, of which CloudWatch Logs makes metrics.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(functionName: string): MetricsSink {
  return (values, runId) => {
    const metrics = new Metrics({ namespace: METRICS_NAMESPACE });
    // Powertools' own dimension, which would make the metrics others than the alarms ask for.
    metrics.clearDefaultDimensions();
    metrics.addDimension(METRICS_DIMENSION, functionName);
    if (runId !== undefined) metrics.addMetadata("runId", runId);
    for (const [name, value] of Object.entries(values) as [MetricName, number][]) {
      metrics.addMetric(name, UNITS[name], value);
    }
    metrics.publishStoredMetrics();
  };
}
