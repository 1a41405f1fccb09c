import { DEFAULT_THRESHOLDS } from "../report/controls";
import type { CollectorArgs } from "./collectorArgs";
import type { CollectorScheduleArgs } from "./collectorSchedule";

/** When the collector runs where nothing else is asked for: at night, to the minute. */
export const SCHEDULE_DEFAULTS = {
  schedule: "cron(15 3 * * ? *)",
  scheduleTimeZone: "UTC",
  scheduleWindowMinutes: 0,
  scheduleEnabled: true,
} satisfies Partial<CollectorScheduleArgs>;

/** How the collector runs where nothing else is asked for; the stacks' configuration has the same defaults. */
export const COLLECTOR_DEFAULTS = {
  memorySize: 1024,
  timeoutSeconds: 900,
  retryAttempts: 2,
  logRetentionDays: 365,
  include: [],
  exclude: [],
  concurrency: 50,
  stsPerSecond: 300,
  generating: 2000,
  thresholds: DEFAULT_THRESHOLDS,
} satisfies Partial<CollectorArgs>;

/**
 * Executions that Lambda keeps for the collector: one that runs, and one for a second run to be refused in. With one alone Lambda would
 * keep a second event waiting, and run it after the first.
 */
export const RESERVED_EXECUTIONS = 2;

/** Name of the queue that gets events whose run failed for good. */
export function deadLetterQueueName(functionName: string): string {
  return `${functionName}-dead-letters`;
}

/** Arguments of which none that has a default is absent. */
export type CompleteCollectorArgs = CollectorArgs & Required<Pick<CollectorArgs, keyof typeof COLLECTOR_DEFAULTS>>;

/** The arguments, with defaults where they are absent or undefined. */
export function withDefaults(args: CollectorArgs): CompleteCollectorArgs {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  return { ...COLLECTOR_DEFAULTS, ...(Object.fromEntries(given) as typeof COLLECTOR_DEFAULTS & CollectorArgs) };
}
