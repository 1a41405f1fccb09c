import {
  DescribePolicyCommand,
  ListParentsCommand,
  ListPoliciesForTargetCommand,
  type OrganizationsClient,
  type PolicySummary,
  type PolicyType,
} from "@aws-sdk/client-organizations";
import { roleArn } from "../../components/arn";
import { systemClock } from "../../runtime/clock";
import { allPages } from "../../runtime/organizationPages";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { collectorAccountOf } from "../configuration/settings";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { CentralName, DoctorFacts } from "./facts";
import { needsOf, resourceNeedsOf } from "./needs";
import { withOrganization } from "./standalone";
import { judge, type Denial, type Judgement, type PolicyLevel } from "./serviceControl";

/** Whether the organization's policies let the stacks be made, and the collector work with what they make. */
export const ORGANIZATION_POLICY_CHECKS: Check<DoctorFacts>[] = [
  ...CENTRAL_STACKS.map(serviceControlCheck),
  ...CENTRAL_STACKS.map(resourceControlCheck),
].map(withOrganization);

function whoAndWhere(stack: CentralName, facts: DoctorFacts) {
  return Promise.all([facts.account(stack), facts.account("management"), facts.organization(), facts.config()]);
}

function serviceControlCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `service-control-${stack}`,
    what: `Service control policies over stack ${stack}`,
    look: async (facts) => {
      const [{ caller }, { organizations }, organization, config] = await whoAndWhere(stack, facts);
      const { accountId, partition } = caller;
      if (accountId === organization.MasterAccountId) return ok("none: they do not reach the management account");
      const roles = config[stack].file.assumeRoles;
      const principal = { accountId, arn: roles.at(-1)?.roleArn ?? caller.arn, organizationId: organization.Id ?? "" };
      try {
        const levels = await policyLevels(organizations, accountId, "SERVICE_CONTROL_POLICY");
        return serviceControlVerdict(levels, judge(levels, needsOf(stack, config, partition, accountId), principal));
      } catch (error) {
        return unknown(refused("organizations:ListPoliciesForTarget, DescribePolicy", rootCause(error)));
      }
    },
  };
}

/**
 * Resource control policies ask nobody who he is: they hold for whoever calls on a bucket, key or role of the account. So the calls of
 * the collector are judged beside those of the deployer.
 *
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
function resourceControlCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `resource-control-${stack}`,
    what: `Resource control policies over stack ${stack}`,
    look: async (facts) => {
      const [{ caller }, { organizations }, organization, config] = await whoAndWhere(stack, facts);
      const { accountId, partition } = caller;
      if (accountId === organization.MasterAccountId) return ok("none: they do not reach the management account");
      const { settings } = config.management;
      const organizationId = organization.Id ?? "";
      const deployer = { accountId, arn: config[stack].file.assumeRoles.at(-1)?.roleArn ?? caller.arn, organizationId };
      const collectorAccount = collectorAccountOf(settings);
      const arn = roleArn(partition, collectorAccount, settings.collectorRoleName, settings.rolePath);
      const collector = { accountId: collectorAccount, arn, organizationId };
      const needs = resourceNeedsOf(stack, config, partition, accountId);
      try {
        const levels = await policyLevels(organizations, accountId, "RESOURCE_CONTROL_POLICY");
        const judged = [judge(levels, needs.deployer, deployer), judge(levels, needs.collector, collector)];
        return serviceControlVerdict(
          levels,
          {
            denied: judged.flatMap(({ denied }) => denied),
            perhaps: judged.flatMap(({ perhaps }) => perhaps),
          },
          "Have the policy exempt the roles that deploy and collect, or your organization (aws:PrincipalOrgID)",
        );
      } catch (error) {
        return unknown(refused("organizations:ListPoliciesForTarget, DescribePolicy", rootCause(error)));
      }
    },
  };
}

/** What the judgement of the policies means for a deployment. */
export function serviceControlVerdict(
  levels: readonly PolicyLevel[],
  { denied, perhaps }: Judgement,
  remedy = "Have the policy exempt the role that deploys, or deploy into another account",
): Verdict {
  if (denied.length > 0) return wrong(`denied: ${inWords(denied)}`, remedy);
  const names = [...new Set(levels.flatMap(({ policies }) => policies.map(({ name }) => name)))];
  if (perhaps.length > 0)
    return unknown(`perhaps denied, by conditions that are not understood here: ${inWords(perhaps)}`, remedy);
  return ok(names.length === 0 ? "none" : `${names.join(", ")} deny nothing that is needed`);
}

function inWords(denials: readonly Denial[]): string {
  const actions = new Map<string, string[]>();
  for (const { action, by } of denials) actions.set(by, [...(actions.get(by) ?? []), action]);
  return [...actions].map(([by, names]) => `${[...new Set(names)].join(", ")} (${by})`).join("; ");
}

/** The account and all above it, each with its policies of a kind. */
async function policyLevels(
  client: OrganizationsClient,
  accountId: string,
  Filter: PolicyType,
): Promise<PolicyLevel[]> {
  const targets = [accountId];
  for (let child = accountId; !child.startsWith("r-");) {
    const { Parents = [] } = await client.send(new ListParentsCommand({ ChildId: child }));
    const parent = Parents[0]?.Id;
    if (parent === undefined) break;
    targets.push((child = parent));
  }
  const contents = new Map<string, Promise<string>>();
  const contentOf = (id: string): Promise<string> => {
    const asked =
      contents.get(id) ??
      client.send(new DescribePolicyCommand({ PolicyId: id })).then(({ Policy }) => Policy?.Content ?? "{}");
    contents.set(id, asked);
    return asked;
  };
  return Promise.all(
    targets.map(async (TargetId) => {
      const found = await allPages<PolicySummary>(systemClock, async (NextToken) => {
        const page = await client.send(new ListPoliciesForTargetCommand({ TargetId, Filter, NextToken }));
        return { items: page.Policies, next: page.NextToken };
      });
      const policies = await Promise.all(
        found.map(async ({ Id = "", Name }) => ({ name: Name ?? Id, content: await contentOf(Id) })),
      );
      return { target: TargetId, policies };
    }),
  );
}
