import fc from "fast-check";

/** What is fuzzed: inputs, and what has to hold for each of them. */
export interface FuzzTarget {
  name: string;
  /** Inputs that the tests try; the command tries as many as its time allows. */
  runs: number;
  /** Tries inputs, the same for the same seed. */
  try(parameters: fc.Parameters<unknown>): Promise<fc.RunDetails<unknown>>;
}

/**
 * Makes a target.
 *
 * @param check Throws, or rejects, where something does not hold.
 */
export function target<T>(
  name: string,
  runs: number,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => {
    await check(input);
    if (Object.keys(Object.prototype).length > 0) throw new Error("every object has got a member more");
  });
  return { name, runs, try: (parameters) => Promise.resolve(fc.check(property as never, parameters)) };
}

/** What a parser gives; undefined where it refuses its input by an error of these kinds, and no other. */
export function unlessRefused<T>(
  parse: () => T,
  ...kinds: (abstract new (...args: never[]) => Error)[]
): T | undefined {
  try {
    return parse();
  } catch (error) {
    const kind = kinds.find((kind) => error instanceof kind);
    if (kind === undefined) throw error;
    const { message } = error as Error;
    if (message === "" || message.length > 5000)
      throw new Error(`a message of ${message.length} characters`, { cause: error });
    return undefined;
  }
}

/** Characters that a terminal, a mailbox or a log must not get from others; ends of lines apart. */
const UNSHOWN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** Throws where lines hold what has no shape, or turns the direction of reading. */
export function mustBePlain(...lines: readonly string[]): void {
  const wrong = lines.find((line) => UNSHOWN.test(line));
  if (wrong !== undefined) throw new Error(`not plain: ${JSON.stringify(wrong.slice(0, 200))}`);
}
