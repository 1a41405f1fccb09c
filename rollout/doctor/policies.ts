import {
  GetRoleCommand,
  SimulatePrincipalPolicyCommand,
  type EvaluationResult,
  type IAMClient,
} from "@aws-sdk/client-iam";
import {
  DescribePolicyCommand,
  ListParentsCommand,
  ListPoliciesForTargetCommand,
  type OrganizationsClient,
  type PolicySummary,
} from "@aws-sdk/client-organizations";
import { parseArn } from "../../components/arn";
import { systemClock } from "../../runtime/clock";
import { allPages } from "../../runtime/organizationPages";
import { CENTRAL_STACKS } from "../organizationConfig";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { AccountView, CentralName, DoctorFacts } from "./facts";
import { boundaryOf, needsOf, type Need } from "./needs";
import { withOrganization } from "./standalone";
import { judge, type Denial, type Judgement, type PolicyLevel } from "./serviceControl";

/** Whether policies let the stacks be made: those of the organization, and those of the role that deploys. */
export const POLICY_CHECKS: Check<DoctorFacts>[] = [
  ...CENTRAL_STACKS.map(serviceControlCheck).map(withOrganization),
  ...CENTRAL_STACKS.map(permissionsCheck),
];

function serviceControlCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `service-control-${stack}`,
    what: `Service control policies over stack ${stack}`,
    look: async (facts) => {
      const [{ caller }, { organizations }, organization, config] = await Promise.all([
        facts.account(stack),
        facts.account("management"),
        facts.organization(),
        facts.config(),
      ]);
      const { accountId, partition } = caller;
      if (accountId === organization.MasterAccountId) return ok("none: they do not reach the management account");
      const roles = config[stack].file.assumeRoles;
      const principal = { accountId, arn: roles.at(-1)?.roleArn ?? caller.arn, organizationId: organization.Id ?? "" };
      try {
        const levels = await policyLevels(organizations, accountId);
        return serviceControlVerdict(levels, judge(levels, needsOf(stack, config, partition, accountId), principal));
      } catch (error) {
        return unknown(refused("organizations:ListPoliciesForTarget, DescribePolicy", rootCause(error)));
      }
    },
  };
}

/** What the judgement of the policies means for a deployment. */
export function serviceControlVerdict(levels: readonly PolicyLevel[], { denied, perhaps }: Judgement): Verdict {
  const remedy = "Have the policy exempt the role that deploys, or deploy into another account";
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

/** The account and all above it, each with its service control policies. */
async function policyLevels(client: OrganizationsClient, accountId: string): Promise<PolicyLevel[]> {
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
        const page = await client.send(
          new ListPoliciesForTargetCommand({ TargetId, Filter: "SERVICE_CONTROL_POLICY", NextToken }),
        );
        return { items: page.Policies, next: page.NextToken };
      });
      const policies = await Promise.all(
        found.map(async ({ Id = "", Name }) => ({ name: Name ?? Id, content: await contentOf(Id) })),
      );
      return { target: TargetId, policies };
    }),
  );
}

function permissionsCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `permissions-${stack}`,
    what: `Rights of the deployer of stack ${stack}`,
    look: async (facts) => {
      const [view, config] = await Promise.all([facts.account(stack), facts.config()]);
      const { accountId, partition } = view.caller;
      try {
        const source = await principalArn(view);
        const needs = needsOf(stack, config, partition, accountId);
        if (needs.length === 0) return ok("none are needed: the stack makes nothing");
        if (source === undefined)
          return unknown(`${view.caller.arn} has no policies of its own that could be simulated`);
        return permissionsVerdict(
          await simulate(view.iam, source, needs, boundaryOf(stack, config, partition, accountId)),
        );
      } catch (error) {
        return unknown(refused("iam:GetRole, SimulatePrincipalPolicy", rootCause(error)));
      }
    },
  };
}

/** ARN of the role or user behind a caller: a session does not tell the path of its role. */
async function principalArn({ caller, iam }: AccountView): Promise<string | undefined> {
  const [kind, name] = parseArn(caller.arn)?.resource.split("/") ?? [];
  if (kind === "user") return caller.arn;
  if (kind !== "assumed-role") return undefined;
  return (await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.Arn;
}

async function simulate(
  iam: IAMClient,
  source: string,
  needs: readonly Need[],
  boundary: string | undefined,
): Promise<EvaluationResult[]> {
  const groups = new Map<string, Need[]>();
  for (const need of needs) {
    const group = `${need.resource} ${need.region}`;
    groups.set(group, [...(groups.get(group) ?? []), need]);
  }
  const answers = await Promise.all(
    [...groups.values()].map(([first, ...rest]) => {
      const { resource = "*", region = "" } = first ?? {};
      return iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: source,
          ActionNames: [first, ...rest].map((need) => need?.action ?? ""),
          ResourceArns: [resource],
          ContextEntries: [
            { ContextKeyName: "aws:RequestedRegion", ContextKeyType: "string", ContextKeyValues: [region] },
            {
              ContextKeyName: "iam:PassedToService",
              ContextKeyType: "string",
              ContextKeyValues: ["lambda.amazonaws.com"],
            },
            ...(boundary === undefined
              ? []
              : [
                  {
                    ContextKeyName: "iam:PermissionsBoundary",
                    ContextKeyType: "string" as const,
                    ContextKeyValues: [boundary],
                  },
                ]),
          ],
        }),
      );
    }),
  );
  return answers.flatMap(({ EvaluationResults = [] }) => EvaluationResults);
}

/** What the simulation means: it asks the deployer's own policies, its permissions boundary, and the organization's policies. */
export function permissionsVerdict(results: readonly EvaluationResult[]): Verdict {
  const refusals = results.filter(({ EvalDecision }) => EvalDecision !== "allowed");
  const because = (result: EvaluationResult): string => {
    if (result.OrganizationsDecisionDetail?.AllowedByOrganizations === false) return "by the organization's policies";
    if (result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false)
      return "by the permissions boundary";
    return result.EvalDecision === "explicitDeny" ? "by a Deny" : "because nothing allows it";
  };
  const open = (result: EvaluationResult): boolean =>
    result.EvalDecision === "implicitDeny" && (result.MissingContextValues ?? []).length > 0;
  const words = (some: EvaluationResult[]): string =>
    some.map((result) => `${result.EvalActionName ?? ""} ${because(result)}`).join(", ");
  const remedy = "Give the role that deploys these rights, or name another one in aws:assumeRoles";
  const clear = refusals.filter((result) => !open(result));
  if (clear.length > 0) return wrong(`simulated, refused: ${words(clear)}`, remedy);
  if (refusals.length > 0)
    return unknown(`simulated, refused unless conditions hold that are not known here: ${words(refusals)}`, remedy);
  return ok(`simulated: ${results.length} calls of every kind that is needed are allowed`);
}
