import { roleArn } from "../../components/arn";
import type { ListedAccount } from "../../runtime/accounts";
import { isRefusal, rootCause } from "../doctor/awsErrors";
import { messageOf } from "../errors";
import { rolesInto } from "./memberAccess";
import type { Members } from "./members";
import { memberDocument } from "./memberDocument";
import { rollOut, type Orchestration, type StackReport } from "../orchestration";
import { openSession } from "../session";
import { collectorAccountOf } from "../configuration/settings";
import type { StackSummary } from "../engine/stackEngine";
import { writeWorkFolder } from "../configuration/stackFiles";

/** Member stacks whose account has none to have any more. */
export interface Departed {
  /** The account is not among the members: it left the organization, AWS has closed it for good, or it is the collector's. */
  gone: StackSummary[];
  /** The account is in the organization and cannot be entered. It may come back, so its stack stays. */
  closing: { stack: StackSummary; account: ListedAccount }[];
}

/** Finds them among the stacks that there are. Accounts that are members have their stack for as long as they are active. */
export function departedStacks(
  existing: readonly StackSummary[],
  members: Pick<Members, "accounts" | "left">,
): Departed {
  const active = new Set(members.accounts.map(({ accountId }) => accountId));
  const left = new Map(members.left.map((account) => [account.accountId, account]));
  const gone: Departed["gone"] = [];
  const closing: Departed["closing"] = [];
  for (const stack of existing) {
    const accountId = accountOf(stack);
    if (accountId === undefined || active.has(accountId)) continue;
    const account = left.get(accountId);
    if (account) closing.push({ stack, account });
    else gone.push(stack);
  }
  return { gone, closing };
}

/**
 * Takes away the stacks of accounts that are gone. Where the account lets the deployer in, the role goes too; where it does not, the
 * stack is forgotten, and whoever has the account is told of the role. What could not be found out is tried again by the next `up`.
 */
export async function removeDeparted(
  context: Orchestration,
  gone: Departed["gone"],
  members: Members,
): Promise<{ ok: boolean; stacks: Record<string, StackReport> }> {
  if (gone.length === 0 || context.signal.aborted) return { ok: true, stacks: {} };
  context.log(`Removing ${gone.length} stacks of accounts that are no members any more`);
  const forgotten: Record<string, StackReport> = {};
  const failed: Record<string, StackReport> = {};
  const within: string[] = [];
  for (const stack of gone) {
    if (context.signal.aborted) break;
    const began = performance.now();
    const seconds = (): number => Math.round((performance.now() - began) / 10) / 100;
    const { name } = stack;
    try {
      const cause = await outOfReach(context, members, stack);
      if (cause === undefined) {
        within.push(name);
        continue;
      }
      await context.engine.forget(workFolder(context, members, name), name);
      forgotten[name] = { result: "forgotten", seconds: seconds(), cause };
      context.log(`  ${name}: forgotten: ${cause}`);
    } catch (error) {
      failed[name] = { result: "failed", seconds: seconds(), cause: messageOf(error) };
      context.log(`  ${name}: failed: ${messageOf(error)}`);
    }
  }
  const tasks = within.map((stack) => ({
    stack,
    operation: "destroy" as const,
    isNew: false,
    removeStack: true,
    dependsOn: [],
    document: () => memberDocument(context.config, members, accountIdOf(stack)),
  }));
  const report = tasks.length > 0 ? (await rollOut(context, "destroy", tasks)).report : { ok: true, stacks: {} };
  return { ok: report.ok && Object.keys(failed).length === 0, stacks: { ...forgotten, ...failed, ...report.stacks } };
}

/** What `preview` says of them. */
export function foreseeDeparted(
  { log }: Pick<Orchestration, "log">,
  gone: Departed["gone"],
): Awaited<ReturnType<typeof removeDeparted>> {
  const cause = "its account is no member any more: up removes the stack";
  for (const { name } of gone) log(`  ${name}: ${cause}`);
  return {
    ok: true,
    stacks: Object.fromEntries(gone.map(({ name }) => [name, { result: "left", seconds: 0, cause }])),
  };
}

/**
 * Why nothing can be removed in the account of a stack; undefined where it can.
 *
 * @throws RolloutError where that cannot be said
 */
async function outOfReach(
  { config }: Orchestration,
  members: Members,
  { name, resourceCount }: StackSummary,
): Promise<string | undefined> {
  if (!resourceCount) return "it holds no resources";
  const { file, settings } = config.management;
  const accountId = accountIdOf(name);
  try {
    await openSession(file.region, rolesInto(members, accountId, settings.deployRoleName), `stack ${name}`);
    return undefined;
  } catch (error) {
    if (!isRefusal(rootCause(error))) throw error;
    const collector = roleArn(
      members.partition,
      collectorAccountOf(settings),
      settings.collectorRoleName,
      settings.rolePath,
    );
    return (
      `account ${accountId} is no longer in the organization and does not let ${settings.deployRoleName} in. If it still exists, ` +
      `its owner should delete the role ${settings.memberRoleName} there, which trusts ${collector}`
    );
  }
}

function workFolder({ workRoot, projectDir, config }: Orchestration, members: Members, stack: string): string {
  return writeWorkFolder(workRoot, projectDir, stack, memberDocument(config, members, accountIdOf(stack)));
}

function accountOf({ name }: StackSummary): string | undefined {
  return name.startsWith("member-") ? accountIdOf(name) : undefined;
}

function accountIdOf(stack: string): string {
  return stack.slice("member-".length);
}
