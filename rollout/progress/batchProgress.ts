import { LivingLine } from "./livingLine";
import type { ProgressOutput } from "./progress";

/** How far the batches of a run are. */
export interface BatchCounts {
  total: number;
  succeeded: number;
  running: number;
  /** Failed, stopped, or out of time. */
  failed: number;
}

/** Shows how far a run in batches is: on a terminal one line that lives, elsewhere a line every ten seconds. */
export class BatchProgress {
  private counts: BatchCounts | undefined;
  private readonly now: () => number;
  private readonly began: number;
  private readonly living: LivingLine;

  constructor({ output, now }: { output?: ProgressOutput; now?: () => number } = {}) {
    this.now = now ?? (() => performance.now());
    this.began = this.now();
    this.living = new LivingLine(() => this.text(), output);
  }

  /** Takes what is known now; nothing is before the accounts are listed. */
  update(counts: BatchCounts | undefined): void {
    this.counts = counts;
  }

  /** Draws the state now. */
  draw(): void {
    this.living.draw();
  }

  /** Takes the living line away. */
  close(): void {
    this.living.close();
  }

  private text(): string {
    const seconds = `${((this.now() - this.began) / 1000).toFixed(0)} s`;
    if (!this.counts) return `listing accounts · ${seconds}`;
    const { total, succeeded, running, failed } = this.counts;
    const finishing = succeeded + failed === total && running === 0 ? " · finishing" : "";
    const lost = failed > 0 ? ` · ${failed} failed` : "";
    return `${succeeded} of ${total} batches done · ${running} running${lost}${finishing} · ${seconds}`;
  }
}
