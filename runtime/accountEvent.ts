import type { AccountRecord } from "../report/manifest";
import type { LogEntry } from "./log";

/** How the log of a run tells in which state an account ended. */
export function accountEvent(runId: string, record: AccountRecord): LogEntry {
  const { accountId } = record;
  if (record.state === "collected") {
    return { level: "info", message: "account collected", runId, accountId, rows: record.rows };
  }
  if (record.state === "outOfScope") {
    return { level: "info", message: "account out of scope", runId, accountId, reason: record.reason };
  }
  const { step, code, message: cause, attempts, remedy } = record;
  return { level: "warn", message: "account not collected", runId, accountId, step, code, cause, attempts, remedy };
}
