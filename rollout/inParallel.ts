import { Gate } from "../runtime/gate";

/**
 * Does work for every item, a few at the same time; the results stand in the order of the items. After a failure or an
 * interruption nothing more is begun.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  places: number,
  signal: AbortSignal | undefined,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const gate = new Gate(places);
  const stop = new AbortController();
  return Promise.all(
    items.map((item) =>
      gate.run(async () => {
        signal?.throwIfAborted();
        stop.signal.throwIfAborted();
        try {
          return await work(item);
        } catch (error) {
          stop.abort(error);
          throw error;
        }
      }),
    ),
  );
}
