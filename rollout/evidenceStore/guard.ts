import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { confirmObjectLock } from "../confirm";
import { RolloutError } from "../errors";
import type { Orchestration } from "../orchestration";
import type { StackSummary } from "../engine/stackEngine";
import { writeWorkFolder } from "../configuration/stackFiles";
import { without } from "../engine/stackState";
import {
  deployedStore,
  EVIDENCE_STACKS,
  explanation,
  lacksNewName,
  storeChanges,
  storeResources,
  type EvidenceStates,
} from "./changes";
import { isIrrevocable, lockPlan, lockWarning, type LockPlan } from "./objectLock";

type GuardContext = Pick<Orchestration, "config" | "engine" | "log" | "projectDir" | "workRoot">;

/** What a deployment would do to the store of the evidence. */
export interface StoreCheck {
  /** Key or bucket would be others. */
  changed: boolean;
  /** What that means, in lines; empty where nothing changes. */
  lines: string[];
  states: EvidenceStates;
  /** What is done to the lock of the bucket; undefined where nothing is. */
  lock: LockPlan | undefined;
}

/** Compares the key and the bucket that hold the evidence with the configuration. It reads two states, and asks nothing of AWS. */
export async function checkStore(context: GuardContext, existing: readonly StackSummary[]): Promise<StoreCheck> {
  const deployed = EVIDENCE_STACKS.filter((stack) =>
    existing.some(({ name, resourceCount }) => name === stack && resourceCount),
  );
  const read = await Promise.all(
    deployed.map(
      async (stack) => [stack, await context.engine.exportState(workFolder(context, stack), stack)] as const,
    ),
  );
  const states: EvidenceStates = Object.fromEntries(read);
  const changes = storeChanges(states, context.config);
  const store = deployedStore(states);
  const newBucket = changes.some(({ what }) => what === "bucket");
  return {
    changed: changes.length > 0,
    lines: changes.length > 0 ? explanation(changes, store) : [],
    states,
    lock: lockPlan(context.config, newBucket ? undefined : store.lock),
  };
}

/** @throws RolloutError that explains what would be replaced, and how to go on either way */
export function refuseReplacement({ changed, lines }: StoreCheck): void {
  if (!changed) return;
  throw new RolloutError(
    `Nothing was deployed, since evidence would be kept elsewhere than until now:\n${lines.join("\n")}\n` +
      "To go on with the store that there is, set the values back. To begin a new one, read docs/rollout.md " +
      "(Replacing the evidence store), then run: up --replace-evidence-store",
  );
}

/**
 * Says plainly what a lock means before it is made; one that nobody can undo has to be accepted.
 *
 * @param accepted It was, on the command line.
 * @throws RolloutError if it is not
 */
export async function acceptLock(
  { log }: Pick<GuardContext, "log">,
  { lock }: StoreCheck,
  accepted: boolean,
): Promise<void> {
  if (!lock) return;
  lockWarning(lock).forEach((line) => log(line));
  if (isIrrevocable(lock) && !accepted) await confirmObjectLock();
}

/**
 * Takes the store out of the stacks, so that the deployment that follows makes a new one. In AWS nothing changes by this: bucket and key stay with
 * their policies. The states as they were are kept beside the work folders.
 */
export async function releaseStore(context: GuardContext, { changed, lines, states }: StoreCheck): Promise<void> {
  if (!changed) {
    context.log(
      "Nothing of the evidence's store is to be replaced: names, Regions and accounts are as they are deployed",
    );
    return;
  }
  const changes = storeChanges(states, context.config);
  if (lacksNewName(changes)) {
    throw new RolloutError(
      `Nothing was deployed: the old bucket stays, so the new one needs another name than ${context.config.bucketName}. Set bucketName in ` +
        "Pulumi.security.yaml, Pulumi.logarchive.yaml and Pulumi.management.yaml, or set objectLockMode back",
    );
  }
  const released = storeResources(states, changes);
  context.log(`A new store is made for the evidence:\n${lines.join("\n")}`);
  for (const stack of EVIDENCE_STACKS) {
    const state = states[stack];
    if (!state || released[stack].size === 0) continue;
    const before = unusedFile(path.join(context.workRoot, "states-before-replacement"), stack);
    writeFileSync(before, JSON.stringify(state, null, 2), { mode: 0o600 });
    const after = `${before}.new`;
    writeFileSync(after, JSON.stringify(without(state, released[stack])), { mode: 0o600 });
    await context.engine.importState(workFolder(context, stack), stack, after).finally(() => rmSync(after));
    const count = released[stack].size;
    context.log(
      `  ${count} resource${count === 1 ? "" : "s"} left stack ${stack}; its state as it was: ${before} ` +
        `(pulumi stack import -s ${stack} --file … puts it back)`,
    );
  }
}

function workFolder({ workRoot, projectDir, config }: GuardContext, stack: (typeof EVIDENCE_STACKS)[number]): string {
  return writeWorkFolder(workRoot, projectDir, stack, config[stack].file.document);
}

/** A state that was kept is never overwritten. */
function unusedFile(folder: string, stack: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let count = 1; ; count++) {
    const file = path.join(folder, `${stack}-${count}.json`);
    if (!existsSync(file)) return file;
  }
}
