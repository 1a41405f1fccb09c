import type { Clock } from "./clock";

/** Lets things happen at most so often a second, after a first burst: a token bucket. */
export class RateLimit {
  private readonly intervalMs: number;
  /** When the bucket would be full again, if nothing more is taken; milliseconds since 1970. */
  private fullAt = 0;

  /** @param burstMs The first burst, in milliseconds that it is worth; at least one may always happen at once. */
  constructor(
    perSecond: number,
    private readonly clock: Clock,
    private readonly burstMs = 1000,
  ) {
    this.intervalMs = 1000 / Math.max(perSecond, 0.001);
  }

  /** Takes a turn; resolves when it has come. Turns come in the order in which they were asked for. */
  async take(): Promise<void> {
    const now = this.clock.now();
    this.fullAt = Math.max(this.fullAt, now) + this.intervalMs;
    const wait = this.fullAt - now - Math.max(this.burstMs, this.intervalMs);
    if (wait > 0) await this.clock.sleep(wait);
  }
}
