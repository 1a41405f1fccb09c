import { replacementLines } from "./changesInWords";
import { failureInWords } from "./failure";
import { failuresIn, type ResourceEvent, type StackOperation, type StackResult } from "./stackEngine";
import type { Outcome } from "./tasks";

/** Where progress is written: standard error, a terminal or not. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const DOING: Record<string, string> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "replacing",
  "delete-replaced": "replacing",
  refresh: "reading",
  same: "checking",
};

/**
 * Shows how far a rollout is: a line for each stack that ended, and on a terminal one more that lives, with what is being
 * worked on. Elsewhere only the lines, so that a log stays readable.
 */
export class Progress {
  private readonly began = performance.now();
  private readonly running = new Map<string, { began: number; doing: string; resources: number }>();
  private ended = 0;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly total: number,
    private readonly operation: StackOperation,
    private readonly output: ProgressOutput = process.stderr,
  ) {
    if (output.isTTY) {
      this.timer = setInterval(() => this.draw(), 200);
      this.timer.unref();
    }
  }

  start(stack: string): void {
    this.running.set(stack, { began: performance.now(), doing: "starting", resources: 0 });
  }

  event(event: ResourceEvent): void {
    const state = this.running.get(event.stack);
    if (!state) return;
    if (event.phase === "end") state.resources += 1;
    else if (event.phase === "begin") {
      state.doing = `${DOING[event.op] ?? event.op} ${event.type.split(":").at(-1) ?? event.type}`;
    }
  }

  end(stack: string, outcome: Outcome<StackResult>): void {
    this.running.delete(stack);
    this.ended += 1;
    const width = String(this.total).length;
    const count = `[${String(this.ended).padStart(width)}/${this.total}]`;
    const text =
      outcome.state === "skipped"
        ? `skipped: ${outcome.because}`
        : `${resultOf(this.operation, outcome).padEnd(10)} ${changesInWords(outcome)}  ${outcome.seconds.toFixed(1)} s`;
    this.line(`${count} ${stack.padEnd(20)} ${text}`);
    if (outcome.state === "done" && this.operation !== "drift") {
      for (const line of replacementLines(outcome.value.resources ?? [])) {
        this.line(`${" ".repeat(count.length)}   ${line}`);
      }
    }
    if (outcome.state === "failed") {
      for (const failure of failuresIn(outcome.error)) {
        const lines = [...failureInWords(failure).split("\n"), ...(failure.remedy ? [`  ${failure.remedy}`] : [])];
        for (const line of lines) this.line(`${" ".repeat(count.length)}   ${line}`);
      }
    }
  }

  /** A line of its own, above the living one. */
  line(text: string): void {
    this.output.write(this.output.isTTY ? `\r\u001b[2K${text}\n` : `${text}\n`);
    this.draw();
  }

  /** Takes the living line away. */
  close(): void {
    clearInterval(this.timer);
    if (this.output.isTTY) this.output.write("\r\u001b[2K");
  }

  private draw(): void {
    if (!this.output.isTTY || this.running.size === 0) return;
    const now = performance.now();
    const stacks = [...this.running].map(([name, state]) => {
      const seconds = ((now - state.began) / 1000).toFixed(0);
      return `${name}: ${state.doing}, ${state.resources} done, ${seconds} s`;
    });
    const all = `${this.ended}/${this.total} · ${((now - this.began) / 1000).toFixed(0)} s · ${stacks.join(" · ")}`;
    const room = (this.output.columns ?? 80) - 1;
    this.output.write(`\r\u001b[2K${all.length > room ? `${all.slice(0, room - 1)}…` : all}`);
  }
}

/** What became of a stack, in one word. */
export function resultOf(operation: StackOperation, outcome: Outcome<StackResult>): string {
  if (outcome.state !== "done") return outcome.state;
  const { changes } = outcome.value;
  const changed = Object.entries(changes).some(([op, count]) => op !== "same" && op !== "read" && count > 0);
  if (operation === "destroy") return "destroyed";
  if (operation === "drift") return outcome.value.resources?.length ? "drifted" : "no drift";
  if (!changed) return "unchanged";
  if (operation === "preview") return "changes";
  if (operation === "refresh") return "refreshed";
  const onlyCreated = Object.keys(changes).every((op) => op === "create" || op === "same");
  return onlyCreated && !changes["same"] ? "created" : "updated";
}

function changesInWords(outcome: Outcome<StackResult>): string {
  if (outcome.state !== "done") return "";
  const entries = Object.entries(outcome.value.changes).filter(([, count]) => count > 0);
  return entries.length === 0 ? "nothing to do" : entries.map(([op, count]) => `${count} ${op}`).join(", ");
}
