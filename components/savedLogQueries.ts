/** A saved query of CloudWatch Logs Insights. */
export interface SavedLogQuery {
  id: string;
  /** What it answers. */
  description: string;
  query: string;
}

/**
 * The saved queries over the collector's log, whose lines are JSON: each event of a run has `level`, `message` and `runId`, and one of
 * an account `accountId`. What is compared with a level is, whatever its case.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export const SAVED_LOG_QUERIES: readonly SavedLogQuery[] = [
  {
    id: "runs",
    description: "Each run with what it covers",
    query: query(
      "fields @timestamp, runId, message, collected, notCollected, outOfScope, rows, seconds, code, cause",
      "filter message like /^run /",
      "sort @timestamp desc",
      "limit 100",
    ),
  },
  {
    id: "accounts-not-collected",
    description: "Accounts in scope that a run lacks: the step, the code of AWS, and what to do",
    query: query(
      "fields @timestamp, runId, accountId, step, code, remedy, cause, attempts",
      'filter message = "account not collected"',
      "sort @timestamp desc",
      "limit 1000",
    ),
  },
  {
    id: "not-collected-by-code",
    description: "How many accounts runs lack, by step and code of AWS",
    query: query(
      'filter message = "account not collected"',
      "stats count_distinct(accountId) as accounts, latest(runId) as lastRun, latest(remedy) as whatToDo by step, code",
      "sort accounts desc",
    ),
  },
  {
    id: "errors",
    description: "What failed: runs, refusals, and what the function itself died of",
    query: query(
      "fields @timestamp, runId, message, code, cause, @message",
      "filter level like /(?i)(error|critical)/ or @message like /Task timed out|Runtime exited|Runtime.ExitError/",
      "sort @timestamp desc",
      "limit 200",
    ),
  },
  {
    id: "slowest-accounts",
    description: "Accounts in the order in which they ended, the last first: choose the time of one run",
    query: query(
      "fields @timestamp, runId, accountId, message, attempts, code",
      'filter message in ["account collected", "account not collected"]',
      "sort @timestamp desc",
      "limit 50",
    ),
  },
  {
    id: "throttles",
    description: "What AWS throttled, run by run",
    query: query(
      "fields @timestamp, runId, accountId, step, code, ApiCalls, ThrottledCalls, ThrottledPercent",
      "filter ThrottledCalls > 0 or code like /Throttl|LimitExceeded|TooManyRequests|SlowDown/",
      "sort @timestamp desc",
      "limit 200",
    ),
  },
];

function query(...commands: string[]): string {
  return commands.join("\n| ");
}
