import type { Need } from "./needs";
import { like } from "./like";

/** A service or resource control policy with its document. */
export interface ControlPolicy {
  name: string;
  /** JSON. */
  content: string;
}

/** The policies at one place between the root and an account, or at the account itself. */
export interface PolicyLevel {
  /** Id of the root, unit or account. */
  target: string;
  policies: readonly ControlPolicy[];
}

/** Who calls, as far as conditions of policies ask. */
export interface Principal {
  accountId: string;
  /** ARN of the role or user. */
  arn: string;
  organizationId: string;
}

/** A call that a policy denies, or may deny. */
export interface Denial {
  action: string;
  /** Name of the policy, or of the place where none allows it. */
  by: string;
}

/** What such policies do to the calls that are needed. */
export interface Judgement {
  denied: Denial[];
  /** Policies whose conditions this program does not understand. */
  perhaps: Denial[];
}

type Truth = "yes" | "no" | "perhaps";
type Document = Record<string, unknown>;

/**
 * Judges calls by service control policies, or by resource control policies of the account that is called: one Deny that fits is enough, and at every place some policy has to allow the call.
 *
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 */
export function judge(levels: readonly PolicyLevel[], needs: readonly Need[], principal: Principal): Judgement {
  const judgement: Judgement = { denied: [], perhaps: [] };
  for (const need of needs) {
    for (const { target, policies } of levels) {
      const found = policies.flatMap(({ name, content }) =>
        statementsOf(content).map((statement) => ({
          name,
          effect: statement["Effect"],
          fits: fits(statement, need, principal),
        })),
      );
      for (const { name, fits: truth } of found.filter(({ effect }) => effect === "Deny")) {
        if (truth === "yes") judgement.denied.push({ action: need.action, by: `policy ${name} at ${target}` });
        if (truth === "perhaps") judgement.perhaps.push({ action: need.action, by: `policy ${name} at ${target}` });
      }
      const allowing = found.filter(({ effect, fits: truth }) => effect === "Allow" && truth !== "no");
      // every place has at least one policy; where none is seen, none is enforced
      if (policies.length === 0 || allowing.some(({ fits: truth }) => truth === "yes")) continue;
      const by = `no policy at ${target} allows it`;
      if (allowing.length === 0) judgement.denied.push({ action: need.action, by });
      else judgement.perhaps.push({ action: need.action, by: `conditions of the policies at ${target}` });
    }
  }
  return judgement;
}

function statementsOf(content: string): Document[] {
  const { Statement: statements } = JSON.parse(content) as { Statement?: Document | Document[] };
  return [statements ?? []].flat();
}

function fits(statement: Document, need: Need, principal: Principal): Truth {
  const named =
    listed(statement, "Action", (pattern) => like(pattern, need.action, true)) &&
    listed(statement, "Resource", (pattern) => need.resource === "*" || like(pattern, need.resource));
  return named ? conditionsHold(statement["Condition"], need, principal) : "no";
}

/** By the element, or by its opposite (`NotAction`); without either, all are meant. */
function listed(statement: Document, element: string, matches: (pattern: string) => boolean): boolean {
  if (statement[element] !== undefined) return texts(statement[element]).some(matches);
  return !texts(statement[`Not${element}`]).some(matches);
}

function conditionsHold(conditions: unknown, need: Need, principal: Principal): Truth {
  const truths = Object.entries((conditions ?? {}) as Record<string, Document>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => conditionHolds(operator, key, texts(values), need, principal)),
  );
  if (truths.includes("no")) return "no";
  return truths.includes("perhaps") ? "perhaps" : "yes";
}

function conditionHolds(operator: string, key: string, values: string[], need: Need, principal: Principal): Truth {
  const known: Record<string, string> = {
    "aws:requestedregion": need.region,
    "aws:principalarn": principal.arn,
    "aws:principalaccount": principal.accountId,
    "aws:principalorgid": principal.organizationId,
    // neither the deployer nor the collector is a service, and both speak TLS
    "aws:principalisawsservice": "false",
    "aws:securetransport": "true",
  };
  const value = known[key.toLowerCase()];
  if (value !== undefined && /^Bool(IfExists)?$/.test(operator)) {
    return values.some((expected) => expected.toLowerCase() === value) ? "yes" : "no";
  }
  const [, not, kind] = /^(?:String|Arn)(Not)?(Equals|Like|EqualsIgnoreCase)(?:IfExists)?$/.exec(operator) ?? [];
  if (value === undefined || kind === undefined) return "perhaps";
  // ArnEquals knows wildcards as ArnLike does
  const wild = kind === "Like" || operator.startsWith("Arn");
  const matches = values.some((pattern) => (wild ? like(pattern, value) : fold(kind, pattern) === fold(kind, value)));
  return matches === (not === undefined) ? "yes" : "no";
}

function fold(kind: string, text: string): string {
  return kind === "EqualsIgnoreCase" ? text.toLowerCase() : text;
}

function texts(value: unknown): string[] {
  return [value ?? []].flat().map(String);
}
