import type { PolicyStatement } from "../../components/policyDocument";
import type { RenderedPolicy } from "./renderedPolicies";

/** What a rule is held against: a document, what it hangs on, and its partition. */
export type Ruled = Pick<RenderedPolicy, "kind" | "attachedTo" | "document"> & { partition: string };

/** A rule that holds for every policy of these stacks: says what is wrong, naming the statement, or nothing. */
type Rule = (policy: Ruled) => string[];

/** Conditions that hold callers to an organization or an account, or a service to what it acts for. */
const CONFINES =
  /^aws:(Principal(OrgID|OrgPaths|Account|Arn)|Source(Account|Arn|OrgID|OrgPaths))$|^kms:CallerAccount$/i;

/** Services that say neither to SNS nor to KMS for what they act (docs/security.md): the condition holds where they do. */
const SILENT_SERVICES = ["events.amazonaws.com"];

const listed = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

/** Keys of a condition, with the operators that they stand under. */
function conditions({ Condition = {} }: PolicyStatement): { operator: string; key: string }[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => Object.keys(keys).map((key) => ({ operator, key })));
}

/** Whether callers that do not say who they are for are shut out too. */
function confined(statement: PolicyStatement, keys: RegExp): boolean {
  return conditions(statement).some(
    ({ operator, key }) => keys.test(key) && /^(String|Arn)(Equals|Like)$/.test(operator),
  );
}

function allows(policy: Ruled): PolicyStatement[] {
  return policy.document.Statement.filter(({ Effect }) => Effect === "Allow");
}

/** AWS principals of a statement, `*` among them. */
function awsPrincipals({ Principal }: PolicyStatement): string[] {
  if (Principal === "*") return ["*"];
  return Principal && "AWS" in Principal ? listed(Principal.AWS) : [];
}

function ofStatements(problem: (statement: PolicyStatement, policy: Ruled) => boolean, words: string): Rule {
  return (policy) =>
    allows(policy)
      .filter((statement) => problem(statement, policy))
      .map(({ Sid }) => `${Sid}: ${words}`);
}

/** Service whose resource a policy is of, as in `sqs`; a role's trust is none. */
function serviceOf({ kind, attachedTo }: Ruled): string | undefined {
  return kind === "resource" ? attachedTo?.split(":")[2] : undefined;
}

/** Every rule by what it forbids. */
export const POLICY_RULES: Record<string, Rule> = {
  "an open principal": ofStatements(
    (statement) => awsPrincipals(statement).includes("*") && !confined(statement, CONFINES),
    "lets everybody in, of any organization",
  ),
  "a whole account": ofStatements(
    (statement, policy) =>
      awsPrincipals(statement).some((arn) => arn !== "*" && !isOwner(arn, policy)) &&
      !confined(statement, /^aws:PrincipalArn$/i),
    "lets in every role of an account that is not the owner's",
  ),
  "a role by its name as principal": ofStatements(
    (statement) => awsPrincipals(statement).some((arn) => arn !== "*" && !arn.endsWith(":root")),
    "names a principal that has to exist before the policy does",
  ),
  "a wildcard in an action": ofStatements(
    ({ Action }) => listed(Action).some((action) => /[*?]/.test(action)),
    "allows actions by a wildcard",
  ),
  "what is not named": ofStatements(
    (statement) => ["NotAction", "NotPrincipal", "NotResource"].some((element) => element in statement),
    "allows all but something",
  ),
  "another partition": ({ document, partition }) => {
    const partitions = JSON.stringify(document).match(/(?<=\barn:)[\w-]+(?=:)/g) ?? [];
    return [...new Set(partitions)].filter((found) => found !== partition).map((found) => `names arn:${found}:`);
  },
  "a service that acts for anybody": ofStatements((statement) => {
    const { Principal } = statement;
    if (!Principal || Principal === "*" || !("Service" in Principal)) return false;
    if (confined(statement, /^aws:Source(Account|Arn)$/i)) return false;
    const said = conditions(statement).some(({ key }) => key === "aws:SourceAccount");
    return !(said && SILENT_SERVICES.includes(Principal.Service));
  }, "asks a service neither for aws:SourceAccount nor for aws:SourceArn"),
  "every job of a provider": ofStatements((statement) => {
    const { Principal } = statement;
    if (!Principal || Principal === "*" || !("Federated" in Principal)) return false;
    return !(confined(statement, /:sub$/) && confined(statement, /:aud$/));
  }, "asks a provider of identities not for both subject and audience"),
  "plain HTTP": (policy) => {
    const service = serviceOf(policy);
    if (service === undefined || !["s3", "sns", "sqs"].includes(service)) return [];
    const denied = policy.document.Statement.filter(
      ({ Effect, Principal, Condition }) =>
        Effect === "Deny" && Principal === "*" && Condition?.["Bool"]?.["aws:SecureTransport"] === "false",
    ).flatMap(({ Action }) => listed(Action));
    const all = denied.includes(`${service}:*`);
    const open = allows(policy).flatMap(({ Action }) => listed(Action).filter((action) => !denied.includes(action)));
    return all || (denied.length > 0 && open.length === 0) ? [] : [`lets plain HTTP in: ${open.join(", ") || service}`];
  },
  "a statement without a name": ({ document }) =>
    document.Statement.filter(({ Sid }) => !Sid).map((statement) => `${JSON.stringify(statement)} has no Sid`),
};

/** The owner of a key administers it by its own account's policies. */
function isOwner(arn: string, policy: Ruled): boolean {
  return serviceOf(policy) === "kms" && arn.split(":")[4] === policy.attachedTo?.split(":")[4];
}

/** What a policy breaks of the rules. */
export function brokenRules(policy: Ruled): string[] {
  return Object.entries(POLICY_RULES).flatMap(([rule, broken]) => broken(policy).map((what) => `${rule}: ${what}`));
}
