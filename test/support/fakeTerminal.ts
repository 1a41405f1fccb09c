import type { ProgressOutput } from "../../rollout/progress/screen";

/** A terminal in memory, of the few things that a living block needs: it breaks long lines, scrolls, moves up and erases. */
export class FakeTerminal implements ProgressOutput {
  readonly isTTY = true;
  cursorShown = true;
  /** All that was written, escapes included. */
  written = "";
  private readonly scrolledAway: string[] = [];
  private lines: string[] = [""];
  private row = 0;
  private column = 0;

  constructor(
    public columns: number,
    public rows: number,
  ) {}

  write(text: string): boolean {
    this.written += text;
    // eslint-disable-next-line no-control-regex -- escapes are what it is about
    for (const [, escape, character] of text.matchAll(/\u001b\[([?\d]*[A-Za-z])|([\s\S])/gu)) {
      if (escape !== undefined) this.obey(escape);
      else this.put(character ?? "");
    }
    return true;
  }

  /** What a person sees now, and what scrolled away above it. */
  get text(): string {
    return [...this.scrolledAway, ...this.lines]
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** Lines on the screen. */
  get height(): number {
    return this.lines.length;
  }

  private put(character: string): void {
    if (character === "\n") return this.newLine();
    if (character === "\r") {
      this.column = 0;
      return;
    }
    if (this.column >= this.columns) this.newLine();
    const line = (this.lines[this.row] ?? "").padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
    this.column += 1;
  }

  private newLine(): void {
    this.column = 0;
    this.row += 1;
    if (this.row >= this.rows) {
      this.scrolledAway.push(this.lines.shift() ?? "");
      this.row -= 1;
    }
    this.lines[this.row] ??= "";
  }

  private obey(escape: string): void {
    const count = Number(escape.slice(0, -1) || "1");
    if (escape === "?25l") this.cursorShown = false;
    else if (escape === "?25h") this.cursorShown = true;
    else if (escape.startsWith("?2026")) return;
    else if (escape.endsWith("A")) this.row = Math.max(0, this.row - count);
    else if (escape === "K") this.lines[this.row] = (this.lines[this.row] ?? "").slice(0, this.column);
    else if (escape === "J") {
      this.lines[this.row] = (this.lines[this.row] ?? "").slice(0, this.column);
      this.lines = this.lines.slice(0, this.row + 1);
    } else throw new Error(`this terminal does not know ESC[${escape}`);
  }
}
