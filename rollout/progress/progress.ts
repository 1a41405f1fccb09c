import { visibleLines } from "../../report/page/text";
import { replacementLines, resourceInWords } from "../engine/changesInWords";
import { failureInWords, type Failure } from "../engine/failure";
import { changesInWords, resultOf } from "./result";
import { isLiving, Screen, type ProgressOutput } from "./screen";
import { timeToGo, treeLines, type ResourceInHand, type RolloutView, type RunningStack } from "./tree";
import {
  failuresIn,
  warningsIn,
  type ResourceEvent,
  type StackOperation,
  type StackResult,
} from "../engine/stackEngine";
import type { Outcome } from "../tasks";

export { resultOf } from "./result";
export type { ProgressOutput } from "./screen";

/** How often the tree is drawn again. */
const DRAW_MS = 150;

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

interface Running extends Omit<RunningStack, "inHand"> {
  inHand: Map<string, ResourceInHand>;
}

/**
 * Shows how far a rollout is: a line for each stack that ended, and on a terminal below them a tree that lives, with what is being worked on.
 * Elsewhere only the lines, so that a log stays readable.
 */
export class Progress {
  private readonly began = performance.now();
  private readonly running = new Map<string, Running>();
  /** Seconds that members took which ended well: they are alike, and many. */
  private readonly took: number[] = [];
  private ended = 0;
  private failed = 0;
  private readonly screen: Screen | undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param parallel Stacks at the same time, for the time to go */
  constructor(
    private readonly total: number,
    private readonly operation: StackOperation,
    private readonly output: ProgressOutput = process.stderr,
    private readonly parallel = 1,
  ) {
    if (!isLiving(output)) return;
    this.screen = new Screen(output);
    this.timer = setInterval(() => this.draw(), DRAW_MS);
    this.timer.unref();
  }

  start(stack: string): void {
    this.running.set(stack, { name: stack, began: performance.now(), inHand: new Map(), done: 0, failed: 0 });
  }

  event({ stack, phase, op, type, name }: ResourceEvent): void {
    const state = this.running.get(stack);
    if (!state) return;
    const key = `${type} ${name}`;
    if (phase === "begin") {
      const doing = `${DOING[op] ?? op} ${resourceInWords({ type, name })}`;
      state.inHand.set(key, { doing, began: performance.now() });
      return;
    }
    state.inHand.delete(key);
    if (phase === "failed") state.failed += 1;
    else state.done += 1;
  }

  end(stack: string, outcome: Outcome<StackResult>): void {
    this.running.delete(stack);
    this.ended += 1;
    if (outcome.state === "failed") this.failed += 1;
    if (outcome.state === "done" && stack.startsWith("member-")) this.took.push(outcome.seconds);
    const width = String(this.total).length;
    const count = `[${String(this.ended).padStart(width)}/${this.total}]`;
    const text =
      outcome.state === "skipped"
        ? `skipped: ${outcome.because}`
        : `${resultOf(this.operation, outcome).padEnd(10)} ${changesInWords(outcome)}  ${outcome.seconds.toFixed(1)} s`;
    this.line(
      [
        `${count} ${stack.padEnd(20)} ${text}`,
        ...this.details(outcome).map((line) => `${" ".repeat(count.length)}   ${line}`),
      ].join("\n"),
    );
  }

  /** Lines of their own, above the tree. */
  line(text: string): void {
    const lines = visibleLines(text);
    if (this.screen) this.screen.draw(this.tree(), lines.split("\n"));
    else this.output.write(`${lines}\n`);
  }

  /** Takes the tree away. */
  close(): void {
    clearInterval(this.timer);
    this.screen?.close();
  }

  /** What was replaced and why, or what failed or is advised and what to do. */
  private details(outcome: Outcome<StackResult>): string[] {
    if (outcome.state === "done") {
      const { resources = [], warnings = [] } = outcome.value;
      return [...(this.operation === "drift" ? [] : replacementLines(resources)), ...warnings.flatMap(warningLines)];
    }
    if (outcome.state !== "failed") return [];
    return [...failuresIn(outcome.error).flatMap(failureLines), ...warningsIn(outcome.error).flatMap(warningLines)];
  }

  private draw(): void {
    this.screen?.draw(this.tree());
  }

  private tree(): string[] {
    if (!this.screen || this.running.size === 0) return [];
    const remaining = this.total - this.ended;
    const toGo = timeToGo(this.took, remaining, Math.min(this.parallel, remaining));
    const view: RolloutView = {
      operation: this.operation,
      began: this.began,
      total: this.total,
      ended: this.ended,
      failed: this.failed,
      running: [...this.running.values()].map((stack) => ({ ...stack, inHand: [...stack.inHand.values()] })),
      ...(toGo !== undefined && { toGo }),
    };
    return treeLines(view, performance.now(), this.screen.room);
  }
}

function failureLines(failure: Failure): string[] {
  return [...failureInWords(failure).split("\n"), ...(failure.remedy === undefined ? [] : [`  ${failure.remedy}`])];
}

function warningLines(warning: Failure): string[] {
  const [first = "", ...others] = failureLines(warning);
  return [`warning: ${first}`, ...others];
}
