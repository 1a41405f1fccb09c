import type { AwsClients } from "../../runtime/clients";
import type { Clock } from "../../runtime/clock";
import type { ObjectWriter, Store } from "../../runtime/store";

/** What of a run's surroundings reaches outside: calls, files and time. */
export interface Outside {
  clients: AwsClients;
  store: Store;
  clock: Clock;
}

/**
 * The same surroundings, with an end: once the signal is aborted nothing is asked of AWS, waited for or written any more,
 * objects that were begun are given up, and the run fails by itself before it has a manifest.
 */
export function interruptible({ clients, store, clock }: Outside, signal: AbortSignal): Outside {
  stopCalls(clients, signal);
  return { clients, store: stoppableStore(store, signal), clock: stoppableClock(clock, signal) };
}

function stopCalls(clients: AwsClients, signal: AbortSignal): void {
  // All clients send through this one.
  const handler = clients.sts.config.requestHandler;
  const send = handler.handle.bind(handler);
  handler.handle = async (...request) => {
    signal.throwIfAborted();
    return send(...request);
  };
  signal.addEventListener("abort", () => clients.destroy(), { once: true });
}

/** Sleeps by timers of its own, because one that goes on would keep the process. */
function stoppableClock(clock: Clock, signal: AbortSignal): Clock {
  const sleepers = new Set<() => void>();
  signal.addEventListener("abort", () => sleepers.forEach((stop) => stop()), { once: true });
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    sleep: (ms) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const stop = (): void => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        };
        const timer = setTimeout(() => {
          sleepers.delete(stop);
          resolve();
        }, ms);
        sleepers.add(stop);
      }),
  };
}

function stoppableStore(store: Store, signal: AbortSignal): Store {
  const unlessStopped = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return work();
  };
  const stoppableWriter = (writer: ObjectWriter): ObjectWriter => ({
    write: (bytes) => unlessStopped(() => writer.write(bytes)),
    close: () => unlessStopped(() => writer.close()),
    abort: () => writer.abort(),
  });
  return {
    place: store.place,
    remedy: store.remedy,
    put: (key, body, options) => unlessStopped(() => store.put(key, body, options)),
    replace: (key, body) => unlessStopped(() => store.replace(key, body)),
    open: async (key) => stoppableWriter(await unlessStopped(() => store.open(key))),
    runIds: (after) => unlessStopped(() => store.runIds(after)),
    manifest: (runId) => unlessStopped(() => store.manifest(runId)),
    read: (object) => unlessStopped(() => store.read(object)),
  };
}
