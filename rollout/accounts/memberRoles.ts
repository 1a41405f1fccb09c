import {
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { permissionsBoundaryArn, roleArn } from "../../components/arn";
import type { MemberRoleDefinition } from "../../components/memberRolePolicy";
import type { AwsClients, SessionCredentials } from "../../runtime/clients";
import type { Clock } from "../../runtime/clock";
import { CallError, errorCode } from "../../runtime/errors";
import { RateLimit } from "../../runtime/rateLimit";
import { RetryBudget, withRetry } from "../../runtime/retry";
import { inParallel } from "../inParallel";
import { messageOf } from "../errors";
import { boundaryDifferences, roleDifferences, type RoleAsIs } from "./roleDifferences";

/** Whether the role that the collector assumes is in an account. */
export type RoleState =
  /** There, and as it should be as far as could be read; `notCompared` says what could not. */
  | { state: "present"; notCompared?: string }
  | { state: "missing" }
  /** There, and not as it should be: how, in words. */
  | { state: "differs"; differences: string[] }
  /** The collector's own account. */
  | { state: "notNeeded" }
  /** Out of scope, or nobody asked. */
  | { state: "notLookedAt" }
  | { state: "unknown"; why: string };

/** How {@link lookUpRoles} works. */
export interface RoleLookUp {
  clients: Pick<AwsClients, "sts" | "iam" | "as">;
  clock: Clock;
  partition: string;
  /** Account of the clients' own credentials: no role leads into it. */
  from?: string;
  /** Role that leads into the accounts. */
  deployRoleName: string;
  /** Role that is looked for. */
  memberRoleName: string;
  /** Its path, `/` by default: the collector assumes it by that, so a role of the name elsewhere is not it. */
  memberRolePath?: string;
  /** What it should be. */
  expected: MemberRoleDefinition;
  /** The permissions boundary that it should have, by its name with path; none by default. */
  permissionsBoundary?: string;
  /** Accounts at the same time. */
  places: number;
  /** Sessions begun in a second. */
  stsPerSecond: number;
  signal?: AbortSignal;
  onLooked?: () => void;
}

/**
 * Looks into each account by the role that deploys there, and compares the member role with what it should be: five calls an account. The
 * member role itself trusts the collector only, so that it cannot be tried from here.
 */
export async function lookUpRoles(accountIds: readonly string[], options: RoleLookUp): Promise<Map<string, RoleState>> {
  const { clients, clock, onLooked } = options;
  const budget = RetryBudget.forRun();
  const sessions = new RateLimit(options.stsPerSecond, clock);
  const look = async (accountId: string): Promise<[string, RoleState]> => {
    const session = await attempt(() =>
      withRetry(
        async () => {
          await sessions.take();
          return enter(accountId, options);
        },
        { clock, budgets: [budget] },
      ),
    );
    if ("error" in session) {
      return [accountId, unknown(`${options.deployRoleName} cannot be assumed`, session.error)];
    }
    const { expected, memberRoleName: RoleName } = options;
    const ask = <T>(call: () => Promise<T>): Promise<{ value: T } | { error: unknown }> =>
      attempt(() => withRetry(() => clients.as(session.value, call), { clock, budgets: [budget] }));
    const found = await ask(() => clients.iam.send(new GetRoleCommand({ RoleName })));
    if ("error" in found) {
      return [accountId, isAbsent(found.error) ? { state: "missing" } : unknown("iam:GetRole", found.error)];
    }
    const { Path = "/", AssumeRolePolicyDocument: trust, PermissionsBoundary } = found.value.Role ?? {};
    if (Path !== (options.memberRolePath ?? "/")) return [accountId, { state: "missing" }];
    const policies = await ask(() => readPolicies(clients.iam, RoleName));
    const boundary = options.permissionsBoundary;
    const differences = [
      ...roleDifferences({ trust, ...("value" in policies ? policies.value : {}) }, expected),
      ...boundaryDifferences(
        PermissionsBoundary?.PermissionsBoundaryArn,
        boundary ? permissionsBoundaryArn(options.partition, accountId, boundary) : undefined,
      ),
    ];
    if (differences.length > 0) return [accountId, { state: "differs", differences }];
    const notCompared = "error" in policies ? { notCompared: `its policies: ${inWords(policies.error)}` } : {};
    return [accountId, { state: "present", ...notCompared }];
  };
  const found = await inParallel(accountIds, options.places, options.signal, async (accountId) => {
    const role = await look(accountId);
    onLooked?.();
    return role;
  });
  return new Map(found);
}

/** The policies of a role. Neither kind is ever as many as a page holds, where the role is as it should be. */
async function readPolicies(iam: RoleLookUp["clients"]["iam"], RoleName: string): Promise<RoleAsIs> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const inline: Record<string, string> = {};
  for (const PolicyName of PolicyNames) {
    inline[PolicyName] = (await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument ?? "";
  }
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return { inline, attached: AttachedPolicies.map(({ PolicyName = "" }) => PolicyName) };
}

async function enter(
  accountId: string,
  { clients, partition, from, deployRoleName }: RoleLookUp,
): Promise<SessionCredentials | undefined> {
  if (accountId === from) return undefined;
  const { Credentials: session } = await clients.sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn(partition, accountId, deployRoleName),
      RoleSessionName: "iam-credential-reports",
    }),
  );
  return {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function codeOf(error: unknown): string {
  return error instanceof CallError ? error.code : errorCode(error);
}

function isAbsent(error: unknown): boolean {
  return /^NoSuchEntity(Exception)?$/.test(codeOf(error));
}

function unknown(what: string, error: unknown): RoleState {
  return { state: "unknown", why: `${what}: ${inWords(error)}` };
}

function inWords(error: unknown): string {
  return `${codeOf(error)}: ${messageOf(error)}`;
}
