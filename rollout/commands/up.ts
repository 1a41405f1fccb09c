import { PLACEHOLDER_KEY_ID } from "../placeholders";
import { listMembers, type Members } from "../members";
import { memberDocument } from "../organizationConfig";
import { rollOut, summaryLine, type Orchestration, type RolloutReport, type StackTask } from "../orchestration";
import { memberStack } from "../settings";
import type { StackResult, StackSummary } from "../stackEngine";
import { withValues } from "../stackFiles";
import { preflight } from "./doctor";
import { knownStacks } from "./existing";

/**
 * Deploys the whole organization: security, logarchive, management, then the member accounts in parallel; the outputs of each
 * go on to the next.
 *
 * @param options.doctor Look first at what would fail the deployment half-way.
 */
export function up(context: Orchestration, options: { doctor?: boolean } = {}): Promise<RolloutReport> {
  return deploy(context, "up", options);
}

/** Shows what `up` would do. Outputs of stacks that do not exist yet are stood in for. */
export function preview(context: Orchestration): Promise<RolloutReport> {
  return deploy(context, "preview");
}

async function deploy(
  context: Orchestration,
  operation: "up" | "preview",
  options: { doctor?: boolean } = {},
): Promise<RolloutReport> {
  const stacks = knownStacks(context);
  const reading = Promise.all([listMembers(context), stacks]);
  // what the preflight says is clearer than what a stack or the listing would
  const [looked, read] = await Promise.allSettled([options.doctor ? preflight(context, stacks) : undefined, reading]);
  if (looked.status === "rejected") throw looked.reason;
  if (read.status === "rejected") throw read.reason;
  const [members, existing] = read.value;
  context.log(
    `${operation}: 3 central stacks and ${members.accounts.length} member accounts, ${context.parallel} at a time`,
  );
  for (const left of members.left) context.log(`  no stack for ${left}`);
  const { report } = await rollOut(context, operation, deploymentTasks(context, operation, members, existing));
  context.log(summaryLine(report));
  return { command: operation, ...report };
}

/** The stacks of the organization with what each takes from those before it. Pure but for the values it is called back with. */
export function deploymentTasks(
  { config }: Pick<Orchestration, "config">,
  operation: "up" | "preview",
  members: Pick<Members, "accounts" | "partition">,
  existing: readonly Pick<StackSummary, "name">[],
): StackTask[] {
  const known = new Set(existing.map(({ name }) => name));
  const base = (stack: string) => ({ stack, operation, isNew: !known.has(stack) });
  const placeholderArn = `arn:${members.partition}:kms:${config.security.file.region}:${config.security.file.accountId ?? "000000000000"}:key/${PLACEHOLDER_KEY_ID}`;
  const keyArn = (results: ReadonlyMap<string, StackResult>): string =>
    outputText(results, "security", "keyArn") ?? placeholderArn;
  const signing = (results: ReadonlyMap<string, StackResult>): { signingKeyArn?: string } =>
    config.security.settings.signManifests
      ? { signingKeyArn: outputText(results, "security", "signingKeyArn") ?? placeholderArn }
      : {};
  const bucketName = (results: ReadonlyMap<string, StackResult>): string =>
    outputText(results, "logarchive", "bucketName") ?? config.bucketName;
  const central: StackTask[] = [
    { ...base("security"), dependsOn: [], document: () => config.security.file.document },
    {
      ...base("logarchive"),
      dependsOn: ["security"],
      document: (results) => withValues(config.logarchive.file, { keyArn: keyArn(results) }),
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
    ...members.accounts.map(({ accountId }) => ({
      ...base(memberStack(accountId)),
      dependsOn: ["management"],
      document: () => memberDocument(config, members.partition, accountId),
    })),
  ];
}

function outputText(results: ReadonlyMap<string, StackResult>, stack: string, output: string): string | undefined {
  const value = results.get(stack)?.outputs[output];
  return typeof value === "string" ? value : undefined;
}
