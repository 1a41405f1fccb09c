import type { AccountIdentity, AccountRecord } from "../../report/manifest";
import type { Thresholds } from "../../report/controls";
import type { Progress } from "../credentialReport";
import type { Listing } from "../listing";
import type { Effort } from "./effort";

/**
 * What the steps of a run leave for each other in the bucket. It is no evidence and expires, but nothing of it is ever replaced: what
 * one step has read, another reads as well (docs/formats.md, "Work objects").
 */

/** Formats and their versions. */
export const PLAN_SCHEMA = "iam-credential-reports/plan/1";
export const BATCH_SCHEMA = "iam-credential-reports/batch/1";
export const ROUND_SCHEMA = "iam-credential-reports/round/1";

/** `work/<runId>/plan.json`: the organization as the run found it, and how the run is cut. */
export interface Plan extends Listing, Effort {
  schema: typeof PLAN_SCHEMA;
  runId: string;
  /** ARN of the execution. */
  execution: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The most accounts of a batch. */
  batchSize: number;
  /** Number of batches. */
  batches: number;
  /** What the controls are held against. */
  thresholds: Thresholds;
}

/** `work/<runId>/batches/NNNNN.json`: accounts in scope, in order of account id. */
export interface Batch {
  schema: typeof BATCH_SCHEMA;
  runId: string;
  batch: number;
  accounts: AccountIdentity[];
}

/** `work/<runId>/results/NNNNN/RRRR.json`: what one round of asking a batch came to. */
export interface Round extends Effort {
  schema: typeof ROUND_SCHEMA;
  runId: string;
  batch: number;
  /** From 1. */
  round: number;
  /** Accounts that ended in this round. */
  records: AccountRecord[];
  /** Accounts that another round has to ask, and how far each is. */
  pending: PendingAccount[];
}

/** An account whose report was not there when a round ended. */
export interface PendingAccount extends Progress {
  accountId: string;
}

/** `work/<runId>/finish/settled.json`: which results count, and what `finish` itself found out of accounts. */
export interface Settled {
  /** Keys of the rounds. */
  rounds: string[];
  /** Records that stand in place of those of the rounds. */
  records: AccountRecord[];
}

/** Where the work of a run lies. */
export const workKeys = {
  plan: (runId: string) => `work/${runId}/plan.json`,
  batch: (runId: string, batch: number) => `work/${runId}/batches/${padded(batch, 5)}.json`,
  /** Folder of the rounds of a run, or of a batch. */
  results: (runId: string, batch?: number) =>
    `work/${runId}/results/${batch === undefined ? "" : `${padded(batch, 5)}/`}`,
  round: (runId: string, batch: number, round: number) => `${workKeys.results(runId, batch)}${padded(round, 4)}.json`,
  /** What attempts to finish the run have agreed on. */
  finish: (runId: string) => `work/${runId}/finish/`,
  settled: (runId: string) => `${workKeys.finish(runId)}settled.json`,
  ending: (runId: string) => `${workKeys.finish(runId)}ending.json`,
  /** Size and hash of an object of the run, from before it was put. */
  pledge: (runId: string, key: string) => `${workKeys.finish(runId)}objects/${key.split("/").at(-1) ?? ""}.json`,
  summary: (runId: string) => `${workKeys.finish(runId)}summary.json`,
};

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}
