import { GetRoleCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { roleArn } from "../../components/arn";
import type { AwsClients, SessionCredentials } from "../../runtime/clients";
import type { Clock } from "../../runtime/clock";
import { CallError, errorCode } from "../../runtime/errors";
import { RateLimit } from "../../runtime/rateLimit";
import { RetryBudget, withRetry } from "../../runtime/retry";
import { inParallel } from "../inParallel";
import { messageOf } from "../errors";

/** Whether the role that the collector assumes is in an account. */
export type RoleState =
  | { state: "present" | "missing" }
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
  /** Accounts at the same time. */
  places: number;
  /** Sessions begun in a second. */
  stsPerSecond: number;
  signal?: AbortSignal;
  onLooked?: () => void;
}

/**
 * Looks into each account by the role that deploys there: two calls an account. The member role itself trusts the collector only, so
 * that it cannot be tried from here.
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
    const found = await attempt(() =>
      withRetry(
        () =>
          clients.as(session.value, () => clients.iam.send(new GetRoleCommand({ RoleName: options.memberRoleName }))),
        { clock, budgets: [budget] },
      ),
    );
    if (!("error" in found)) {
      const there = (found.value.Role?.Path ?? "/") === (options.memberRolePath ?? "/");
      return [accountId, { state: there ? "present" : "missing" }];
    }
    return [accountId, isAbsent(found.error) ? { state: "missing" } : unknown("iam:GetRole", found.error)];
  };
  const found = await inParallel(accountIds, options.places, options.signal, async (accountId) => {
    const role = await look(accountId);
    onLooked?.();
    return role;
  });
  return new Map(found);
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
  return { state: "unknown", why: `${what}: ${codeOf(error)}: ${messageOf(error)}` };
}
