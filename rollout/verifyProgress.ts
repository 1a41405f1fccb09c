import type { ProgressOutput } from "./progress";

/** What has been read so far. */
export interface VerifyCounts {
  manifests: number;
  objects: number;
  bytes: number;
}

const TERMINAL_MS = 200;
const LINES_MS = 10_000;

/** Shows how far a verification is: on a terminal one line that lives, elsewhere a line every ten seconds. */
export class VerifyProgress {
  private counts: VerifyCounts = { manifests: 0, objects: 0, bytes: 0 };
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly output: ProgressOutput = process.stderr) {
    this.timer = setInterval(() => this.draw(), output.isTTY ? TERMINAL_MS : LINES_MS);
    this.timer.unref();
  }

  update(counts: VerifyCounts): void {
    this.counts = { ...counts };
  }

  /** Draws the state now. */
  draw(): void {
    const { manifests, objects, bytes } = this.counts;
    const text = `  ${manifests} manifests · ${objects} objects · ${(bytes / 1024 / 1024).toFixed(1)} MiB`;
    this.output.write(this.output.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  /** Takes the living line away. */
  close(): void {
    clearInterval(this.timer);
    if (this.output.isTTY) this.output.write("\r\u001b[2K");
  }
}
