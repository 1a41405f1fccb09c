/**
 * Cuts a list into pieces of equal size, of which the last may be smaller.
 *
 * @param size The most items of a piece, at least 1.
 */
export function batchesOf<T>(items: readonly T[], size: number): T[][] {
  const whole = Math.max(1, Math.floor(size));
  return Array.from({ length: Math.ceil(items.length / whole) }, (_, n) => items.slice(n * whole, (n + 1) * whole));
}

/** What the runs' settings give to one batch, while others are asked at the same time. */
export interface BatchShare {
  /** Batches that are asked at the same time. */
  atOnce: number;
  /** Sessions begun in a second. */
  stsPerSecond: number;
  /** Reports that AWS may be making for the batch. */
  generating: number;
}

/**
 * Divides what a run may ask for by the batches that are asked at the same time.
 *
 * @param batchConcurrency The most batches at the same time.
 * @param batches Batches of the run.
 */
export function shareOf(
  settings: { stsPerSecond: number; generating: number; batchConcurrency: number },
  batches: number,
): BatchShare {
  const atOnce = Math.max(1, Math.min(settings.batchConcurrency, batches));
  return {
    atOnce,
    stsPerSecond: settings.stsPerSecond / atOnce,
    generating: Math.max(1, Math.floor(settings.generating / atOnce)),
  };
}
