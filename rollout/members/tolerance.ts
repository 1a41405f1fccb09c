/** How many of the member stacks may fail before no other is begun. */
export type Tolerance = { count: number } | { percent: number };

/** Reads `5` or `10%`; undefined for anything else. */
export function readTolerance(text: string): Tolerance | undefined {
  const [, digits, percent] = /^(\d{1,6})(%?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (!percent) return { count: number };
  return number <= 100 ? { percent: number } : undefined;
}

/** The tolerance for tasks of these names, as `runTasks` takes it; a percentage is rounded down. */
export function toleranceFor(
  tolerance: Tolerance,
  stacks: readonly string[],
): { of: ReadonlySet<string>; failures: number; because: string } {
  const failures = "count" in tolerance ? tolerance.count : Math.floor((stacks.length * tolerance.percent) / 100);
  const because = `more than ${failures} of ${stacks.length} member stacks failed, which --tolerate allows`;
  return { of: new Set(stacks), failures, because };
}
