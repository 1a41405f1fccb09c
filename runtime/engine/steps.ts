import { RunError } from "../errors";
import { failureOf } from "./executionFailure";
import type { Refusal, RunSummary } from "../settings";

/**
 * What the state machine and the collector's function say to each other. Items are numbers of batches: nothing but small JSON goes
 * through the state machine, and everything that is to last lies in the bucket (docs/formats.md, "Work objects").
 */

/** Lists the organization and cuts it into batches. */
export interface ListEvent {
  step: "list";
  /** ARN of the execution, which is the run's name for people who look for it in Step Functions. */
  execution: string;
}

/** One round of asking the accounts of one batch. */
export interface CollectEvent {
  step: "collect";
  runId: string;
  /** Its number, from 1. */
  batch: number;
  /** How many there are. */
  batches: number;
}

/** Writes what the run leaves. */
export interface FinishEvent {
  step: "finish";
  runId: string;
  execution: string;
}

/** The run failed for good. */
export interface FailEvent {
  step: "fail";
  /** Absent where listing failed. */
  runId?: string;
  execution: string;
  /** As Step Functions puts it. */
  error: { Error: string; Cause: string };
}

export type StepEvent = ListEvent | CollectEvent | FinishEvent | FailEvent;

/** Answer of `list`. */
export interface ListAnswer {
  runId: string;
  batches: number[];
}

/** Answer of `list` where another run is going on. */
export interface RefusedAnswer {
  refused: Refusal;
}

/** Answer of `collect`: as it can be sent again, with what the state machine looks at. */
export interface CollectAnswer extends Omit<CollectEvent, "step"> {
  /** Accounts of the batch that were collected, in this round and those before. */
  collected: number;
  /** Accounts of the batch that are lost. */
  notCollected: number;
  /** Accounts that another round has to ask; 0 where the batch is done. */
  pending: number;
  /** How long to wait before that round; 0 where there is none. */
  waitSeconds: number;
}

/** Answer of `fail`. */
export type FailAnswer = Record<string, never>;

export type StepAnswer = ListAnswer | RefusedAnswer | CollectAnswer | RunSummary | FailAnswer;

const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/**
 * The step that an event asks for; undefined for an event that asks for none, as that of a schedule.
 *
 * @throws {RunError} if it asks for a step in a way that no state machine of this project does.
 */
export function stepOf(event: unknown): StepEvent | undefined {
  const failure = failureOf(event);
  if (failure) return failure;
  if (typeof event !== "object" || event === null || !("step" in event)) return undefined;
  const problem = problemOf(event);
  if (problem === undefined) return event as StepEvent;
  throw new RunError(
    "UnknownStep",
    `The event asks for a step and ${problem}: ${JSON.stringify(event).slice(0, 200)}`,
    "Steps are asked for by the state machine of the management stack: start an execution of that, or deploy the stack again",
  );
}

function problemOf(event: Partial<Record<string, unknown>>): string | undefined {
  const { step, runId, execution, batch, batches, error } = event;
  const named = typeof runId === "string" && RUN_ID.test(runId);
  const executed = typeof execution === "string";
  switch (step) {
    case "list":
      return executed ? undefined : "names no execution";
    case "collect":
      if (!named) return "names no run";
      return isPosition(batch) && isPosition(batches) && batch <= batches ? undefined : "names no batch";
    case "finish":
      if (!named) return "names no run";
      return executed ? undefined : "names no execution";
    case "fail":
      if (runId !== undefined && !named) return "names no run";
      return typeof error === "object" && error !== null ? undefined : "names no error";
    default:
      return "there is no such step";
  }
}

function isPosition(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0;
}
