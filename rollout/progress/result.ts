import type { StackOperation, StackResult } from "../engine/stackEngine";
import type { Outcome } from "../tasks";

/** What became of a stack, in one word. */
export function resultOf(operation: StackOperation, outcome: Outcome<StackResult>): string {
  if (outcome.state !== "done") return outcome.state;
  const { changes } = outcome.value;
  const changed = Object.entries(changes).some(([op, count]) => op !== "same" && op !== "read" && count > 0);
  if (operation === "destroy") return "destroyed";
  if (operation === "drift") return outcome.value.resources?.length ? "drifted" : "no drift";
  if (!changed) return "unchanged";
  if (operation === "preview") return "changes";
  if (operation === "refresh") return "refreshed";
  const onlyCreated = Object.keys(changes).every((op) => op === "create" || op === "same");
  return onlyCreated && !changes["same"] ? "created" : "updated";
}

/** "3 create, 1 same" */
export function changesInWords(outcome: Outcome<StackResult>): string {
  if (outcome.state !== "done") return "";
  const entries = Object.entries(outcome.value.changes).filter(([, count]) => count > 0);
  return entries.length === 0 ? "nothing to do" : entries.map(([op, count]) => `${count} ${op}`).join(", ");
}
