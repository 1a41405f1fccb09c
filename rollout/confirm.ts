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
  if (!(await saysYes(question))) throw new RolloutError("Nothing was destroyed");
}

/**
 * Asks on the terminal before a lock is made that nobody can undo; without a terminal it needs a word.
 *
 * @throws RolloutError if the answer is not yes
 */
export async function confirmObjectLock(): Promise<void> {
  const remedy =
    "To go on, add --accept-object-lock to say that you mean it; else set objectLockMode to governance or none";
  if (!process.stdin.isTTY) {
    throw new RolloutError(`Nothing was deployed: a lock in compliance mode cannot be undone by anybody. ${remedy}`);
  }
  if (await saysYes("No one can undo this lock. Type yes to go on: ")) return;
  throw new RolloutError("Nothing was deployed");
}

async function saysYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)) === "yes";
  } finally {
    terminal.close();
  }
}
