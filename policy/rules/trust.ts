import { HOLDER_KINDS, statementsIn, type Statement } from "../documents";
import { componentsOf, fits, said, type Resource } from "../resources";
import { textsOf } from "../knownValues";
import type { ResourceRule, Violation } from "../rule";

/** Rules on who may assume roles. */

const trusts = (resource: Resource): Statement[] =>
  statementsIn(resource).filter(({ purpose, effect }) => purpose === "trust" && effect === "Allow");

/** Keys that say who of an account may come, or in whose name. */
const NAMING = [
  "aws:principalarn",
  "sts:externalid",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:userid",
  "aws:username",
];

/** Operators that hold only where the key is there. */
const REQUIRING = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/;

const isAccount = (principal: string): boolean =>
  /^\d{12}$/.test(principal) || /^arn:[^:]+:iam::\d{12}:root$/.test(principal);

const names = ({ conditions }: Statement, keys: (key: string) => boolean): boolean =>
  conditions.some(({ operator, key, values }) => keys(key) && REQUIRING.test(operator) && !values.includes("*"));

/** A whole account, or a provider of identities, is trusted only with a condition. */
export const conditionedTrust: ResourceRule = {
  name: "iam-conditioned-trust",
  description:
    "Roles trust a whole account or an identity provider only by a condition that says who may come (IAM user guide, The confused deputy problem)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  level: "mandatory",
  severity: "high",
  kinds: HOLDER_KINDS,
  check: (resource) =>
    trusts(resource).flatMap((statement): Violation[] => {
      const accounts = statement.aws.filter(isAccount);
      if (accounts.length > 0 && !names(statement, (key) => NAMING.includes(key))) {
        return [
          {
            message: `${statement.label} trusts all of ${accounts.join(", ")}`,
            remedy:
              "Name the role that may come: as the principal, or by a condition ArnEquals aws:PrincipalArn; of an account that is not yours, add sts:ExternalId",
          },
        ];
      }
      if (
        statement.federated.length > 0 &&
        !names(statement, (key) => key.endsWith(":sub") || key.startsWith("saml:"))
      ) {
        return [
          {
            message: `${statement.label} trusts everybody of ${statement.federated.join(", ")}`,
            remedy: "Add a condition on the subject (…:sub), or for SAML on saml:sub or saml:aud",
          },
        ];
      }
      return [];
    }),
};

/** A role that others collect with lets in one role, and that alone. */
export const oneTrustedRole: ResourceRule<{ components: string[]; roleNames: string[] }> = {
  name: "iam-one-trusted-role",
  description:
    "The role that a collector assumes in an account trusts one role alone (IAM user guide, Apply least-privilege permissions)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  level: "mandatory",
  severity: "high",
  kinds: ["iam:Role", "aws-native:cloudformation:StackSet", "cloudformation:StackSet"],
  settings: {
    components: {
      type: "array",
      items: { type: "string" },
      default: ["iam-credential-reports:index:MemberRole", "iam-credential-reports:index:MemberRoleStackSet"],
      description: "Types of components whose roles these are.",
    },
    roleNames: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Names in AWS of other roles of which it is asked; * stands for any text.",
    },
  },
  check: (resource, { components, roleNames }) => {
    const named = textsOf(resource.values["name"]).some((name) => roleNames.some((pattern) => fits(name, pattern)));
    if (!named && !componentsOf(resource).some((type) => components.includes(type))) return [];
    const principals = trusts(resource).flatMap(principalsOf);
    const exact = principals.filter((arn) => /^arn:[^:]+:(iam|sts)::\d{12}:(role|assumed-role)\/[^*?]+$/.test(arn));
    if (principals.length === 0 || (principals.length === 1 && exact.length === 1)) return [];
    return [
      {
        message: `it trusts ${principals.map(said).join(", ")}`,
        remedy:
          "Let in one role by its ARN: as the principal, or its account with a condition ArnEquals aws:PrincipalArn",
      },
    ];
  },
};

/** Who comes in by a statement: the roles that a condition names, or else its principals. */
function principalsOf({ aws, services, federated, conditions }: Statement): string[] {
  const condition = conditions.find(
    ({ operator, key }) => key === "aws:principalarn" && /^(Arn|String)(Equals|Like)$/.test(operator),
  );
  return [...(condition && aws.length === 1 ? condition.values : aws), ...services, ...federated];
}

/** Services whose requests to assume a role, or to use a resource, carry no account or resource in whose name they come. */
const UNNAMED_SERVICES = ["lambda", "edgelambda", "ec2", "replicator.lambda"].map((name) => `${name}.amazonaws.com`);

const SOURCES = ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"];
/** What a service encrypts for names the resource, too, as CloudWatch Logs has it. */
const ENCRYPTS_FOR = "kms:encryptioncontext:";

/** A condition that says for whom a service comes. Some services say it in some requests only. */
function namesSource({ operator, key }: Statement["conditions"][number]): boolean {
  const names = SOURCES.includes(key) || key.startsWith(ENCRYPTS_FOR);
  return names && REQUIRING.test(operator.replace(/IfExists$/, ""));
}

/** A service comes in the name of one's own account alone. */
export const serviceSource: ResourceRule<{ exceptServices: string[] }> = {
  name: "iam-service-source-account",
  description:
    "AWS services are let in for one's own account or resource alone, by aws:SourceAccount or aws:SourceArn (IAM user guide, Cross-service confused deputy prevention)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention",
  level: "mandatory",
  severity: "medium",
  kinds: HOLDER_KINDS,
  settings: {
    exceptServices: {
      type: "array",
      items: { type: "string" },
      default: UNNAMED_SERVICES,
      description: "Services of which it is not asked, since their requests do not say for whom they come.",
    },
  },
  check: (resource, { exceptServices }) =>
    statementsIn(resource)
      .filter(({ effect, conditions }) => effect === "Allow" && !conditions.some(namesSource))
      .flatMap((statement) =>
        statement.services
          .filter((service) => !exceptServices.includes(service.replace(/\.cn$/, "")))
          .map((service) => ({
            message: `${statement.label} lets in ${service}, for whomever it works`,
            remedy:
              "Add a condition StringEquals aws:SourceAccount with your account, or ArnLike aws:SourceArn with the resource",
          })),
      ),
};
