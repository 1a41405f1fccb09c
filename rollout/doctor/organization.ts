import {
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  type EnabledServicePrincipal,
  type Organization,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { systemClock } from "../../runtime/clock";
import { RunError } from "../../runtime/errors";
import { listScope } from "../../runtime/listing";
import { allPages } from "../../runtime/organizationPages";
import { scopeRules } from "../../runtime/scope";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, Unmet, wrong, type Check, type Verdict } from "./check";
import type { DoctorFacts } from "./facts";

/** Service principal that carries StackSets with service-managed permissions into member accounts. */
const STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com";

/** The organization as a whole. */
export const ORGANIZATION_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "organization",
    what: "Organization",
    first: true,
    look: async ({ askOrganization, config }) => {
      const { settings } = (await config()).management;
      try {
        return organizationVerdict(await askOrganization(), settings.organizationId);
      } catch (error) {
        if (error instanceof Unmet) throw error;
        return notInUse(error) ?? unknown(refused("organizations:DescribeOrganization", rootCause(error)));
      }
    },
  },
  {
    id: "organization-features",
    what: "Features of the organization",
    look: async ({ organization, config }) =>
      featuresVerdict((await organization()).FeatureSet, (await config()).management.settings.memberRoles),
  },
  {
    id: "management-account",
    what: "Right to list the organization",
    first: true,
    look: async (facts) => {
      const [{ MasterAccountId: management }, { caller, organizations }] = await Promise.all([
        facts.organization(),
        facts.account("management"),
      ]);
      if (caller.accountId === management) return ok(`${caller.accountId} is the management account`);
      try {
        const delegated = await delegatedAdministrators(organizations);
        return listingVerdict(
          caller.accountId,
          management,
          delegated.map(({ Id }) => Id),
        );
      } catch (error) {
        return listingVerdict(
          caller.accountId,
          management,
          undefined,
          refused("organizations:ListDelegatedAdministrators", rootCause(error)),
        );
      }
    },
  },
  {
    id: "stacksets-access",
    what: "Trusted access for StackSets",
    look: async ({ account, config }) => {
      const { memberRoles } = (await config()).management.settings;
      const { organizations } = await account("management");
      try {
        const services = await allPages<EnabledServicePrincipal>(systemClock, async (NextToken) => {
          const page = await organizations.send(new ListAWSServiceAccessForOrganizationCommand({ NextToken }));
          return { items: page.EnabledServicePrincipals, next: page.NextToken };
        });
        return trustedAccessVerdict(
          services.map(({ ServicePrincipal }) => ServicePrincipal),
          memberRoles,
        );
      } catch (error) {
        const needed = memberRoles === "stackset" ? "" : ` (memberRoles: ${memberRoles} needs none)`;
        return unknown(`${refused("organizations:ListAWSServiceAccessForOrganization", rootCause(error))}${needed}`);
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
    id: "scope",
    what: "Accounts in scope",
    look: async ({ account, config }) => {
      const { include, exclude } = (await config()).management.settings;
      if (include.length + exclude.length === 0) return ok("every active account: include and exclude are empty");
      const { organizations } = await account("management");
      const events = { inScope: () => undefined };
      try {
        const found = await listScope(organizations, systemClock, scopeRules({ include, exclude }), events);
        return ok(`${found.accounts.length - found.outOfScope.length} of ${found.accounts.length} accounts`);
      } catch (error) {
        if (error instanceof RunError && /Selector|InScope/.test(error.code)) {
          return wrong(error.message, "Correct include and exclude in Pulumi.management.yaml");
        }
        throw error;
      }
    },
  },
];

/** Whether the credentials are of the organization that is meant. */
export function organizationVerdict({ Id: found }: Organization, configured: string): Verdict {
  return found === configured
    ? ok(configured)
    : wrong(
        `your credentials are of ${found ?? "an organization without id"}, and organizationId is ${configured}`,
        "Sign in to the organization that you mean, or correct organizationId in Pulumi.management.yaml and Pulumi.logarchive.yaml",
      );
}

/** All features are needed for service-managed StackSets, and for nothing else here. */
export function featuresVerdict(featureSet: string | undefined, memberRoles: string): Verdict {
  if (featureSet === "ALL") return ok("all features are enabled");
  if (featureSet === undefined) return unknown("Organizations does not say which features are enabled");
  return memberRoles === "stackset"
    ? wrong(
        `only ${featureSet} is enabled, and service-managed StackSets need all features`,
        "Enable all features in Organizations, or set memberRoles: stacks in Pulumi.management.yaml",
      )
    : ok(`only ${featureSet} is enabled, which does for memberRoles: ${memberRoles}`);
}

/** Whether an account may list the organization; `delegated` is undefined where that could not be asked. */
export function listingVerdict(
  accountId: string,
  management: string | undefined,
  delegated: readonly (string | undefined)[] | undefined,
  why = "",
): Verdict {
  if (accountId === management) return ok(`${accountId} is the management account`);
  if (delegated?.includes(accountId)) return ok(`${accountId} is a delegated administrator`);
  const account = `${accountId} is not the management account (${management ?? "unknown"})`;
  if (!delegated) return unknown(`${account}, and whether it is a delegated administrator is not known: ${why}`);
  return wrong(
    `${account}, nor a delegated administrator, and cannot list the accounts`,
    "Correct managementAccountId and your credentials, or register the account as a delegated administrator",
  );
}

/** Whether StackSets may work in member accounts by themselves. */
export function trustedAccessVerdict(services: readonly (string | undefined)[], memberRoles: string): Verdict {
  const needed = memberRoles === "stackset";
  if (services.includes(STACK_SETS))
    return ok(needed ? "enabled" : `enabled; memberRoles: ${memberRoles} does not need it`);
  return needed
    ? wrong(
        `${STACK_SETS} is not among the services with trusted access`,
        "Enable it in CloudFormation (StackSets, activate trusted access), or set memberRoles: stacks in Pulumi.management.yaml",
      )
    : ok(`not enabled; memberRoles: ${memberRoles} does not need it`);
}

function notInUse(error: unknown): Verdict | undefined {
  const cause = rootCause(error);
  return cause instanceof Error && cause.name === "AWSOrganizationsNotInUseException"
    ? wrong(
        "the account is in no organization",
        "Sign in to the management account of the organization; accounts are listed by AWS Organizations",
      )
    : undefined;
}

function delegatedAdministrators(client: OrganizationsClient): Promise<{ Id?: string; Name?: string }[]> {
  return allPages(systemClock, async (NextToken) => {
    const page = await client.send(new ListDelegatedAdministratorsCommand({ NextToken }));
    return { items: page.DelegatedAdministrators, next: page.NextToken };
  });
}
