import { widthOf } from "./width";

/** Where progress is written: standard error, a terminal or not. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** The terminal shows what lies between as one; those that do not know it pass over it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";
const TO_END_OF_LINE = "\u001b[K";
const TO_END_OF_SCREEN = "\u001b[J";

/** Whether lines can be drawn over: a terminal that understands it, and nobody's log. */
export function isLiving(output: ProgressOutput, environment: NodeJS.ProcessEnv = process.env): boolean {
  return output.isTTY === true && environment["TERM"] !== "dumb" && !environment["CI"];
}

/**
 * A block of lines at the end of a terminal that is drawn over again and again, with ordinary lines above it that stay. Each change is one write, so
 * nothing flickers. The cursor is hidden meanwhile, and comes back however the process ends.
 */
export class Screen {
  /** The lines as they were drawn last. */
  private drawn: readonly string[] = [];
  private hidden = false;
  private readonly restore = (): void => void (this.hidden && this.output.write(SHOW_CURSOR));

  constructor(private readonly output: ProgressOutput) {}

  /** Room for the block; a line of the terminal is left to what stands above. */
  get room(): { columns: number; rows: number } {
    return { columns: Math.max(1, (this.output.columns || 80) - 1), rows: Math.max(1, (this.output.rows || 24) - 1) };
  }

  /** Draws the block anew, below lines that stay. Lines of the block are no wider than the terminal. */
  draw(block: readonly string[], above: readonly string[] = []): void {
    if (above.length === 0 && block.join("\n") === this.drawn.join("\n")) return;
    const lines = [...above, ...block].map((line) => line + TO_END_OF_LINE);
    const end = block.length === 0 && above.length > 0 ? "\n" : "";
    const hide = this.hidden ? "" : HIDE_CURSOR;
    if (!this.hidden) {
      this.hidden = true;
      process.once("exit", this.restore);
    }
    this.output.write(`${BEGIN_FRAME}${hide}${this.toStart()}${lines.join("\n")}${end}${TO_END_OF_SCREEN}${END_FRAME}`);
    this.drawn = block;
  }

  /** Takes the block away and gives the cursor back. */
  close(): void {
    if (!this.hidden) return;
    this.output.write(`${this.toStart()}${TO_END_OF_SCREEN}${SHOW_CURSOR}`);
    this.drawn = [];
    this.hidden = false;
    process.off("exit", this.restore);
  }

  /** Moves to where the block begins. A terminal that became narrower has broken its lines into several. */
  private toStart(): string {
    const columns = this.output.columns || 80;
    const height = this.drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    const up = Math.min(height, this.output.rows || 24) - 1;
    return up > 0 ? `\r\u001b[${up}A` : "\r";
  }
}
