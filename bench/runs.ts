import type { CollectorSettings } from "../runtime/settings";
import { CALM, type OrganizationOptions } from "./organization";
import { rounded, type BenchOptions } from "./options";
import { runCollector, type CollectorFigures, type StepFigures } from "./processes";

/** The figures of one run of the collector at a fake organization, in the words in which benches report them. */
export interface Run {
  accounts: number;
  collected: number;
  notCollected: number;
  /** Raw reports in the bucket and different accounts among them: equal when no account was collected twice. */
  rawObjects: number;
  rawAccounts: number;
  rows: number;
  /** Wall time from the start of the invocation to its end. */
  seconds: number;
  cpuSeconds: number;
  /** Time in which the collector could have run but something else had its core: what a quiet machine would save. Linux only. */
  waitedSeconds?: number;
  idleMiB: number;
  peakMiB: number;
  slowestReportSeconds: number;
  sumOfReportsSeconds: number;
  peakGenerating: number;
  apiCalls: number;
  calls: Record<string, number>;
  faults: Record<string, number>;
  /** The service's own processor time: what it uses is not what limits the collector, unless it comes near the wall time. */
  serviceCpuSeconds: number;
  /** What it logged, and what it left in the bucket, work objects included. */
  logBytes: number;
  storedBytes: number;
  /** Of a run that went in steps. */
  steps?: StepFigures;
}

/** Runs the collector over an organization and sums it up. */
export async function measure(
  organization: Partial<OrganizationOptions>,
  options: BenchOptions,
  engine: Pick<CollectorSettings, "engine"> = {},
): Promise<Run> {
  const whole = { ...CALM, ...organization };
  const { concurrency, generating, profile } = options;
  const settings = {
    ...engine,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(generating === undefined ? {} : { generating }),
  };
  const figures = await runCollector(whole, { settings, profile });
  if (!figures.summary) throw new Error(`the collector failed: ${figures.failed ?? "it gave no summary"}`);
  return described(whole, figures, figures.summary);
}

function described(
  { accounts }: OrganizationOptions,
  { wallSeconds, cpuSeconds, waitedSeconds, idleMiB, peakMiB, logBytes, fake, steps }: CollectorFigures,
  summary: NonNullable<CollectorFigures["summary"]>,
): Run {
  return {
    accounts,
    collected: summary.accounts.collected,
    notCollected: summary.accounts.notCollected,
    rawObjects: fake.rawObjects,
    rawAccounts: fake.rawAccounts,
    rows: summary.rows,
    seconds: rounded(wallSeconds),
    cpuSeconds: rounded(cpuSeconds),
    ...(waitedSeconds === undefined ? {} : { waitedSeconds: rounded(waitedSeconds) }),
    idleMiB: rounded(idleMiB),
    peakMiB: rounded(peakMiB),
    slowestReportSeconds: rounded(fake.slowestReportMs / 1000),
    sumOfReportsSeconds: rounded(fake.sumOfReportsMs / 1000),
    peakGenerating: fake.peakGenerating,
    apiCalls: Object.values(fake.calls).reduce((sum, calls) => sum + calls, 0),
    calls: fake.calls,
    faults: fake.faults,
    serviceCpuSeconds: rounded(fake.cpuSeconds),
    logBytes,
    storedBytes: fake.storedBytes,
    ...(steps ? { steps: { ...steps, seconds: roundedAll(steps.seconds) } } : {}),
  };
}

function roundedAll(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]));
}
