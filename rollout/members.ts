import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { readOrganization, type ListedAccount } from "../runtime/accounts";
import { systemClock } from "../runtime/clock";
import { messageOf, RolloutError } from "./errors";
import { managementSession, type Orchestration } from "./orchestration";

/** The accounts that get the member role, as the organization lists them now. */
export interface Members {
  partition: string;
  /** Active accounts but the management account: the collector reads that one with its own role. */
  accounts: ListedAccount[];
  /** Accounts that get none, and why, in words. */
  left: string[];
}

/**
 * Lists the organization with the credentials of the management stack, and checks them against the configuration.
 *
 * @throws RolloutError if the credentials or the organization are not those of the configuration
 */
export async function listMembers(context: Orchestration): Promise<Members> {
  const { settings } = context.config.management;
  const { session, caller } = await managementSession(context.config);
  if (caller.accountId !== settings.managementAccountId) {
    throw new RolloutError(
      `Your credentials are of account ${caller.accountId} (${caller.arn}), and managementAccountId is ` +
        `${settings.managementAccountId}: sign in to that account, or correct Pulumi.*.yaml. Nothing was deployed`,
    );
  }
  const client = new OrganizationsClient(session);
  try {
    const organization = await readOrganization(client, systemClock);
    if (organization.organizationId !== settings.organizationId) {
      throw new RolloutError(
        `The organization is ${organization.organizationId}, and organizationId is ${settings.organizationId} in ` +
          `Pulumi.management.yaml: correct it there and in Pulumi.logarchive.yaml. Nothing was deployed`,
      );
    }
    const others = organization.accounts.filter(({ accountId }) => accountId !== organization.managementAccountId);
    return {
      partition: caller.partition,
      accounts: others.filter(({ organizationsState }) => organizationsState === "ACTIVE"),
      left: others
        .filter(({ organizationsState }) => organizationsState !== "ACTIVE")
        .map(
          (account) =>
            `${account.accountId} ${account.accountName} is ${account.organizationsState ?? "of unknown state"}`,
        ),
    };
  } catch (cause) {
    if (cause instanceof RolloutError) throw cause;
    throw new RolloutError(`${messageOf(cause)}. Nothing was deployed`, 1, { cause });
  } finally {
    client.destroy();
  }
}
