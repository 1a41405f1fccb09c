import type { Clock } from "./clock";
import { RunError } from "./errors";
import type { Gate } from "./gate";
import { withRetry } from "./retry";

/** One page of a list of Organizations. */
export interface Page<T> {
  items: T[] | undefined;
  /** Token of the next page, if there is one. */
  next: string | undefined;
}

/** Follows a list to its end, page by page: a page may be empty and yet not be the last. */
export async function* pages<T>(
  clock: Clock,
  fetch: (token: string | undefined) => Promise<Page<T>>,
  gate?: Gate,
): AsyncGenerator<T[], void, undefined> {
  let token: string | undefined;
  do {
    const page = await withRetry(() => (gate ? gate.run(() => fetch(token)) : fetch(token)), { clock });
    yield page.items ?? [];
    if (page.next !== undefined && page.next === token) {
      throw new RunError("RepeatedPage", "Organizations gives the same page token twice", "Run again");
    }
    token = page.next;
  } while (token);
}

/** All items of a list of Organizations. */
export async function allPages<T>(...args: Parameters<typeof pages<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages<T>(...args)) items.push(...page);
  return items;
}

/** A member of an answer that Organizations must give. */
export function required(value: string | undefined, problem: string): string {
  if (value) return value;
  throw new RunError(
    "IncompleteAnswer",
    problem,
    "Run again; if it stays so, the answer of Organizations is not understood",
  );
}
