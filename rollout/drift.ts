import type { MemberAccess } from "./members/memberAccess";
import { stackDocument } from "./members/memberDocument";
import { messageOf } from "./errors";
import { rollOut, type Orchestration } from "./orchestration";
import { changeLines } from "./engine/changesInWords";
import type { ResourceChange } from "./engine/stackEngine";

/** What of a stack is not as it was deployed. */
export interface StackDrift {
  /** `none`, `found`, or `unknown` where it could not be looked at. */
  state: "none" | "found" | "unknown";
  resources: ResourceChange[];
  /** Why it could not be looked at. */
  cause?: string;
}

/** Compares stacks with what is there, several at the same time. Neither the state nor anything in AWS is changed. */
export async function driftOf(
  context: Orchestration,
  access: MemberAccess,
  stacks: readonly string[],
): Promise<Map<string, StackDrift>> {
  if (stacks.length === 0) return new Map();
  const { outcomes } = await rollOut(
    context,
    "drift",
    stacks.map((stack) => ({
      stack,
      operation: "drift" as const,
      isNew: false,
      dependsOn: [],
      document: () => stackDocument(context.config, access, stack),
    })),
  );
  return new Map(
    [...outcomes].map(([stack, outcome]): [string, StackDrift] => {
      if (outcome.state === "failed") {
        return [stack, { state: "unknown", resources: [], cause: messageOf(outcome.error) }];
      }
      if (outcome.state === "skipped") return [stack, { state: "unknown", resources: [], cause: outcome.because }];
      const resources = outcome.value.resources ?? [];
      return [stack, { state: resources.length > 0 ? "found" : "none", resources }];
    }),
  );
}

/** Says what is not as it was deployed, and what to do. */
export function tellDrift(drifts: ReadonlyMap<string, StackDrift>, log: Orchestration["log"]): void {
  const found = [...drifts].filter(([, { state }]) => state === "found");
  for (const [stack, { resources }] of found) {
    log(`Drift in stack ${stack}:`);
    for (const resource of resources) changeLines(resource).forEach((line) => log(`  ${line}`));
  }
  const unknown = [...drifts].filter(([, { state }]) => state === "unknown");
  for (const [stack, { cause }] of unknown) log(`Whether ${stack} is as it was deployed is not known: ${cause}`);
  if (found.length > 0) {
    log(
      "Find out who changed it, then let the program put it back: refresh, then up. Or take it over into the settings",
    );
  } else if (drifts.size > 0 && unknown.length === 0) {
    log(`No drift: ${drifts.size === 1 ? "the stack is" : `${drifts.size} stacks are`} as deployed`);
  }
}
