import { roleArn } from "../../components/arn";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { callerOf, type Caller } from "../session";
import { collectorAccountOf } from "../configuration/settings";
import type { AssumeRole } from "../configuration/stackFiles";

/** How the orchestrator gets into the accounts of members. */
export interface MemberAccess {
  partition: string;
  /** Roles to assume first, one after the other, from the caller's own credentials on. */
  way: readonly AssumeRole[];
  /** The account that they lead into. From there the deploy role of each other account is assumed. */
  from: string;
}

/**
 * The way into the members: by way of the account of the management stack. Where that is not the management account and the caller's
 * own credentials are, directly: the deploy roles that AWS makes trust the management account and no other.
 *
 * @param stackCaller who the deployer of the management stack is
 */
export async function memberAccess(
  { management: { file, settings } }: Pick<OrganizationConfig, "management">,
  stackCaller: Caller,
): Promise<MemberAccess> {
  const { partition } = stackCaller;
  if (file.assumeRoles.length > 0 && collectorAccountOf(settings) !== settings.managementAccountId) {
    const own = await callerOf({ region: file.region });
    if (own.accountId === settings.managementAccountId) return { partition, way: [], from: own.accountId };
  }
  return { partition, way: file.assumeRoles, from: stackCaller.accountId };
}

/** The roles to assume into one account, as `aws:assumeRoles` has them; none where the caller is there already. */
export function rolesInto(
  { partition, way, from }: MemberAccess,
  accountId: string,
  deployRoleName: string,
): AssumeRole[] {
  if (accountId === from) return [...way];
  return [...way, { roleArn: roleArn(partition, accountId, deployRoleName), sessionName: "iam-credential-reports" }];
}
