import {
  ListAccountsCommand,
  ListDelegatedAdministratorsCommand,
  type DelegatedAdministrator,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { systemClock } from "../../runtime/clock";
import { allPages } from "../../runtime/organizationPages";
import type { Settings } from "../configuration/configSchema";
import { collectorAccountOf, isByStackSet } from "../configuration/settings";
import { isRefusal, refused, rootCause } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { DoctorFacts } from "./facts";

/** Service principal that carries StackSets with service-managed permissions into member accounts. */
export const STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com";

/**
 * What an account other than the management account needs to run the collector: a delegated administrator of any AWS service may read
 * the organization, and one of StackSets may make the StackSet.
 *
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html
 */
export const DELEGATION_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "management-account",
    what: "Right to list the organization",
    look: async (facts) => {
      const [{ MasterAccountId: management }, { caller, organizations }] = await Promise.all([
        facts.organization(),
        facts.account("management"),
      ]);
      if (caller.accountId === management) return ok(`${caller.accountId} is the management account`);
      try {
        await organizations.send(new ListAccountsCommand({ MaxResults: 1 }));
        return ok(
          `${caller.accountId} is not the management account (${management ?? "unknown"}), and may list its accounts`,
        );
      } catch (error) {
        return listingVerdict(caller.accountId, management, rootCause(error));
      }
    },
  },
  {
    id: "delegated-administrators",
    what: "Delegated administrators",
    look: async ({ account }) => {
      const { organizations } = await account("management");
      try {
        const found = await delegatedAdministrators(organizations);
        const names = found.map(({ Id, Name }) => `${Id ?? ""} ${Name ?? ""}`.trim());
        return ok(names.length === 0 ? "there are none" : names.join(", "));
      } catch (error) {
        return unknown(refused("organizations:ListDelegatedAdministrators", rootCause(error)));
      }
    },
  },
  {
    id: "stacksets-delegation",
    what: "Delegated administrator for StackSets",
    look: async ({ account, config }) => {
      const { settings } = (await config()).management;
      if (!isByStackSet(settings)) return ok("no StackSet is made");
      if (collectorAccountOf(settings) === settings.managementAccountId) {
        return ok("not needed: the management account makes the StackSet");
      }
      const { organizations } = await account("management");
      try {
        return stackSetsVerdict(settings, await delegatedAdministrators(organizations, STACK_SETS));
      } catch (error) {
        return unknown(refused("organizations:ListDelegatedAdministrators", rootCause(error)));
      }
    },
  },
];

/** What it means that an account other than the management account could not list the organization. */
export function listingVerdict(accountId: string, management: string | undefined, error: unknown): Verdict {
  const why = refused("organizations:ListAccounts", error);
  const account = `${accountId} is not the management account (${management ?? "unknown"})`;
  if (!isRefusal(error)) return unknown(`${account}, and whether it may list the accounts is not known: ${why}`);
  return wrong(
    `${account}, nor a delegated administrator, or its deployer may not list the accounts: ${why}`,
    `${register(accountId, STACK_SETS)}. Any service that takes delegated administrators will do, if no StackSet is to be made. ` +
      "Or run the collector in the management account: leave collectorAccountId away",
  );
}

/** Whether the collector's account may make the StackSet. */
export function stackSetsVerdict(
  settings: Pick<Settings, "collectorAccountId" | "managementAccountId">,
  registered: readonly DelegatedAdministrator[],
): Verdict {
  const accountId = collectorAccountOf(settings);
  return registered.some(({ Id }) => Id === accountId)
    ? ok(`${accountId} is one`)
    : wrong(
        `${accountId} is no delegated administrator for ${STACK_SETS}`,
        `${register(accountId, STACK_SETS)}. Or set memberRoles: stacks in Pulumi.management.yaml`,
      );
}

function register(accountId: string, service: string): string {
  return (
    "With credentials of the management account: aws organizations register-delegated-administrator " +
    `--account-id ${accountId} --service-principal ${service}`
  );
}

/** @param service Of this service only. */
function delegatedAdministrators(client: OrganizationsClient, service?: string): Promise<DelegatedAdministrator[]> {
  return allPages(systemClock, async (NextToken) => {
    const page = await client.send(new ListDelegatedAdministratorsCommand({ NextToken, ServicePrincipal: service }));
    return { items: page.DelegatedAdministrators, next: page.NextToken };
  });
}
