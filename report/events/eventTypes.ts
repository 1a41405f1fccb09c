import type { CisVersion, Control } from "../controls";
import type { AccountCounts, NotCollectedAccount } from "../manifest";

/**
 * What the collector tells EventBridge. Each kind of event has a name, which is its `detail-type`, and a version, which its `detail`
 * names as `schema`; docs/events has the schemas.
 */

/** `source` of every event. */
export const EVENT_SOURCE = "iam-credential-reports";

/** Names of the events. */
export const EVENT_NAMES = ["RunCompleted", "RunIncomplete", "RunFailed", "FindingOpened"] as const;

/** Name of an event. */
export type EventName = (typeof EVENT_NAMES)[number];

/** Format and version of an event's detail; readers pass over fields that they do not know. */
export type EventSchema<Name extends EventName> = `iam-credential-reports/event/${Name}/1`;

/** What became of the findings that opened since the run before. */
export interface OpenedFindings {
  /** The run that was compared. */
  since: string;
  /** Findings that opened, those that are excepted apart. */
  count: number;
  /** Findings that opened and are excepted: nobody is told of them. */
  excepted: number;
  /** Events `FindingOpened` that were sent. */
  sent: number;
  /** Each of `count` was sent. */
  allSent: boolean;
}

/** A run that left a manifest. */
export interface RunDetail<Name extends "RunCompleted" | "RunIncomplete"> {
  schema: EventSchema<Name>;
  runId: string;
  /** Null for a run of one account that is in no organization. */
  organizationId: string | null;
  /** ISO 8601 in UTC. */
  startedAt: string;
  /** ISO 8601 in UTC. */
  finishedAt: string;
  accounts: AccountCounts;
  /** Users in the reports, root users included. */
  rows: number;
  /** Results of all controls; excepted ones are among them. */
  findings: { failing: number; notDecidable: number };
  /** When the oldest report was generated; null where there is none. */
  oldestReport: string | null;
  /** Null where the run was not compared: events of findings are off, there is no earlier run, or it could not be done. */
  opened: OpenedFindings | null;
  bucket: string;
  manifestKey: string;
  /** Lower-case hexadecimal. */
  manifestSha256: string;
}

/** An account in scope that a run lacks. */
export type MissingAccount = Pick<
  NotCollectedAccount,
  "accountId" | "accountName" | "ouPath" | "step" | "code" | "remedy"
>;

/** Every account in scope was collected. */
export type RunCompletedDetail = RunDetail<"RunCompleted">;

/** Accounts in scope are missing: the first of them. */
export type RunIncompleteDetail = RunDetail<"RunIncomplete"> & { missing: MissingAccount[] };

/** A run that left no manifest. */
export interface RunFailedDetail {
  schema: EventSchema<"RunFailed">;
  /** Null where it failed before it had one. */
  runId: string | null;
  /** Name of the collector's function. */
  collector: string;
  /** Of the invocation, as the log has it. */
  requestId: string;
  /** ARN of the state machine's execution, where one ran it. */
  execution: string | null;
  /** ISO 8601 in UTC. */
  failedAt: string;
  code: string;
  message: string;
  /** What to do next, in words. */
  remedy: string;
}

/** A control fails for a subject, and did not in the run before. */
export interface FindingOpenedDetail {
  schema: EventSchema<"FindingOpened">;
  runId: string;
  /** The run before, which was compared. */
  since: string;
  accountId: string;
  accountName: string;
  ouPath: string;
  /** Name of the IAM user, or `<root_account>`. */
  user: string;
  control: {
    id: string;
    title: string;
    severity: Control["severity"];
    /** Its number by version of the CIS AWS Foundations Benchmark. */
    cis: Partial<Record<CisVersion, string>>;
    /** Its id in Security Hub, or null. */
    securityHub: string | null;
  };
  /** Why it fails, in words. */
  because: string;
  /** What it was in the run before, in words; null where there was no such user. */
  before: string | null;
}

interface Details {
  RunCompleted: RunCompletedDetail;
  RunIncomplete: RunIncompleteDetail;
  RunFailed: RunFailedDetail;
  FindingOpened: FindingOpenedDetail;
}

/** An event as it is sent. */
export type CollectorEvent = { [Name in EventName]: { name: Name; time: string; detail: Details[Name] } }[EventName];
