import type { Clock } from "./clock";

/** What the manifest and the summary call an account that there was no time for. */
export const UNREACHED = "RunDeadline";

/** Time to read back a row, to write it in every format, and to upload it, on the smallest function that makes sense. */
export const CONSOLIDATION_MS_PER_ROW = 0.1;

/** Time to read a stored row back and to compare it, or to put it on the page, on the same function. */
export const MS_PER_ROW_READ = 0.1;

/** Time that a row takes again where the run's report is delivered: for the page, and twice to compare the run before. */
export const DELIVERY_MS_PER_ROW = 3 * MS_PER_ROW_READ;

/** Time that a row takes again where the run is compared with the one before, whose rows are about as many. */
export const COMPARISON_MS_PER_ROW = 2 * MS_PER_ROW_READ;

/**
 * Until when a run asks. What it has collected by then it still has to consolidate, so every row that arrives brings the
 * end nearer.
 */
export class Deadline {
  private rows = 0;
  private stopped = false;

  /**
   * @param endsAt Milliseconds since 1970; the end of asking for a run without rows. Infinity for none.
   * @param msPerRow Milliseconds that each row takes after the asking, in the same process.
   */
  constructor(
    private readonly endsAt: number,
    private readonly clock: Clock,
    private readonly msPerRow = CONSOLIDATION_MS_PER_ROW,
  ) {}

  /** Milliseconds since 1970 after which no account is asked. */
  asksUntil(): number {
    return this.stopped ? 0 : this.endsAt - this.rows * this.msPerRow;
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
