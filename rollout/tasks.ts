/** Something to do after what it depends on is done. */
export interface Task<T> {
  name: string;
  /** Names of tasks; where one of them does not end well, this one is skipped. */
  dependsOn: readonly string[];
  /** Names of tasks to wait for, however they end. */
  after?: readonly string[];
  run: () => Promise<T>;
}

/** How a task ended. */
export type Outcome<T> =
  | { state: "done"; value: T; seconds: number }
  | { state: "failed"; error: unknown; seconds: number }
  | { state: "skipped"; because: string; seconds: 0 };

/** How {@link runTasks} works. */
export interface RunTasksOptions<T> {
  /** Tasks at the same time. */
  parallel: number;
  /** Aborted: nothing new is begun; what has not begun is skipped. */
  signal?: AbortSignal;
  /** How many of these tasks may fail: after one more, none of them is begun any more. Others are not affected. */
  tolerance?: { of: ReadonlySet<string>; failures: number; because: string };
  onStart?: (name: string) => void;
  onEnd?: (name: string, outcome: Outcome<T>) => void;
  /** Milliseconds of a clock. */
  now?: () => number;
}

/**
 * Runs tasks in the order of their dependencies. One failure never stops tasks that do not depend on it.
 *
 * @returns the outcome of every task, in the order given
 * @throws Error if a task depends on one that is not there, or on itself through others
 */
export async function runTasks<T>(
  tasks: readonly Task<T>[],
  options: RunTasksOptions<T>,
): Promise<Map<string, Outcome<T>>> {
  const now = options.now ?? (() => performance.now());
  const outcomes = new Map<string, Outcome<T>>();
  const running = new Map<string, Promise<void>>();
  let waiting = [...tasks];

  const end = (name: string, outcome: Outcome<T>): void => {
    outcomes.set(name, outcome);
    options.onEnd?.(name, outcome);
  };
  const start = (task: Task<T>): void => {
    options.onStart?.(task.name);
    const began = now();
    const seconds = (): number => (now() - began) / 1000;
    const ended = task.run().then(
      (value) => end(task.name, { state: "done", value, seconds: seconds() }),
      (error: unknown) => end(task.name, { state: "failed", error, seconds: seconds() }),
    );
    running.set(
      task.name,
      ended.finally(() => running.delete(task.name)),
    );
  };

  while (waiting.length > 0 || running.size > 0) {
    const ready: Task<T>[] = [];
    const blocked: Task<T>[] = [];
    let skipped = false;
    const tooManyFailed = exceeded(outcomes, options.tolerance);
    for (const task of waiting) {
      const given = tooManyFailed && options.tolerance?.of.has(task.name) ? options.tolerance.because : undefined;
      const because = skipReason(task, outcomes, options.signal) ?? given;
      if (because) {
        end(task.name, { state: "skipped", because, seconds: 0 });
        skipped = true;
      } else if ([...task.dependsOn, ...(task.after ?? [])].every((name) => outcomes.has(name))) {
        ready.push(task);
      } else {
        blocked.push(task);
      }
    }
    const free = Math.max(0, options.parallel - running.size);
    ready.slice(0, free).forEach(start);
    waiting = [...ready.slice(free), ...blocked];
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.length > 0 && !skipped) {
      throw new Error(
        `these tasks wait for each other, or for one that is not there: ${waiting.map((t) => t.name).join(", ")}`,
      );
    }
  }
  return new Map(tasks.flatMap(({ name }) => [[name, outcomes.get(name)] as [string, Outcome<T>]]));
}

function skipReason<T>(
  task: Task<T>,
  outcomes: ReadonlyMap<string, Outcome<T>>,
  signal: AbortSignal | undefined,
): string | undefined {
  const lost = task.dependsOn.find((name) => outcomes.has(name) && outcomes.get(name)?.state !== "done");
  if (lost !== undefined) {
    return `it needs ${lost}, which ${outcomes.get(lost)?.state === "failed" ? "failed" : "was skipped"}`;
  }
  return signal?.aborted ? "interrupted" : undefined;
}

/** Whether more tasks failed than may. */
function exceeded<T>(outcomes: ReadonlyMap<string, Outcome<T>>, tolerance: RunTasksOptions<T>["tolerance"]): boolean {
  if (!tolerance) return false;
  const failed = [...outcomes].filter(([name, { state }]) => state === "failed" && tolerance.of.has(name));
  return failed.length > tolerance.failures;
}
