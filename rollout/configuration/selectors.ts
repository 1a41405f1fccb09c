import { RunError } from "../../runtime/errors";
import { scopeRules } from "../../runtime/scope";

/**
 * What is wrong with the form of account selectors, in words, by the grammar of the collector itself. Whether an account, unit
 * or tag exists is known only when the organization is read.
 */
export function selectorsProblem(selectors: readonly string[]): string | undefined {
  try {
    scopeRules({ include: selectors, exclude: [] });
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error.message;
    throw error;
  }
}
