/** One event of a run. Never holds credentials, tokens or the content of a report. */
export interface LogEntry {
  level: "info" | "warn" | "error";
  /** In words, without values: those have fields of their own. */
  message: string;
  runId?: string;
  accountId?: string;
  [field: string]: string | number | boolean | undefined;
}

/** Takes the events of a run. */
export type Log = (entry: LogEntry) => void;
