import { rounded } from "./options";

/**
 * List prices in USD of us-east-1, as AWS published them in 2026; free tiers are left out, and other Regions differ by up to a third.
 *
 * Sources: the pricing pages of each service, https://aws.amazon.com/pricing/
 */
export const PRICES = {
  /** A GiB-second of a function on arm64. */
  lambdaGiBSecond: 0.0000133334,
  lambdaInvocation: 0.2 / 1e6,
  /** A transition of a standard workflow of Step Functions. */
  stateTransition: 0.025 / 1e3,
  /** PUT, COPY, POST and LIST. */
  s3Write: 0.005 / 1e3,
  /** GET, and all that is neither of these. */
  s3Read: 0.0004 / 1e3,
  s3GiBMonth: 0.023,
  kmsRequest: 0.03 / 1e4,
  kmsKeyMonth: 1,
  logsGiB: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
} as const;

/** What a run uses that is paid for. */
export interface Usage {
  invocations: number;
  /** Seconds of all invocations together. */
  functionSeconds: number;
  /** Memory of the function in GiB. */
  memoryGiB: number;
  transitions: number;
  s3Writes: number;
  s3Reads: number;
  logBytes: number;
  /** Bytes that a run adds to the bucket. */
  storedBytes: number;
}

/** What a run costs in USD, part by part. */
export interface RunCost {
  function: number;
  transitions: number;
  s3Requests: number;
  /** At most: as if every request to S3 asked KMS. With the bucket key, few do. */
  kmsAtMost: number;
  logs: number;
  /** One month of what the run stored. */
  storageMonth: number;
  total: number;
}

const GIB = 2 ** 30;

function roundedAll(cost: RunCost): RunCost {
  const parts = Object.entries(cost) as [keyof RunCost, number][];
  return Object.fromEntries(parts.map(([part, usd]) => [part, rounded(usd)])) as unknown as RunCost;
}

/** Prices what a run uses. */
export function costOf(usage: Usage): RunCost {
  const parts = {
    function:
      usage.functionSeconds * usage.memoryGiB * PRICES.lambdaGiBSecond + usage.invocations * PRICES.lambdaInvocation,
    transitions: usage.transitions * PRICES.stateTransition,
    s3Requests: usage.s3Writes * PRICES.s3Write + usage.s3Reads * PRICES.s3Read,
    kmsAtMost: (usage.s3Writes + usage.s3Reads) * PRICES.kmsRequest,
    logs: (usage.logBytes / GIB) * PRICES.logsGiB,
    storageMonth: (usage.storedBytes / GIB) * PRICES.s3GiBMonth,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return roundedAll({ ...parts, total });
}
