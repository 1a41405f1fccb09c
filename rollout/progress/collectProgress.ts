import { visibleLines } from "../../report/page/text";
import type { Log } from "../../runtime/log";
import { LivingLine } from "./livingLine";
import type { ProgressOutput } from "./progress";

/** Where lines are drawn, how often, and by which clock. */
export interface CollectProgressOptions {
  output?: ProgressOutput;
  /** Requests sent to AWS so far. */
  calls: () => number;
  /** Milliseconds, from any beginning. */
  now?: () => number;
}

/**
 * Shows how far a run on this machine is, from the events that it logs: on a terminal one line that lives, elsewhere a line
 * every ten seconds, so that a log stays readable.
 */
export class CollectProgress {
  private readonly counts = { collected: 0, missing: 0 };
  /** Known when the last page is listed; the first accounts are collected before. */
  private listed: number | undefined;
  private readonly output: ProgressOutput;
  private readonly now: () => number;
  private readonly began: number;
  private readonly living: LivingLine;

  constructor(private readonly options: CollectProgressOptions) {
    this.output = options.output ?? process.stderr;
    this.now = options.now ?? (() => performance.now());
    this.began = this.now();
    this.living = new LivingLine(() => this.text(), this.output);
  }

  /** Takes the events of the run. */
  readonly log: Log = ({ message, runId, listed }) => {
    switch (message) {
      case "accounts listed":
        this.listed = Number(listed);
        this.line(`Run ${runId ?? ""}: ${this.listed} accounts listed`);
        break;
      case "account collected":
        this.counts.collected += 1;
        break;
      case "account not collected":
        this.counts.missing += 1;
        break;
    }
  };

  /** A line of its own, above the living one. */
  line(text: string): void {
    const lines = visibleLines(text);
    this.output.write(this.output.isTTY ? `\r\u001b[2K${lines}\n` : `${lines}\n`);
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
    const { collected, missing } = this.counts;
    const seconds = ((this.now() - this.began) / 1000).toFixed(0);
    const listed = this.listed === undefined ? "listing accounts" : `${this.listed} listed`;
    const accounts = `${listed} · ${collected} collected · ${missing} missing`;
    return `${accounts} · ${this.options.calls()} calls · ${seconds} s`;
  }
}
