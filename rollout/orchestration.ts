import path from "node:path";
import { messageOf } from "./errors";
import type { Failure } from "./engine/failure";
import { CENTRAL_STACKS, readOrganizationConfig, type OrganizationConfig } from "./configuration/organizationConfig";
import { Progress, resultOf, type ProgressOutput } from "./progress/progress";
import { resultRow, tableLines } from "./progress/table";
import type { EventListener } from "./rolloutEvents";
import { callerOf, openSession, type Caller, type Session } from "./session";
import {
  failuresIn,
  warningsIn,
  type PolicyPackChoice,
  type StackEngine,
  type StackOperation,
  type StackRequest,
  type StackResult,
} from "./engine/stackEngine";
import type { PlainConfig } from "./configuration/stackSecrets";
import type { StackSetReport } from "./stackSet/follow";
import { writeWorkFolder, type StackFile } from "./configuration/stackFiles";
import { runTasks, type Outcome, type Task } from "./tasks";
import { toleranceFor, type Tolerance } from "./members/tolerance";

/** What a command of the orchestrator works with. */
export interface Orchestration {
  projectDir: string;
  /** Folder for the work folders of the stacks; git-ignored. */
  workRoot: string;
  config: OrganizationConfig;
  engine: StackEngine;
  /** Stacks at the same time. */
  parallel: number;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  /** A line for people, on standard error. */
  log: (line: string) => void;
  /** Where progress is shown; standard error by default. */
  progress?: ProgressOutput;
  /** Takes what happens, for machines. */
  onEvent?: EventListener;
  /** A row for every stack at the end. */
  verbose?: boolean;
  /** Packs whose rules `up` and `preview` hold every stack to. */
  policyPacks?: readonly PolicyPackChoice[];
}

/** One stack in the result of a command, as `--json` prints it. */
export interface StackReport {
  result: string;
  seconds: number;
  changes?: Record<string, number>;
  /** Why it failed or was skipped. */
  cause?: string;
  /** What failed, each with what to do. */
  failures?: readonly Failure[];
  /** Rules of policy packs that only advise, and that are not kept. */
  warnings?: readonly Failure[];
}

/** What `up`, `preview`, `refresh` and `destroy` answer. */
export interface RolloutReport {
  command: string;
  /** Every stack did what it should. */
  ok: boolean;
  stacks: Record<string, StackReport>;
  /** Outputs of the central stacks, after `up`; with `preview`, those of the last `up`. */
  outputs: Record<string, Record<string, unknown>>;
  /** How the StackSet ended that carries the member role, after `up` with memberRoles stackset. */
  memberRoles?: StackSetReport;
  seconds: number;
}

/**
 * The settings that every command starts from.
 *
 * @param plain What the secrets in the stacks' files are, by stack (stackSecrets.ts)
 */
export function orchestration(
  base: Pick<
    Orchestration,
    "projectDir" | "engine" | "parallel" | "signal" | "log" | "progress" | "onEvent" | "verbose" | "policyPacks"
  > & {
    workRoot?: string;
  },
  plain: Readonly<Record<string, PlainConfig>> = {},
): Orchestration {
  return {
    ...base,
    workRoot: base.workRoot ?? path.join(base.projectDir, ".rollout"),
    config: readOrganizationConfig(base.projectDir, plain),
  };
}

/** A session in the account of the management stack, which is the collector's, by way of the roles of that stack, and who it is. */
export async function managementSession(config: OrganizationConfig): Promise<{ session: Session; caller: Caller }> {
  const { file } = config.management;
  const session = await openSession(file.region, file.assumeRoles, "stack management");
  return { session, caller: await callerOf(session) };
}

/** A stack to work on: its configuration may depend on the results of the stacks before it. */
export interface StackTask {
  stack: string;
  dependsOn: readonly string[];
  /** Stacks to wait for, however they end. */
  after?: readonly string[];
  operation: StackOperation;
  /** The backend does not know it yet. */
  isNew: boolean;
  removeStack?: boolean;
  document: (results: ReadonlyMap<string, StackResult>) => StackFile["document"];
}

/** Runs the operations in order, with progress, and says how each ended. */
export async function rollOut(
  context: Orchestration,
  operation: StackOperation,
  stackTasks: readonly StackTask[],
  options: { tolerance?: Tolerance } = {},
): Promise<{ outcomes: Map<string, Outcome<StackResult>>; report: Omit<RolloutReport, "command"> }> {
  const began = performance.now();
  const results = new Map<string, StackResult>();
  const progress = new Progress(stackTasks.length, operation, context.progress, context.parallel);
  const emit: EventListener = (event) => context.onEvent?.(event);
  const total = stackTasks.length;
  let ended = 0;
  emit({ event: "rolloutStarted", operation, total, stacks: stackTasks.map(({ stack }) => stack) });
  const tasks = stackTasks.map((task): Task<StackResult> => ({
    name: task.stack,
    dependsOn: task.dependsOn,
    after: task.after,
    run: async () => {
      const document = task.document(results);
      const request: StackRequest = {
        operation: task.operation,
        stack: task.stack,
        isNew: task.isNew,
        wantsOutputs: !task.stack.startsWith("member-"),
        removeStack: task.removeStack,
        secretsProvider: document.secretsprovider,
        workDir: writeWorkFolder(context.workRoot, context.projectDir, task.stack, document),
        ...(isHeldToRules(task.operation) && { policyPacks: context.policyPacks }),
      };
      const result = await context.engine.run(request, (event) => {
        progress.event(event);
        emit({ event: "resource", ...event });
      });
      results.set(task.stack, result);
      for (const note of result.notes ?? []) progress.line(`${task.stack}: ${note}`);
      return result;
    },
  }));
  const cancel = (): void => {
    progress.line(
      "Interrupted: the resources in hand are finished, nothing new is begun. Run the command again to go on.",
    );
    context.engine.cancel();
  };
  context.signal.addEventListener("abort", cancel, { once: true });
  try {
    const outcomes = await runTasks(tasks, {
      parallel: context.parallel,
      signal: context.signal,
      ...(options.tolerance && { tolerance: toleranceFor(options.tolerance, membersAmong(stackTasks)) }),
      onStart: (stack) => {
        progress.start(stack);
        emit({ event: "stackStarted", operation, stack });
      },
      onEnd: (stack, outcome) => {
        progress.end(stack, outcome);
        ended += 1;
        const resources = outcome.state === "done" ? outcome.value.resources : undefined;
        const report = { ...stackReport(operation, outcome), ...(resources?.length && { resources }) };
        emit({ event: "stackEnded", operation, stack, ...report, ended, total, remaining: total - ended });
      },
    });
    const stacks = Object.fromEntries([...outcomes].map(([name, outcome]) => [name, stackReport(operation, outcome)]));
    const seconds = round((performance.now() - began) / 1000);
    const ok = [...outcomes.values()].every(({ state }) => state === "done");
    emit({ event: "rolloutEnded", operation, ok, seconds });
    if (operation !== "drift") tellTable(context, operation, outcomes, progress);
    return { outcomes, report: { ok, stacks, outputs: centralOutputs(outcomes), seconds } };
  } finally {
    progress.close();
    context.signal.removeEventListener("abort", cancel);
  }
}

/** The table of what became of each stack. */
function tellTable(
  { config, verbose }: Orchestration,
  operation: StackOperation,
  outcomes: ReadonlyMap<string, Outcome<StackResult>>,
  progress: Progress,
): void {
  const accountOf = (stack: string): string | undefined => {
    const central = CENTRAL_STACKS.find((name) => name === stack);
    return central ? config[central].file.accountId : stack.slice("member-".length);
  };
  const rows = [...outcomes].map(([stack, outcome]) => resultRow(stack, accountOf(stack), operation, outcome));
  const lines = tableLines(rows, { all: verbose ?? false });
  if (lines.length > 0) progress.line(["", ...lines, ""].join("\n"));
}

/** Refreshing and destroying make nothing that a rule could refuse. */
function isHeldToRules(operation: StackOperation): boolean {
  return operation === "up" || operation === "preview";
}

function membersAmong(stackTasks: readonly StackTask[]): string[] {
  return stackTasks.map(({ stack }) => stack).filter((stack) => stack.startsWith("member-"));
}

/** "3 created, 11 unchanged" */
export function summaryLine(report: Pick<RolloutReport, "stacks" | "seconds">): string {
  const counts = new Map<string, number>();
  for (const { result } of Object.values(report.stacks)) counts.set(result, (counts.get(result) ?? 0) + 1);
  const parts = [...counts].map(([result, count]) => `${count} ${result}`);
  return `${Object.keys(report.stacks).length} stacks: ${parts.join(", ") || "nothing to do"} · ${report.seconds.toFixed(1)} s`;
}

function stackReport(operation: StackOperation, outcome: Outcome<StackResult>): StackReport {
  const base = { result: resultOf(operation, outcome), seconds: round(outcome.seconds) };
  switch (outcome.state) {
    case "done":
      return { ...base, changes: outcome.value.changes, ...warned(outcome.value.warnings) };
    case "failed": {
      const { error } = outcome;
      return { ...base, cause: messageOf(error), failures: failuresIn(error), ...warned(warningsIn(error)) };
    }
    case "skipped":
      return { ...base, cause: outcome.because };
  }
}

function warned(warnings: readonly Failure[] = []): Pick<StackReport, "warnings"> {
  return warnings.length > 0 ? { warnings } : {};
}

function centralOutputs(outcomes: ReadonlyMap<string, Outcome<StackResult>>): RolloutReport["outputs"] {
  const entries = [...outcomes].flatMap(([name, outcome]) =>
    outcome.state === "done" && !name.startsWith("member-") && Object.keys(outcome.value.outputs).length > 0
      ? [[name, outcome.value.outputs] as const]
      : [],
  );
  return Object.fromEntries(entries);
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
