import { messageOf } from "../errors";
import { failureInWords, type Failure } from "./failure";
import type { PropertyChange } from "./propertyChanges";
import type { StackState } from "./stackState";

/**
 * The seam before the Automation API: what the commands need of a Pulumi engine, and nothing more. The real one runs each
 * stack in a worker process (workerPool.ts); tests put a fake in its place.
 */

/** What can be done with a stack. */
export type StackOperation =
  | "up"
  | "preview"
  | "refresh"
  | "destroy"
  /** Compares the state with what is there, and changes neither. */
  | "drift";

/** A policy pack that `up` and `preview` run on each stack. */
export interface PolicyPackChoice {
  /** Folder with PulumiPolicy.yaml, or an executable that serves a pack. */
  path: string;
  /** JSON file with the settings of its rules. */
  config?: string;
}

/** What one operation on one stack is given. */
export interface StackRequest {
  operation: StackOperation;
  stack: string;
  /** Folder with Pulumi.yaml and the stack's configuration, see stackFiles.ts. */
  workDir: string;
  /** The backend does not know the stack yet. */
  isNew: boolean;
  /** After `up`: give the outputs; with `preview`, those of the last `up`. */
  wantsOutputs: boolean;
  /** After `destroy`: forget the stack too. */
  removeStack?: boolean;
  /** What encrypts the secrets of a new stack, as in `awskms://…`; by default a passphrase, or Pulumi Cloud. */
  secretsProvider?: string;
  /** With `up` and `preview`: packs whose rules the stack is held to. */
  policyPacks?: readonly PolicyPackChoice[];
}

/** A resource of a stack as it is being worked on. */
export interface ResourceEvent {
  stack: string;
  /** `same`, `create`, `update`, `delete`, `replace`, … as the engine has it. */
  op: string;
  /** Type token, as in `aws:kms/key:Key`. */
  type: string;
  /** Logical name. */
  name: string;
  /** `begin` of the step, its `end`, or `failed`. */
  phase: "begin" | "end" | "failed";
}

/** A resource that is replaced, or that is not as it was deployed, and what differs. */
export interface ResourceChange {
  /** Type token, as in `aws:kms/key:Key`. */
  type: string;
  /** Logical name. */
  name: string;
  /** `replaced` (by `up`, or would be) because of the properties; `changed` or `deleted` behind the program's back. */
  change: "replaced" | "changed" | "deleted";
  properties: PropertyChange[];
}

/** How an operation on a stack ended. */
export interface StackResult {
  /** Resources by what was (or would be) done to them: `{ create: 3, same: 1 }`. */
  changes: Record<string, number>;
  /** Outputs after `up`, or before `preview`, if they were asked for. */
  outputs: Record<string, unknown>;
  /** Resources that were (or would be) replaced; after `drift` those that are not as they were deployed. */
  resources?: ResourceChange[];
  /** What else somebody should know of it. */
  notes?: string[];
  /** Rules of policy packs that only advise, and that are not kept. */
  warnings?: readonly Failure[];
}

/** What the backend knows of a stack. */
export interface StackSummary {
  name: string;
  /** ISO 8601; absent where nothing was ever deployed. */
  lastUpdate?: string;
  resourceCount?: number;
  updateInProgress?: boolean;
}

/** A Pulumi engine. */
export interface StackEngine {
  /**
   * Runs one operation to its end.
   *
   * @throws StackError
   */
  run(request: StackRequest, onEvent: (event: ResourceEvent) => void): Promise<StackResult>;
  /** Every stack of the project in the backend. */
  list(workDir: string): Promise<StackSummary[]>;
  /** The state of a stack that the backend knows, secrets encrypted. */
  exportState(workDir: string, stack: string): Promise<StackState>;
  /** Puts another state in the place of a stack's. @param file The state, as `exportState` gives it, in JSON */
  importState(workDir: string, stack: string, file: string): Promise<void>;
  /** Takes a stack out of the backend with what it holds, and touches no resource. */
  forget(workDir: string, stack: string): Promise<void>;
  /** Asks every operation that is going on to stop after the resources it has in hand. */
  cancel(): void;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** An operation on a stack that failed: what failed, without the engine's banners and stack traces. */
export class StackError extends Error {
  constructor(
    readonly stackName: string,
    readonly operation: StackOperation,
    /** Each with what to do. */
    readonly failures: readonly Failure[],
    /** Counts of what was done before it failed. */
    readonly changes: Record<string, number> = {},
    /** Rules of policy packs that only advise, and that are not kept. */
    readonly warnings: readonly Failure[] = [],
  ) {
    super(failures.map(failureInWords).join("\n"));
    this.name = "StackError";
  }
}

/** What was advised beside what failed, of whatever was thrown. */
export function warningsIn(error: unknown): readonly Failure[] {
  return error instanceof StackError ? error.warnings : [];
}

/** What failed, of whatever was thrown. */
export function failuresIn(error: unknown): readonly Failure[] {
  return error instanceof StackError ? error.failures : [{ message: messageOf(error) }];
}
