import type { PolicyDocument, PolicyStatement } from "../../components/policyDocument";
import { like } from "./like";

/** One request that a resource's policy is asked about. */
export interface ResourceRequest {
  /** What it is for: the Sid of the statement that has to allow it. */
  purpose: string;
  action: string;
  resource: string;
  accountId: string;
  /** ARN of the role that asks. */
  principalArn: string;
  /** Condition keys of the request, in lower case; what is not here is not known. */
  context: Readonly<Record<string, string>>;
}

/** How a policy compares with the one that is asked for. */
export interface Comparison {
  /** Statements whose requests it refuses, with the statement that does. */
  refused: { purpose: string; action: string; by: string }[];
  /** Statements whose requests it may refuse: conditions that are not understood here. */
  perhaps: { purpose: string; action: string }[];
  /** Refusals that are asked for and that it does not have, word for word. */
  lacking: string[];
}

type Truth = "yes" | "no" | "perhaps";
type Statement = Record<string, unknown>;

/**
 * Compares the policy of a resource with the one that is asked for. Whoever wrote the found one may have used other words, so what the
 * asked one allows is tried: a request for each of its actions, by each role that it names. What the asked one refuses has to be there
 * word for word; whether something else refuses the same cannot be seen from here.
 *
 * @param found JSON
 * @param facts Condition keys of every request, in lower case, beside those that its statement names.
 */
export function comparePolicies(
  found: string,
  asked: PolicyDocument,
  facts: Readonly<Record<string, string>> = {},
): Comparison {
  const statements = [(JSON.parse(found) as { Statement?: Statement | Statement[] }).Statement ?? []].flat();
  const refused: Comparison["refused"] = [];
  const perhaps: Comparison["perhaps"] = [];
  for (const request of asked.Statement.flatMap((statement) => requestsOf(statement, facts))) {
    const { truth, by } = allows(statements, request);
    const { purpose, action } = request;
    if (truth === "no") refused.push({ purpose, action, by });
    if (truth === "perhaps") perhaps.push({ purpose, action });
  }
  const there = new Set(statements.map(canonical));
  const lacking = asked.Statement.filter(({ Effect }) => Effect === "Deny").filter(
    (statement) => !there.has(canonical(statement)),
  );
  return { refused, perhaps, lacking: lacking.map(({ Sid }) => Sid) };
}

/** Requests that a statement allows: each of its actions, on its resources, by each role that it names. */
export function requestsOf(
  statement: PolicyStatement,
  facts: Readonly<Record<string, string>> = {},
): ResourceRequest[] {
  if (statement.Effect === "Deny" || statement.Principal === "*" || !statement.Principal) return [];
  const conditions = Object.values(statement.Condition ?? {}).flatMap((keys) => Object.entries(keys));
  const roles = conditions.flatMap(([key, values]) => (key === "aws:PrincipalArn" ? [values].flat() : []));
  const named = Object.fromEntries(
    conditions.map(([key, values]) => [key.toLowerCase(), example([values].flat()[0] ?? "")]),
  );
  return roles.flatMap((principalArn) =>
    [statement.Action].flat().flatMap((action) =>
      [statement.Resource ?? "*"].flat().map((resource): ResourceRequest => ({
        purpose: statement.Sid,
        action,
        resource: example(resource),
        accountId: principalArn.split(":")[4] ?? "",
        principalArn,
        context: { "aws:securetransport": "true", "aws:principalisawsservice": "false", ...facts, ...named },
      })),
    ),
  );
}

/** A text that a pattern is for. */
function example(pattern: string): string {
  return pattern === "*" ? pattern : pattern.replace(/\*/g, "x");
}

function allows(statements: readonly Statement[], request: ResourceRequest): { truth: Truth; by: string } {
  const fitting = statements.map((statement) => ({ statement, truth: fits(statement, request) }));
  const denials = fitting.filter(({ statement }) => statement["Effect"] === "Deny");
  const denial = denials.find(({ truth }) => truth === "yes");
  if (denial) return { truth: "no", by: `its statement ${nameOf(denial.statement)} denies it` };
  const allowed = best(fitting.filter(({ statement }) => statement["Effect"] === "Allow").map(({ truth }) => truth));
  if (allowed === "no") return { truth: "no", by: "no statement allows it" };
  return { truth: denials.some(({ truth }) => truth === "perhaps") ? "perhaps" : allowed, by: "" };
}

/** One statement that fits is enough. */
function best(truths: readonly Truth[]): Truth {
  return (["yes", "perhaps"] as const).find((truth) => truths.includes(truth)) ?? "no";
}

function nameOf({ Sid }: Statement): string {
  return typeof Sid === "string" ? Sid : "without a Sid";
}

function fits(statement: Statement, request: ResourceRequest): Truth {
  if (statement["NotPrincipal"] !== undefined) return "perhaps";
  const matches =
    principalFits(statement["Principal"], request) &&
    elementFits(statement, "Action", (pattern) => like(pattern, request.action, true)) &&
    elementFits(statement, "Resource", (pattern) => request.resource === "*" || like(pattern, request.resource));
  if (!matches) return "no";
  const conditions = Object.entries((statement["Condition"] ?? {}) as Record<string, Record<string, unknown>>);
  const truths = conditions.flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => conditionHolds(operator, key, texts(values), request)),
  );
  if (truths.includes("no")) return "no";
  return truths.includes("perhaps") ? "perhaps" : "yes";
}

function principalFits(principal: unknown, { accountId, principalArn }: ResourceRequest): boolean {
  if (principal === "*") return true;
  const named = texts((principal as { AWS?: unknown } | undefined)?.AWS ?? []);
  return named.some(
    (name) => name === "*" || name === accountId || name === principalArn || name.endsWith(`:iam::${accountId}:root`),
  );
}

/** By the element, or by its opposite (`NotAction`). */
function elementFits(statement: Statement, element: string, matches: (pattern: string) => boolean): boolean {
  if (statement[element] !== undefined) return texts(statement[element]).some(matches);
  return !texts(statement[`Not${element}`] ?? []).some(matches);
}

function conditionHolds(operator: string, key: string, values: string[], request: ResourceRequest): Truth {
  const name = key.toLowerCase();
  const known: Record<string, string | undefined> = {
    "aws:principalarn": request.principalArn,
    "aws:principalaccount": request.accountId,
    "kms:calleraccount": request.accountId,
    ...request.context,
  };
  const value = known[name];
  const plain = operator.replace(/IfExists$/, "");
  if (value === undefined) return "perhaps";
  if (plain === "Null") return values.includes("false") ? "yes" : "no";
  const matches = values.some((pattern) => compare(plain, pattern, value));
  if (/^(StringEquals|StringLike|StringEqualsIgnoreCase|ArnEquals|ArnLike|Bool)$/.test(plain)) {
    return matches ? "yes" : "no";
  }
  if (/^(StringNotEquals|StringNotLike|StringNotEqualsIgnoreCase|ArnNotEquals|ArnNotLike)$/.test(plain)) {
    return matches ? "no" : "yes";
  }
  return "perhaps";
}

function compare(operator: string, pattern: string, value: string): boolean {
  if (/Like|^Arn/.test(operator)) return like(pattern, value);
  return /IgnoreCase|^Bool$/.test(operator) ? pattern.toLowerCase() === value.toLowerCase() : pattern === value;
}

/** A statement with lists in one order, a single text as a list, and no Sid. */
function canonical(statement: Statement | PolicyStatement): string {
  const order = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(String).sort();
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [
          key,
          typeof inner === "string" || typeof inner === "boolean" ? [String(inner)] : order(inner),
        ]),
    );
  };
  const { Principal: principal, Effect: effect, ...others } = statement as Statement;
  const rest = Object.fromEntries(Object.entries(others).filter(([key]) => key !== "Sid"));
  const everybody = principal === "*" || texts((principal as { AWS?: unknown } | undefined)?.AWS ?? []).includes("*");
  return JSON.stringify([effect, everybody ? "*" : order({ principal }), order(rest)]);
}

function texts(value: unknown): string[] {
  return [value].flat().map(String);
}
