import { isStandalone } from "../../components/organization";
import { visible } from "../../report/page/text";
import type { Settings } from "../configuration/configSchema";
import { PLACEHOLDER_KEY_ID } from "../configuration/placeholders";
import { hasOwnStack, listMembers, type Members } from "../members/members";
import { memberDocument } from "../members/memberDocument";
import { rollOut, summaryLine, type Orchestration, type RolloutReport, type StackTask } from "../orchestration";
import { departedStacks, foreseeDeparted, removeDeparted, type Departed } from "../members/departed";
import { isByStackSet, memberStack } from "../configuration/settings";
import type { Tolerance } from "../members/tolerance";
import type { StackResult, StackSummary } from "../engine/stackEngine";
import { withValues } from "../configuration/stackFiles";
import { RolloutError } from "../errors";
import { acceptLock, checkStore, refuseReplacement, releaseStore } from "../evidenceStore/guard";
import { lockWarning } from "../evidenceStore/objectLock";
import { followMemberRoles } from "../stackSet/memberRoles";
import { preflight } from "./doctor";
import { knownStacks } from "./existing";

/**
 * Deploys the whole organization: security, logarchive, management, then the member accounts in parallel; the outputs of each
 * go on to the next. With memberRoles stackset, the management stack carries the role into the member accounts by a StackSet,
 * which is followed to its end.
 *
 * @param options.doctor Look first at what would fail the deployment half-way.
 * @param options.replaceEvidenceStore Go on where names, Regions or accounts ask for another key or bucket; otherwise that is refused.
 * @param options.acceptObjectLock Make a lock in compliance mode without asking; where nobody can be asked, it is refused otherwise.
 * @param options.tolerate Member stacks that may fail before no other is begun; by default each is tried.
 */
export function up(context: Orchestration, options: UpOptions = {}): Promise<RolloutReport> {
  return deploy(context, "up", options);
}

/** How `up` goes about it. */
export interface UpOptions {
  doctor?: boolean;
  replaceEvidenceStore?: boolean;
  acceptObjectLock?: boolean;
  tolerate?: Tolerance;
}

/** Shows what `up` would do. Outputs of stacks that do not exist yet are stood in for. */
export function preview(context: Orchestration): Promise<RolloutReport> {
  return deploy(context, "preview");
}

async function deploy(
  context: Orchestration,
  operation: "up" | "preview",
  options: UpOptions = {},
): Promise<RolloutReport> {
  const stacks = knownStacks(context);
  const store = stacks.then((found) => checkStore(context, found));
  const reading = Promise.all([listMembers(context), stacks, store]);
  // what the preflight says is clearer than what a stack or the listing would
  const [looked, read] = await Promise.allSettled([options.doctor ? preflight(context, stacks) : undefined, reading]);
  if (looked.status === "rejected") throw looked.reason;
  if (read.status === "rejected") throw read.reason;
  const [members, existing, evidenceStore] = read.value;
  const { settings } = context.config.management;
  const byStackSet = isByStackSet(settings);
  if (byStackSet || settings.memberRoles === "external") refuseCollision(existing, members, settings);
  context.log(`${operation}: 3 central stacks and ${membersInWords(context, members)}`);
  tellOwners(context);
  const { gone, closing } = isStandalone(settings.organizationId)
    ? { gone: [], closing: [] }
    : departedStacks(existing, members);
  tellInactive(context, members, closing);
  if (operation === "preview") {
    [...evidenceStore.lines, ...(evidenceStore.lock ? lockWarning(evidenceStore.lock) : [])].forEach(context.log);
  } else {
    if (!options.replaceEvidenceStore) refuseReplacement(evidenceStore);
    await acceptLock(context, evidenceStore, options.acceptObjectLock ?? false);
    if (options.replaceEvidenceStore) await releaseStore(context, evidenceStore);
  }
  const { report, outcomes } = await rollOut(
    context,
    operation,
    deploymentTasks(context, operation, members, existing),
    { tolerance: options.tolerate },
  );
  const management = outcomes.get("management");
  const follow = operation === "up" && byStackSet && management?.state !== "skipped" && !context.signal.aborted;
  const memberRoles = follow ? await followMemberRoles(context, members, management) : undefined;
  const left = operation === "up" ? await removeDeparted(context, gone, members) : foreseeDeparted(context, gone);
  const all = { ...report, stacks: { ...report.stacks, ...left.stacks } };
  context.log(summaryLine(all));
  const ok = report.ok && left.ok && (memberRoles?.ok ?? true);
  return { command: operation, ...all, ok, ...(memberRoles && { memberRoles }) };
}

/** Names the accounts that get no role, and why. */
function tellInactive({ config, log }: Orchestration, { left }: Members, closing: Departed["closing"]): void {
  const kept = new Set(closing.map(({ account }) => account.accountId));
  const what = config.management.settings.memberRoles === "stacks" ? "stack" : "role";
  for (const { accountId, accountName, organizationsState } of left) {
    const account = `${accountId} ${visible(accountName)}`;
    const state = organizationsState ?? "of unknown state";
    log(
      kept.has(accountId)
        ? `  the stack of ${account}, which is ${state} and cannot be entered, is kept until the account is gone`
        : `  no ${what} for ${account}, which is ${state}`,
    );
  }
}

/** What is somebody else's is not changed: its owner has to put the policy in place. */
function tellOwners({ config, log }: Pick<Orchestration, "config" | "log">): void {
  const { existingKeyArn } = config.security.settings;
  const { existingBucketName } = config.logarchive.settings;
  const tell = (what: "key" | "bucket", name: string): void =>
    log(
      `  the ${what} ${name} is its owner's; the policy that it needs: npm run -s orchestrate -- policy --for ${what}`,
    );
  if (existingKeyArn) tell("key", existingKeyArn);
  if (existingBucketName) tell("bucket", existingBucketName);
}

function membersInWords({ config, parallel }: Orchestration, { accounts }: Members): string {
  const { settings } = config.management;
  if (isStandalone(settings.organizationId)) return "no member accounts: organizationId is none";
  const count = (accounts: number): string => `${accounts} member account${accounts === 1 ? "" : "s"}`;
  if (settings.memberRoles === "stacks") return `${count(accounts.length)}, ${parallel} at a time`;
  const own = accounts.filter(({ accountId }) => hasOwnStack(settings, accountId)).length;
  const others = settings.memberRoles === "stackset" ? "by one StackSet" : "whose role something else carries";
  return `${count(accounts.length - own)} ${others}${own > 0 ? ", the management account by a stack" : ""}`;
}

/** The role of a member stack would be in the way of that of the StackSet, or of whatever else carries it, in every account. */
function refuseCollision(existing: readonly StackSummary[], { accounts }: Members, settings: Settings): void {
  const others = accounts.filter(({ accountId }) => !hasOwnStack(settings, accountId));
  const stacks = new Set(others.map(({ accountId }) => memberStack(accountId)));
  const inTheWay = (name: string): boolean => stacks.has(name);
  const there = existing.filter(({ name, resourceCount }) => inTheWay(name) && resourceCount);
  if (there.length === 0) return;
  const holders = there.length === 1 ? "a member stack still holds" : `${there.length} member stacks still hold`;
  const byStackSet = settings.memberRoles === "stackset";
  throw new RolloutError(
    `memberRoles is ${byStackSet ? "stackset, which is the default," : settings.memberRoles} and ${holders} the role ${settings.memberRoleName} ` +
      `(${there[0]?.name}), beside which ${byStackSet ? "the StackSet could make none" : "nothing else can make one"}. ` +
      "Either stay with member stacks: set memberRoles: stacks in Pulumi.management.yaml. Or change over: " +
      "remove them with: destroy --members, then run up again; in between no member account can be collected. Nothing was deployed",
  );
}

/** The stacks of the organization with what each takes from those before it. Pure but for the values it is called back with. */
export function deploymentTasks(
  { config }: Pick<Orchestration, "config">,
  operation: "up" | "preview",
  members: Omit<Members, "left">,
  existing: readonly Pick<StackSummary, "name">[],
): StackTask[] {
  const known = new Set(existing.map(({ name }) => name));
  const base = (stack: string) => ({ stack, operation, isNew: !known.has(stack) });
  const placeholderArn = `arn:${members.partition}:kms:${config.security.file.region}:${config.security.file.accountId ?? "000000000000"}:key/${PLACEHOLDER_KEY_ID}`;
  const keyArn = (results: ReadonlyMap<string, StackResult>): string =>
    outputText(results, "security", "keyArn") ?? (config.security.settings.existingKeyArn || placeholderArn);
  const signing = (results: ReadonlyMap<string, StackResult>): { signingKeyArn?: string } =>
    config.security.settings.signManifests
      ? { signingKeyArn: outputText(results, "security", "signingKeyArn") ?? placeholderArn }
      : {};
  const { replicaRegion } = config.security.settings;
  const replicaKeyArn = (results: ReadonlyMap<string, StackResult>): { replicaKeyArn?: string } =>
    replicaRegion === "" || config.logarchive.settings.replicaKeyArn !== ""
      ? {}
      : {
          replicaKeyArn:
            outputText(results, "security", "replicaKeyArn") ??
            placeholderArn.replace(config.security.file.region, replicaRegion),
        };
  const bucketName = (results: ReadonlyMap<string, StackResult>): string =>
    outputText(results, "logarchive", "bucketName") ?? config.bucketName;
  const central: StackTask[] = [
    { ...base("security"), dependsOn: [], document: () => config.security.file.document },
    {
      ...base("logarchive"),
      dependsOn: ["security"],
      document: (results) => withValues(config.logarchive.file, { keyArn: keyArn(results), ...replicaKeyArn(results) }),
    },
    {
      ...base("management"),
      dependsOn: ["security", "logarchive"],
      document: (results) =>
        withValues(config.management.file, {
          keyArn: keyArn(results),
          ...signing(results),
          bucketName: bucketName(results),
        }),
    },
  ];
  return [
    ...central,
    ...members.accounts
      .filter(({ accountId }) => hasOwnStack(config.management.settings, accountId))
      .map(({ accountId }) => ({
        ...base(memberStack(accountId)),
        dependsOn: ["management"],
        document: () => memberDocument(config, members, accountId),
      })),
  ];
}

function outputText(results: ReadonlyMap<string, StackResult>, stack: string, output: string): string | undefined {
  const value = results.get(stack)?.outputs[output];
  return typeof value === "string" ? value : undefined;
}
