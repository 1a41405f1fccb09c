import { visible } from "../../report/page/text";
import { departedStacks, removeDeparted, type Departed } from "../members/departed";
import { doctorFacts } from "../doctor/facts";
import { messageOf } from "../errors";
import { deployedStore } from "../evidenceStore/changes";
import { checkStore } from "../evidenceStore/guard";
import { refuseLocked } from "../evidenceStore/lockedEvidence";
import { listMembers } from "../members/members";
import {
  rollOut,
  summaryLine,
  type Orchestration,
  type RolloutReport,
  type StackReport,
  type StackTask,
} from "../orchestration";
import { withValues } from "../configuration/stackFiles";
import { existingStacks, type ExistingStacks } from "./existing";

/** The stacks that hold the evidence: the key and the bucket. */
const EVIDENCE = ["security", "logarchive"];

/**
 * Removes the organization's stacks in reverse: members, management, and with `deleteEvidence` bucket and key. Without it those
 * two stay as they are, with their policies, so that the evidence stays readable to its readers and to nobody else.
 */
export async function destroy(
  context: Orchestration,
  options: {
    deleteEvidence: boolean;
    /** Only the stacks of member accounts, as before a change to memberRoles stackset. */
    membersOnly?: boolean;
  },
): Promise<RolloutReport> {
  const found = await existingStacks(context);
  const existing = options.membersOnly
    ? { ...found, stacks: found.stacks.filter(({ name }) => name.startsWith("member-")) }
    : found;
  const names = existing.stacks.map(({ name }) => name);
  const evidence = names.filter((name) => EVIDENCE.includes(name));
  if (options.deleteEvidence && evidence.length > 0) {
    await refuseLockedEvidence(context, existing);
    context.log("Taking the protection from bucket and key, so that they can be deleted");
    const unprotect = await rollOut(context, "up", unprotectTasks(existing, evidence));
    if (!unprotect.report.ok) return { command: "destroy", ...unprotect.report };
  }
  const members = await listMembers(context).catch((error: unknown) => {
    context.log(`Every member stack is tried, since the organization cannot be listed: ${messageOf(error)}`);
    return undefined;
  });
  const { gone, closing } = members ? departedStacks(existing.stacks, members) : { gone: [], closing: [] };
  const apart = new Set([...gone, ...closing.map(({ stack }) => stack)].map(({ name }) => name));
  const within = { ...existing, stacks: existing.stacks.filter(({ name }) => !apart.has(name)) };
  const { report } = await rollOut(context, "destroy", destroyTasks(within, options.deleteEvidence));
  const removed = members && gone.length > 0 ? await removeDeparted(context, gone, members) : undefined;
  const suspended = leftInSuspended(closing, context.config.management.settings.memberRoleName);
  Object.assign(report.stacks, removed?.stacks, suspended);
  for (const [name, { cause }] of Object.entries(suspended)) context.log(`  ${name}: left: ${cause}`);
  if (!options.deleteEvidence) {
    for (const name of evidence) report.stacks[name] = { result: "kept", seconds: 0 };
    if (evidence.length > 0) {
      context.log("Kept: the key and the bucket with all evidence (destroy --delete-evidence removes them too)");
    }
  }
  const { existingKeyArn } = context.config.security.settings;
  const { existingBucketName } = context.config.logarchive.settings;
  const owned = [existingKeyArn, existingBucketName].filter(Boolean);
  if (options.deleteEvidence && owned.length > 0) context.log(`Left to its owner: ${owned.join(", ")}`);
  tellLeft(context, report);
  context.log(summaryLine(report));
  return { command: "destroy", ...report, ok: report.ok && (removed?.ok ?? true) };
}

/** @throws RolloutError where the evidence is locked, and cannot be deleted by whoever asks, or by anybody */
async function refuseLockedEvidence(context: Orchestration, { stacks }: ExistingStacks): Promise<void> {
  const { states } = await checkStore(context, stacks);
  const { bucketName, lock } = deployedStore(states);
  if (bucketName === undefined || !lock) return;
  const view = await doctorFacts(context).account("logarchive");
  for (const line of await refuseLocked({ bucketName, lock }, view)) context.log(line);
}

/** What is said of stacks whose account nobody can enter now: that holds up nothing, and is no failure, since nothing can be done about it. */
export function leftInSuspended(closing: Departed["closing"], roleName: string): Record<string, StackReport> {
  return Object.fromEntries(
    closing.map(({ stack, account: { accountId, accountName, organizationsState } }) => {
      const cause =
        `account ${accountId} ${visible(accountName)} is ${organizationsState ?? "of unknown state"} and cannot be entered: the role ${roleName} ` +
        "stays there with its stack. Run destroy again once it is active, or once AWS has closed it for good";
      return [stack.name, { result: "left", seconds: 0, cause }];
    }),
  );
}

/**
 * Members first, then management, then bucket, then key; none goes while one that needs it is still there. A member that stays needs none of
 * them: its role trusts a collector's role that is no more. So an account that cannot be entered holds up nothing.
 */
export function destroyTasks({ stacks, documentOf }: ExistingStacks, deleteEvidence: boolean): StackTask[] {
  const names = stacks.map(({ name }) => name);
  const members = names.filter((name) => name.startsWith("member-"));
  const before: Record<string, readonly string[]> = {
    logarchive: ["management"],
    security: ["logarchive", "management"],
  };
  const reversed = [...members, ...["management", "logarchive", "security"].filter((name) => names.includes(name))];
  return reversed
    .filter((name) => deleteEvidence || !EVIDENCE.includes(name))
    .map((name) => ({
      stack: name,
      operation: "destroy" as const,
      isNew: false,
      removeStack: true,
      dependsOn: (before[name] ?? []).filter((other) => names.includes(other)),
      after: members.includes(name) ? [] : members,
      document: () => documentOf(name),
    }));
}

/** Names the accounts in which the role stayed: whoever has them has to know. */
function tellLeft({ config, log }: Orchestration, { stacks }: Pick<RolloutReport, "stacks">): void {
  const left = Object.entries(stacks).filter(([name, { result }]) => name.startsWith("member-") && result === "failed");
  if (left.length === 0) return;
  const { memberRoleName } = config.management.settings;
  log(
    `Left behind: the role ${memberRoleName} in ${left.map(([name]) => name.slice("member-".length)).join(", ")}. It trusts the collector's role ` +
      "only. Correct the cause, and run destroy again. Of an account that is no more, forget the stack: pulumi stack rm --force NAME",
  );
}

function unprotectTasks({ documentOf }: ExistingStacks, evidence: readonly string[]): StackTask[] {
  return ["security", "logarchive"]
    .filter((name) => evidence.includes(name))
    .map((name) => ({
      stack: name,
      operation: "up" as const,
      isNew: false,
      dependsOn: name === "logarchive" && evidence.includes("security") ? ["security"] : [],
      document: (results) => {
        const keyArn = results.get("security")?.outputs["keyArn"];
        const given = typeof keyArn === "string" && name === "logarchive" ? { keyArn } : {};
        return withValues({ document: documentOf(name) }, { ...given, protectEvidence: false });
      },
    }));
}
