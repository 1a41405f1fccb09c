import {
  ListAWSServiceAccessForOrganizationCommand,
  type EnabledServicePrincipal,
  type Organization,
} from "@aws-sdk/client-organizations";
import { systemClock } from "../../runtime/clock";
import { RunError } from "../../runtime/errors";
import { listScope } from "../../runtime/listing";
import { allPages } from "../../runtime/organizationPages";
import { scopeRules } from "../../runtime/scope";
import type { Settings } from "../configuration/configSchema";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, Unmet, wrong, type Check, type Verdict } from "./check";
import { DELEGATION_CHECKS, STACK_SETS } from "./delegation";
import type { DoctorFacts } from "./facts";
import { withOrganization } from "./standalone";

const CHECKS: Check<DoctorFacts>[] = [
  {
    id: "organization",
    what: "Organization",
    look: async ({ askOrganization, config }) => {
      const { settings } = (await config()).management;
      try {
        return organizationVerdict(await askOrganization(), settings);
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
  ...DELEGATION_CHECKS,
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

/** The organization as a whole. */
export const ORGANIZATION_CHECKS = CHECKS.map(withOrganization);

/** Whether the credentials are of the organization that is meant, and its management account is the one that is. */
export function organizationVerdict(
  { Id: found, MasterAccountId: management }: Organization,
  { organizationId, managementAccountId }: Pick<Settings, "organizationId" | "managementAccountId">,
): Verdict {
  if (found !== organizationId) {
    return wrong(
      `your credentials are of ${found ?? "an organization without id"}, and organizationId is ${organizationId}`,
      "Sign in to the organization that you mean, or correct organizationId in Pulumi.management.yaml and Pulumi.logarchive.yaml",
    );
  }
  return management === managementAccountId
    ? ok(organizationId)
    : wrong(
        `the management account of ${organizationId} is ${management ?? "not known"}, and managementAccountId is ${managementAccountId}`,
        "Correct managementAccountId; for a collector in the account of a delegated administrator, name that one in collectorAccountId",
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
        "Sign in to the management account of the organization; to collect this one account, set organizationId to none in Pulumi.logarchive.yaml and Pulumi.management.yaml",
      )
    : undefined;
}
