import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { isStandalone } from "../../components/organization";
import { readOrganization, type ListedAccount, type OrganizationIdentity } from "../../runtime/accounts";
import { systemClock } from "../../runtime/clock";
import type { Settings } from "../configuration/configSchema";
import { messageOf, RolloutError } from "../errors";
import { memberAccess, type MemberAccess } from "./memberAccess";
import { managementSession, type Orchestration } from "../orchestration";
import { collectorAccountOf } from "../configuration/settings";

/** The accounts that get the member role, as the organization lists them now. */
export interface Members extends MemberAccess {
  /** Active accounts but the collector's: the collector reads that one with its own role. */
  accounts: ListedAccount[];
  /** Accounts that get none, since they are not active. */
  left: ListedAccount[];
}

/**
 * Lists the organization with the credentials of the management stack, and checks them against the configuration. An account that is
 * in no organization has no members, and Organizations is not asked.
 *
 * @throws RolloutError if the credentials or the organization are not those of the configuration
 */
export async function listMembers(context: Orchestration): Promise<Members> {
  const { settings } = context.config.management;
  const { session, caller } = await managementSession(context.config);
  const collectorAccount = collectorAccountOf(settings);
  if (caller.accountId !== collectorAccount) {
    throw new RolloutError(
      `Your credentials are of account ${caller.accountId} (${caller.arn}), and ` +
        `${settings.collectorAccountId ? "collectorAccountId" : "managementAccountId"} is ${collectorAccount}: ` +
        `sign in to that account, or correct Pulumi.*.yaml. Nothing was deployed`,
    );
  }
  const access = await memberAccess(context.config, caller);
  if (isStandalone(settings.organizationId)) return { ...access, accounts: [], left: [] };
  const client = new OrganizationsClient(session);
  try {
    const organization = await readOrganization(client, systemClock);
    requireSame(organization, settings);
    const others = organization.accounts.filter(({ accountId }) => accountId !== collectorAccount);
    return {
      ...access,
      accounts: others.filter(({ organizationsState }) => organizationsState === "ACTIVE"),
      left: others.filter(({ organizationsState }) => organizationsState !== "ACTIVE"),
    };
  } catch (cause) {
    if (cause instanceof RolloutError) throw cause;
    throw new RolloutError(`${messageOf(cause)}. Nothing was deployed`, 1, { cause });
  } finally {
    client.destroy();
  }
}

/**
 * Whether the role of a member comes by a stack of its own: StackSets with service-managed permissions never deploy into the
 * management account, which is a member where the collector runs in another; nor does Control Tower.
 */
export function hasOwnStack(
  { memberRoles, managementAccountId }: Pick<Settings, "memberRoles" | "managementAccountId">,
  accountId: string,
): boolean {
  return memberRoles === "stacks" || accountId === managementAccountId;
}

function requireSame(found: OrganizationIdentity, { organizationId, managementAccountId }: Settings): void {
  if (found.organizationId !== organizationId) {
    throw new RolloutError(
      `The organization is ${found.organizationId}, and organizationId is ${organizationId} in ` +
        `Pulumi.management.yaml: correct it there and in Pulumi.logarchive.yaml. Nothing was deployed`,
    );
  }
  if (found.managementAccountId !== managementAccountId) {
    throw new RolloutError(
      `The management account of the organization is ${found.managementAccountId}, and managementAccountId is ` +
        `${managementAccountId} in Pulumi.*.yaml: correct it; for a collector in the account of a delegated administrator, ` +
        `name that one in collectorAccountId. Nothing was deployed`,
    );
  }
}
