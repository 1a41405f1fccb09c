import { visible } from "../../report/page/text";
import type { ProgressOutput } from "./progress";

/** How often a line is drawn again, on a terminal and elsewhere. */
export const TERMINAL_MS = 200;
export const LINES_MS = 10_000;

/** One line that says how far something is: it lives on a terminal, and comes every ten seconds elsewhere. */
export class LivingLine {
  private readonly timer: NodeJS.Timeout;

  /** @param text What to say now; empty for nothing. */
  constructor(
    private readonly text: () => string,
    private readonly output: ProgressOutput = process.stderr,
  ) {
    this.timer = setInterval(() => this.draw(), output.isTTY ? TERMINAL_MS : LINES_MS);
    this.timer.unref();
  }

  /** Draws the state now. */
  draw(): void {
    const text = `  ${visible(this.text())}`;
    if (text.trim() === "") return;
    if (!this.output.isTTY) return void this.output.write(`${text}\n`);
    const room = (this.output.columns ?? 80) - 1;
    this.output.write(`\r\u001b[2K${text.length > room ? `${text.slice(0, room - 1)}…` : text}`);
  }

  /** Takes the living line away. */
  close(): void {
    clearInterval(this.timer);
    if (this.output.isTTY) this.output.write("\r\u001b[2K");
  }
}
