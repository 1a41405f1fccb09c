import { departedStacks } from "../members/departed";
import { driftOf, tellDrift, type StackDrift } from "../drift";
import { hasOwnStack, listMembers } from "../members/members";
import type { Orchestration } from "../orchestration";
import { isByStackSet, memberStack } from "../configuration/settings";
import type { StackSummary } from "../engine/stackEngine";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import type { StackSetReport } from "../stackSet/follow";
import { memberRolesNow } from "../stackSet/memberRoles";
import { engineStatus, type EngineStatus } from "./engineStatus";
import { deployedCode, type DeployedCode } from "./deployedCode";
import { knownStacks } from "./existing";

/** A stack that is, should be, or should no longer be. */
export interface StackStatus {
  /**
   * `deployed`, `missing` (run up), `updating`, `left`: its account is no member any more, or `kept`: its account is not active and
   * cannot be entered; it may come back.
   */
  state: "deployed" | "missing" | "updating" | "left" | "kept";
  lastUpdate?: string;
  resources?: number;
  /** What is not as it was deployed; absent where nobody looked. */
  drift?: StackDrift;
}

/** What `status` answers. */
export interface StatusReport {
  command: "status";
  /** Every stack that should be is deployed and as it was deployed, the code too, none is left over, and no account of the StackSet failed. */
  ok: boolean;
  /** Which stacks were compared with what is there: the three central ones, all, or none. */
  comparedForDrift: DriftScope;
  stacks: Record<string, StackStatus>;
  /** What drives the collector. */
  collector: EngineStatus;
  /** Whether the collector's function runs the code that was deployed, where it is deployed. */
  code?: DeployedCode;
  /** With memberRoles stackset: the accounts that the StackSet failed in. */
  memberRoles?: StackSetReport;
}

/** Stacks that are compared with what is there. Reading a member stack takes as long as deploying it unchanged. */
export type DriftScope = "central" | "all" | "none";

/**
 * Compares what is deployed with what the organization asks for now, and with what is there.
 *
 * @param options.drift Which stacks to compare with what is there; the three central ones by default
 */
export async function status(
  context: Orchestration,
  { drift: scope = "central" }: { drift?: DriftScope } = {},
): Promise<StatusReport> {
  const [existing, members] = await Promise.all([knownStacks(context), listMembers(context)]);
  const byStackSet = isByStackSet(context.config.management.settings);
  const ofMembers = members.accounts
    .map(({ accountId }) => accountId)
    .filter((accountId) => hasOwnStack(context.config.management.settings, accountId));
  const wanted = [...CENTRAL_STACKS, ...ofMembers.map(memberStack)];
  const kept = departedStacks(existing, members).closing.map(({ stack }) => stack.name);
  const stacks = stackStates(wanted, existing, kept);
  for (const [name, { state, lastUpdate, resources }] of Object.entries(stacks)) {
    const detail = state === "missing" ? "" : `${resources ?? 0} resources, ${lastUpdate ?? "never deployed"}`;
    context.log(`${name.padEnd(20)} ${state.padEnd(9)} ${detail}`.trimEnd());
  }
  const isDeployed = stacks["management"]?.state === "deployed";
  const collector = await engineStatus(context, isDeployed);
  const code = isDeployed ? await deployedCode(context) : undefined;
  const made = byStackSet && isDeployed;
  const memberRoles = made ? await memberRolesNow(context, members) : undefined;
  const compared = Object.entries(stacks).filter(
    ([name, { state }]) => state === "deployed" && (scope === "all" || (scope === "central" && isCentral(name))),
  );
  const drifts = await driftOf(
    context,
    members,
    compared.map(([name]) => name),
  );
  for (const [name, drift] of drifts) stacks[name] = { ...stacks[name], state: "deployed", drift };
  tellDrift(drifts, context.log);
  const notCompared = Object.values(stacks).filter(({ state, drift }) => state === "deployed" && !drift).length;
  if (notCompared > 0) {
    context.log(
      `Not compared with what is there: ${notCompared} stacks${scope === "central" ? " (status --drift does)" : ""}`,
    );
  }
  const settled = Object.values(stacks).every(({ state }) => state === "deployed" || state === "kept");
  const inPlace = settled && (memberRoles?.ok ?? true);
  const ok = inPlace && code?.state !== "changed" && [...drifts.values()].every(({ state }) => state === "none");
  if (!inPlace) context.log("Not everything is deployed as it should be: run up");
  else context.log(ok ? "Everything is deployed" : "Everything is deployed, and not everything as it was deployed");
  return {
    command: "status",
    ok,
    comparedForDrift: scope,
    stacks,
    collector,
    ...(code && { code }),
    ...(memberRoles && { memberRoles }),
  };
}

function isCentral(name: string): boolean {
  return CENTRAL_STACKS.some((central) => central === name);
}

/** The state of every stack that is wanted or there. */
export function stackStates(
  wanted: readonly string[],
  existing: readonly StackSummary[],
  kept: readonly string[] = [],
): Record<string, StackStatus> {
  const found = new Map(existing.map((stack) => [stack.name, stack]));
  const left = existing.map(({ name }) => name).filter((name) => !wanted.includes(name));
  return Object.fromEntries(
    [...wanted, ...left].map((name): [string, StackStatus] => {
      const stack = found.get(name);
      if (!stack || !stack.resourceCount) return [name, { state: "missing" }];
      const there = wanted.includes(name) ? "deployed" : kept.includes(name) ? "kept" : "left";
      const state = stack.updateInProgress ? "updating" : there;
      return [name, { state, lastUpdate: stack.lastUpdate, resources: stack.resourceCount }];
    }),
  );
}
