import type { Clock } from "../../runtime/clock";

/** A clock on which sleeping takes no time but moves the hands. */
export interface FakeClock extends Clock {
  /** Every sleep so far, in milliseconds. */
  slept: number[];
}

/** @param start ISO 8601. */
export function fakeClock(start = "2026-11-23T03:00:00Z", random = 0.5): FakeClock {
  let now = Date.parse(start);
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => random,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
