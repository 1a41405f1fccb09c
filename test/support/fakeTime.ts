import { setImmediate as turn } from "node:timers/promises";

import type { FakeAws } from "./fakeAws";
import type { FakeClock } from "./fakeClock";

/** Turns of the event loop without anything happening, after which nothing is taken to be under way. */
const QUIET_TURNS = 12;

/** A clock whose hands move to the next wake-up as soon as nobody has anything else to do. */
export interface FakeTime extends FakeClock {
  /** Time stands still while this service is asked. */
  watch(service: Pick<FakeAws, "busy" | "requests">): void;
}

/**
 * Time for many tasks at once that speak over real sockets: those that sleep wake in the order of their wake-ups, and nobody
 * waits for real. Chance is the same each time.
 *
 * @param start ISO 8601.
 */
export function fakeTime(start = "2026-11-23T03:00:00Z"): FakeTime {
  let now = Date.parse(start);
  let seed = 1;
  let running = false;
  let events = 0;
  const slept: number[] = [];
  const sleepers: { at: number; wake: () => void }[] = [];
  const services: Pick<FakeAws, "busy" | "requests">[] = [];

  const quiet = async (): Promise<void> => {
    for (let turns = 0, before = 0; turns < QUIET_TURNS; turns += 1) {
      await turn();
      const happened = services.reduce((sum, { requests }) => sum + requests.length, events);
      if (happened !== before || services.some(({ busy }) => busy() > 0) || filesAreBusy()) turns = 0;
      before = happened;
    }
  };

  const pass = async (): Promise<void> => {
    running = true;
    while (sleepers.length > 0) {
      await quiet();
      sleepers.sort((a, b) => a.at - b.at);
      const next = sleepers.shift();
      if (!next) break;
      now = Math.max(now, next.at);
      next.wake();
    }
    running = false;
  };

  return {
    slept,
    watch: (service) => services.push(service),
    now: () => now,
    random: () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    },
    sleep: (ms) => {
      slept.push(ms);
      events += 1;
      const sleeping = new Promise<void>((wake) => sleepers.push({ at: now + ms, wake }));
      if (!running) void pass();
      return sleeping;
    },
  };
}

/** Whether file operations are under way, which take turns of their own length. */
function filesAreBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith("FSReq"));
}
