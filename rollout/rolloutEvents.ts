import { closeSync, openSync, writeSync } from "node:fs";
import type { Failure } from "./engine/failure";
import { messageOf, RolloutError } from "./errors";
import type { ResourceChange, ResourceEvent, StackOperation } from "./engine/stackEngine";

/** Version of the schema of {@link RolloutEvent}. New fields and new events do not change it; readers pass over what they do not know. */
export const EVENTS_VERSION = 1;

/** What happens during a command, as `--events` writes it, a JSON object a line. The shape is a promise to scripts (docs/rollout.md). */
export type RolloutEvent =
  /** An operation on several stacks begins. A command has one, or several one after the other. */
  | { event: "rolloutStarted"; operation: StackOperation; total: number; stacks: readonly string[] }
  | { event: "stackStarted"; operation: StackOperation; stack: string }
  | ({ event: "resource" } & ResourceEvent)
  | {
      event: "stackEnded";
      operation: StackOperation;
      stack: string;
      /** As in the table: `created`, `unchanged`, `failed`, … */
      result: string;
      seconds: number;
      /** Resources by what was (or would be) done to them. */
      changes?: Record<string, number>;
      /** Why it failed or was skipped. */
      cause?: string;
      failures?: readonly Failure[];
      /** Rules of policy packs that only advise, and that are not kept. */
      warnings?: readonly Failure[];
      /** What was replaced, or is not as it was deployed. */
      resources?: readonly ResourceChange[];
      /** Stacks of this operation that ended, all, and those that did not end yet. */
      ended: number;
      total: number;
      remaining: number;
    }
  | { event: "rolloutEnded"; operation: StackOperation; ok: boolean; seconds: number }
  /** A line for people. */
  | { event: "message"; message: string }
  /** The last one: what `--json` prints, and the exit code. */
  | { event: "result"; exitCode: number; result: unknown };

/** Takes events. */
export type EventListener = (event: RolloutEvent) => void;

/** Where events are written. */
export interface EventFile {
  emit: EventListener;
  close(): void;
}

/**
 * Opens a file for events; `-` is standard output.
 *
 * @throws RolloutError if it cannot be written
 */
export function openEvents(file: string, now: () => Date = () => new Date()): EventFile {
  const isOutput = file === "-";
  const descriptor = isOutput ? process.stdout.fd : open(file);
  return {
    emit: (event) => {
      const line = `${JSON.stringify({ v: EVENTS_VERSION, time: now().toISOString(), ...event })}\n`;
      if (isOutput) process.stdout.write(line);
      else writeSync(descriptor, line);
    },
    close: () => {
      if (!isOutput) closeSync(descriptor);
    },
  };
}

function open(file: string): number {
  try {
    return openSync(file, "w");
  } catch (cause) {
    throw new RolloutError(`The events cannot be written: ${messageOf(cause)}. Choose another file for --events`, 1, {
      cause,
    });
  }
}
