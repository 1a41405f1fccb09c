/** Sizes and switches that a bench is given; each bench has its own sizes by default. */
export interface BenchOptions {
  accounts?: number;
  users?: number;
  latencyMs?: number;
  seed?: number;
  /** Calls under way at once. */
  concurrency?: number;
  /** Reports in generation at once that the collector asks for. */
  generating?: number;
  /** Folder for processor profiles. */
  profile?: string;
}

/** One bench: what it measured, as JSON, and whether each target was met. */
export type Bench = (options: BenchOptions, log: (line: string) => void) => Promise<BenchResult>;

/** What a bench found. */
export interface BenchResult {
  targets: Target[];
  [figure: string]: unknown;
}

/** A figure and the most that it may be. */
export interface Target {
  name: string;
  value: number;
  atMost: number;
  met: boolean;
}

/** Compares a figure with the most that it may be. */
export function target(name: string, value: number, atMost: number): Target {
  return { name, value: rounded(value), atMost, met: value <= atMost };
}

/** To three significant digits, or whole. */
export function rounded(value: number): number {
  return Number.isFinite(value)
    ? Number(value.toPrecision(Math.max(3, Math.trunc(Math.log10(Math.abs(value) + 1)) + 1)))
    : value;
}
