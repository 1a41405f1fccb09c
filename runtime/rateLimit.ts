import type { Clock } from "./clock";

/** Lets things happen at most so often a second, after a first burst of one second's worth: a token bucket. */
export class RateLimit {
  private readonly intervalMs: number;
  /** When the bucket would be full again, if nothing more is taken; milliseconds since 1970. */
  private fullAt = 0;

  constructor(
    perSecond: number,
    private readonly clock: Clock,
  ) {
    this.intervalMs = 1000 / Math.max(perSecond, 0.001);
  }

  /** Takes a turn; resolves when it has come. Turns come in the order in which they were asked for. */
  async take(): Promise<void> {
    const now = this.clock.now();
    this.fullAt = Math.max(this.fullAt, now) + this.intervalMs;
    const wait = this.fullAt - now - Math.max(1000, this.intervalMs);
    if (wait > 0) await this.clock.sleep(wait);
  }
}
