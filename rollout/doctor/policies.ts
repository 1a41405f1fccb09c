import {
  GetRoleCommand,
  SimulatePrincipalPolicyCommand,
  type EvaluationResult,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { parseArn } from "../../components/arn";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { AccountView, CentralName, DoctorFacts } from "./facts";
import { boundaryOf, needsOf, type Need } from "./needs";
import { ORGANIZATION_POLICY_CHECKS } from "./organizationPolicies";

/** Whether policies let the stacks be made: those of the organization, and those of the role that deploys. */
export const POLICY_CHECKS: Check<DoctorFacts>[] = [
  ...ORGANIZATION_POLICY_CHECKS,
  ...CENTRAL_STACKS.map(permissionsCheck),
];

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

/** Whether a caller's own policies, its boundary and the organization's policies let it do something; the resource's policy is not asked. */
export async function mayDo(
  view: Pick<AccountView, "caller" | "iam">,
  action: string,
  resource: string,
): Promise<"allowed" | "refused" | "unknown"> {
  try {
    const source = await principalArn(view);
    if (source === undefined) return "unknown";
    const { state } = permissionsVerdict(
      await simulate(view.iam, source, [{ action, resource, region: "" }], undefined),
    );
    return state === "ok" ? "allowed" : state === "wrong" ? "refused" : "unknown";
  } catch {
    return "unknown";
  }
}

/** ARN of the role or user behind a caller: a session does not tell the path of its role. */
async function principalArn({ caller, iam }: Pick<AccountView, "caller" | "iam">): Promise<string | undefined> {
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
            ...(region === ""
              ? []
              : [
                  {
                    ContextKeyName: "aws:RequestedRegion",
                    ContextKeyType: "string" as const,
                    ContextKeyValues: [region],
                  },
                ]),
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
