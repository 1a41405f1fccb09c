import { createInterface } from "node:readline/promises";
import { RolloutError } from "./errors";

/**
 * Asks on the terminal before stacks are removed; without a terminal only the loss of evidence needs a word.
 *
 * @throws RolloutError if the answer is not yes
 */
export async function confirmDestroy(deleteEvidence: boolean, membersOnly = false): Promise<void> {
  if (!process.stdin.isTTY) {
    if (!deleteEvidence) return;
    throw new RolloutError("--delete-evidence deletes every report ever collected: add --yes to say that you mean it");
  }
  const question = deleteEvidence
    ? "This deletes the collector, the member roles, and the bucket and key WITH ALL EVIDENCE. Type yes to go on: "
    : membersOnly
      ? "This deletes the member roles that have stacks of their own; all else is kept. Type yes to go on: "
      : "This deletes the collector and the member roles; bucket and key are kept. Type yes to go on: ";
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if ((await terminal.question(question)) !== "yes") throw new RolloutError("Nothing was destroyed");
  } finally {
    terminal.close();
  }
}
