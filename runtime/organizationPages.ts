import type { Clock } from "./clock";
import { limited } from "../report/formats/findingText";
import { visible } from "../report/page/text";
import { RunError } from "./errors";
import type { Gate } from "./gate";
import { withRetry } from "./retry";

/** One page of a list of Organizations. */
export interface Page<T> {
  items: T[] | undefined;
  /** Token of the next page, if there is one. */
  next: string | undefined;
}

/**
 * The longest list that is followed. An organization of 50,000 accounts has 2,500 pages of 20; whatever is longer does not end.
 */
const MOST_PAGES = 20_000;

/**
 * Follows a list to its end, page by page: a page may be empty and yet not be the last.
 *
 * @throws {RunError} for a list that comes back to a page that was there, or does not end.
 */
export async function* pages<T>(
  clock: Clock,
  fetch: (token: string | undefined) => Promise<Page<T>>,
  gate?: Gate,
): AsyncGenerator<T[], void, undefined> {
  let token: string | undefined;
  const tokens = new Set<string>();
  do {
    const page = await withRetry(() => (gate ? gate.run(() => fetch(token)) : fetch(token)), { clock });
    yield page.items ?? [];
    token = page.next;
    if (!token) return;
    if (tokens.has(token)) {
      throw new RunError("RepeatedPage", "Organizations gives the same page token twice", "Run again");
    }
    if (tokens.add(token).size > MOST_PAGES) {
      const many = `Organizations gives more than ${MOST_PAGES} pages of one list`;
      throw new RunError(
        "TooManyPages",
        many,
        "Run again; if it stays so, the answers of Organizations are not understood",
      );
    }
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

/**
 * A name as Organizations or IAM gives it. Half a character (a lone surrogate, which JSON can hold and UTF-8 cannot) becomes U+FFFD at once,
 * so that the name is the same in every object of the run.
 */
export function nameOf(text: string | undefined): string {
  return (text ?? "").toWellFormed();
}

/** Text of others, for a message: on one line, and not too long. */
export function shown(text: string): string {
  return limited(visible(text), 100);
}
