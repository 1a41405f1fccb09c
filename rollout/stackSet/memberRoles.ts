import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { visible } from "../../report/page/text";
import { systemClock } from "../../runtime/clock";
import { messageOf } from "../errors";
import { LivingLine } from "../progress/livingLine";
import type { Members } from "../members/members";
import { managementSession, type Orchestration } from "../orchestration";
import { resultOf } from "../progress/progress";
import { stackSetCallAsOf } from "../configuration/settings";
import type { StackResult } from "../engine/stackEngine";
import type { Outcome } from "../tasks";
import { failuresOf, followToEnd, tryAgain, underWay, type FollowedStackSet, type StackSetReport } from "./follow";

/**
 * Follows the StackSet of the management stack to the end of what is under way, and names every account without the role. Accounts that
 * failed before are tried again where nothing else made CloudFormation try them.
 *
 * @param management how the deployment of that stack ended
 */
export async function followMemberRoles(
  context: Orchestration,
  members: Pick<Members, "accounts">,
  management: Outcome<StackResult> | undefined,
): Promise<StackSetReport> {
  const { stackSetName } = context.config.management.settings;
  let doing = "";
  const line = new LivingLine(() => doing, context.progress);
  const options = { clock: systemClock, signal: context.signal, onProgress: (text: string) => void (doing = text) };
  const report = await withStackSet(context, async (set) => {
    const failures = await followToEnd(set, options);
    const unchanged = management?.state === "done" && resultOf("up", management) === "unchanged";
    if (failures.length === 0 || !unchanged) return { failures, retried: 0 };
    doing = `StackSet ${stackSetName}: trying ${accounts(failures.length)} again`;
    await tryAgain(set, failures, systemClock);
    return { failures: await followToEnd(set, options), retried: failures.length };
  }).finally(() => line.close());
  // a stack that failed before it made a StackSet has said why
  if (report.cause === undefined || management?.state === "done") tell(report, members, context.log);
  return report;
}

/** What of the StackSet is not as it should be now; nothing is waited for or tried again. */
export async function memberRolesNow(
  context: Orchestration,
  members: Pick<Members, "accounts">,
): Promise<StackSetReport> {
  const report = await withStackSet(context, async (set) => {
    const [running, failures] = await Promise.all([underWay(set, systemClock), failuresOf(set, systemClock)]);
    const cause = running.length === 0 ? undefined : "an operation is under way";
    return { failures, retried: 0, ...(cause !== undefined && { cause: `StackSet ${set.stackSetName}: ${cause}` }) };
  });
  tell(report, members, context.log);
  return report;
}

async function withStackSet(
  context: Pick<Orchestration, "config">,
  work: (set: FollowedStackSet) => Promise<Pick<StackSetReport, "failures" | "retried" | "cause">>,
): Promise<StackSetReport> {
  const { settings, file } = context.config.management;
  const { stackSetName } = settings;
  let client: CloudFormationClient | undefined;
  try {
    const { session } = await managementSession(context.config);
    client = new CloudFormationClient({ ...session, region: file.region });
    const done = await work({ client, stackSetName, callAs: stackSetCallAsOf(settings) });
    return { stackSetName, ok: done.failures.length === 0 && done.cause === undefined, ...done };
  } catch (error) {
    const cause = `The StackSet ${stackSetName} cannot be looked at: ${messageOf(error)}`;
    return { stackSetName, ok: false, retried: 0, failures: [], cause };
  } finally {
    client?.destroy();
  }
}

function tell(
  { stackSetName, ok, failures, cause, retried }: StackSetReport,
  members: Pick<Members, "accounts">,
  log: Orchestration["log"],
): void {
  if (cause !== undefined) log(cause);
  if (ok) log(`StackSet ${stackSetName}: no account failed${retried > 0 ? `, ${accounts(retried)} tried again` : ""}`);
  if (failures.length === 0) return;
  log(`StackSet ${stackSetName}: ${accounts(failures.length)} failed`);
  const names = new Map(members.accounts.map(({ accountId, accountName }) => [accountId, accountName]));
  for (const { accountId, status, reason, remedy } of failures) {
    log(`  ${`${accountId} ${visible(names.get(accountId) ?? "")}`.trimEnd()}: ${status}: ${visible(reason)}`);
    log(`    ${remedy}`);
  }
}

function accounts(count: number): string {
  return `${count} account${count === 1 ? "" : "s"}`;
}
