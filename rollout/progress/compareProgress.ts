import { grouped } from "../../report/page/text";
import { LINES_MS, TERMINAL_MS } from "./livingLine";
import type { ProgressOutput } from "./progress";

/** Rows between two looks at the clock. */
const ROWS = 1000;

/**
 * Shows how far a comparison is: on a terminal one line that lives, elsewhere a line every ten seconds. It draws when it is told
 * something: a comparison leaves no timer its turn.
 */
export class CompareProgress {
  private rows = 0;
  private drawnAt: number;

  constructor(
    private readonly output: ProgressOutput = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.drawnAt = now();
  }

  /** Begins to read a run. */
  reading(what: string): void {
    if (this.output.isTTY) this.draw(`reading ${what}`);
  }

  /** A row was compared; `all` rows there are. */
  row(all: number): void {
    this.rows += 1;
    if (this.rows % ROWS !== 0 || this.now() - this.drawnAt < (this.output.isTTY ? TERMINAL_MS : LINES_MS)) return;
    this.draw(`${grouped(this.rows)} of ${grouped(all)} rows compared`);
  }

  /** Takes the living line away. */
  close(): void {
    if (this.output.isTTY) this.output.write("\r\u001b[2K");
  }

  private draw(text: string): void {
    this.output.write(this.output.isTTY ? `\r\u001b[2K  ${text}` : `  ${text}\n`);
    this.drawnAt = this.now();
  }
}
