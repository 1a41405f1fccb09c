import type { MemberRoleDefinition } from "../../components/memberRolePolicy";

/** A member role as it is in an account; a part that could not be read is absent. */
export interface RoleAsIs {
  /** Policy documents as IAM gives them: JSON, URL-encoded. */
  trust?: string;
  /** The inline policies by name. */
  inline?: Readonly<Record<string, string>>;
  /** Names of the managed policies that are attached. */
  attached?: readonly string[];
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Statement = { [key: string]: Json };

/** How a member role differs from what it should be, in words; empty where it does not. External ids are not shown. */
export function roleDifferences(found: RoleAsIs, expected: MemberRoleDefinition): string[] {
  return [
    ...(found.trust === undefined ? [] : trustDifferences(found.trust, expected)),
    ...(found.inline === undefined ? [] : inlineDifferences(found.inline, expected)),
    ...(found.attached?.length ? [`has managed policies too: ${found.attached.join(", ")}`] : []),
  ];
}

/** How its permissions boundary differs from what it should be, both by ARN, undefined for none. */
export function boundaryDifferences(found: string | undefined, expected: string | undefined): string[] {
  if (found === expected) return [];
  return [`has ${found ? `the permissions boundary ${found}` : "no permissions boundary"}, not ${expected ?? "none"}`];
}

function trustDifferences(trust: string, { assumeRolePolicy }: MemberRoleDefinition): string[] {
  const found = statementsOf(trust);
  const expected = assumeRolePolicy.Statement.map(plain) as Statement[];
  if (same(found, expected)) return [];
  const [is, should] = [found[0] ?? {}, expected[0] ?? {}];
  if (found.length !== 1) return [`its trust policy has ${found.length} statements in place of 1`];
  const words = [
    ...differing("trusts", principalOf(is), principalOf(should)),
    ...differing("lets in", roleOf(is), roleOf(should)),
    ...externalIdDifference(externalIdOf(is), externalIdOf(should)),
  ];
  return words.length > 0 ? words : ["its trust policy has other conditions or actions"];
}

function inlineDifferences(
  inline: Readonly<Record<string, string>>,
  { policyName, policy }: MemberRoleDefinition,
): string[] {
  const { [policyName]: own, ...others } = inline;
  const names = Object.keys(others);
  const more = names.length > 0 ? [`has inline policies too: ${names.join(", ")}`] : [];
  if (own === undefined) return [`has no inline policy ${policyName}`, ...more];
  const expected = policy.Statement.map(plain) as Statement[];
  if (same(statementsOf(own), expected)) return more;
  const [may, should] = [actionsOf(statementsOf(own)), actionsOf(expected)];
  const lacks = should.filter((action) => !may.includes(action));
  const has = may.filter((action) => !should.includes(action));
  const words = [
    ...(lacks.length > 0 ? [`may not ${lacks.join(", ")}`] : []),
    ...(has.length > 0 ? [`may also ${has.join(", ")}`] : []),
  ];
  return [...(words.length > 0 ? words : [`its policy ${policyName} has other conditions or resources`]), ...more];
}

function differing(verb: string, is: string, should: string): string[] {
  return is === should ? [] : [`${verb} ${is || "nobody in particular"}, not ${should}`];
}

function externalIdDifference(is: Json | undefined, should: Json | undefined): string[] {
  if (JSON.stringify(is) === JSON.stringify(should)) return [];
  if (should === undefined) return ["asks for an external id, and none is configured"];
  return [is === undefined ? "asks for no external id" : "asks for another external id"];
}

function statementsOf(document: string): Statement[] {
  try {
    const { Statement: statements = [] } = JSON.parse(decodeURIComponent(document)) as { Statement?: Json };
    return [statements].flat().map(plain) as Statement[];
  } catch {
    return [];
  }
}

/** Without names of statements, and a list of one as its one: neither means anything. Keys are in order. */
function plain(value: unknown): Json {
  if (Array.isArray(value)) return value.length === 1 ? plain(value[0]) : value.map(plain).sort();
  if (typeof value !== "object" || value === null) return value as Json;
  const entries = Object.entries(value).filter(([key, inner]) => key !== "Sid" && inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, plain(inner)]));
}

function same(a: Json[], b: Json[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function principalOf(statement: Statement): string {
  return JSON.stringify(at(statement, "Principal", "AWS") ?? statement["Principal"] ?? "").replaceAll('"', "");
}

function roleOf(statement: Statement): string {
  return JSON.stringify(at(statement, "Condition", "ArnEquals", "aws:PrincipalArn") ?? "").replaceAll('"', "");
}

function externalIdOf(statement: Statement): Json | undefined {
  return at(statement, "Condition", "StringEquals", "sts:ExternalId");
}

function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner[key] : undefined),
    value,
  );
}

function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Effect, Action }) => (Effect === "Allow" ? [Action ?? []].flat().map(String) : []));
}
