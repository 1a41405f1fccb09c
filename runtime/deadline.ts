import type { Clock } from "./clock";

/** Time to read back a row, to write it in every format, and to upload it, on the smallest function that makes sense. */
const MS_PER_ROW = 0.1;

/**
 * Until when a run asks. What it has collected by then it still has to consolidate, so every row that arrives brings the
 * end nearer.
 */
export class Deadline {
  private rows = 0;
  private stopped = false;

  /** @param endsAt Milliseconds since 1970; the end of asking for a run without rows. Infinity for none. */
  constructor(
    private readonly endsAt: number,
    private readonly clock: Clock,
  ) {}

  /** Milliseconds since 1970 after which no account is asked. */
  asksUntil(): number {
    return this.stopped ? 0 : this.endsAt - this.rows * MS_PER_ROW;
  }

  /** Whether accounts are still asked. */
  passed(): boolean {
    return this.clock.now() >= this.asksUntil();
  }

  /** Rows arrived that will have to be consolidated. */
  add(rows: number): void {
    this.rows += rows;
  }

  /** The run has failed: nobody is asked any more. */
  stop(): void {
    this.stopped = true;
  }
}
