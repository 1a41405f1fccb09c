import type { Clock } from "./clock";
import { MS_PER_ROW_READ } from "./deadline";

/** Time and memory that are left for what comes after the evidence. */
export interface Means {
  clock: Clock;
  /** Milliseconds since 1970 by which all has to be done: what takes longer is left out, and named. */
  endsAt: number;
  /** Memory of the process; what takes more is left out, and named: who runs out of it cannot say so any more. */
  memoryMiB: number;
}

/**
 * Memory that reading the evidence back takes, twice what it took when it was measured: whatever there are of rows, for a row of this
 * run, and for one of the run before.
 */
const MEMORY_MIB = { base: 200, row: 2 / 1024, rowBefore: 1 / 1024 };

/**
 * Passes if rows can be read, and time is left afterwards.
 *
 * @param what It is for, as in `to make the page`.
 * @param rows Rows of this run that are in memory; `read` says how many are read, this run's and others.
 * @throws if time or memory is too short.
 */
export function requireMeans(
  { clock, endsAt, memoryMiB }: Means,
  what: string,
  {
    rows,
    rowsBefore = 0,
    read,
    leaveMs,
  }: { rows: number; rowsBefore?: number | undefined; read: number; leaveMs: number },
): void {
  if (clock.now() + read * MS_PER_ROW_READ + leaveMs > endsAt) {
    throw new Error(`there was no time left ${what}; give the function more time or memory`);
  }
  const needed = Math.ceil(MEMORY_MIB.base + rows * MEMORY_MIB.row + rowsBefore * MEMORY_MIB.rowBefore);
  if (needed > memoryMiB) {
    throw new Error(`there is too little memory ${what}; give the function ${needed} MiB`);
  }
}
