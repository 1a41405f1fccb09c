import { HOLDER_KINDS, statementsIn, type Statement } from "../documents";
import { fits, refersTo, type Resource } from "../resources";
import { textsOf } from "../knownValues";
import type { ResourceRule, StackRule } from "../rule";

/** Rules on what policies allow. */

const allowed = (resource: Resource): Statement[] => statementsIn(resource).filter(({ effect }) => effect === "Allow");

const where = ({ label, templateRole }: Statement): string =>
  templateRole === undefined ? label : `${label} of ${templateRole} in the template`;

/** Rights are named one by one. */
export const wildcardAction: ResourceRule<{ allow: string[] }> = {
  name: "iam-wildcard-action",
  description:
    "Policies allow actions by name, none by a wildcard (Security Hub IAM.1 and IAM.21, CIS AWS Foundations 1.16)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  level: "mandatory",
  severity: "high",
  kinds: HOLDER_KINDS,
  settings: {
    allow: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Actions with a wildcard that are allowed as they are written, as in s3:Get*.",
    },
  },
  check: (resource, { allow }) =>
    allowed(resource).flatMap((statement) => {
      const broad = statement.actions.filter((action) => /[*?]/.test(action) && !allow.includes(action));
      if (broad.length === 0 && !statement.notAction) return [];
      return [
        {
          message: `${where(statement)} allows ${statement.notAction ? "everything but some actions (NotAction)" : broad.join(", ")}`,
          remedy: "Name the actions that are needed; CloudTrail and IAM Access Analyzer say which those are",
        },
      ];
    }),
};

/** Keys of conditions that keep everybody outside an organization or account away. */
const NARROWING = [
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "aws:sourceowner",
  "kms:calleraccount",
];

/** Operators that hold where a key is absent narrow nothing. */
const REQUIRING = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/;

/** Nothing is open to the world. */
export const publicPrincipal: ResourceRule = {
  name: "iam-public-principal",
  description:
    "No policy lets in everybody, but by a condition on an organization or an account (IAM user guide, AWS JSON policy elements: Principal)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
  level: "mandatory",
  severity: "critical",
  kinds: HOLDER_KINDS,
  check: (resource) =>
    allowed(resource)
      .filter(({ aws, notPrincipal }) => aws.includes("*") || notPrincipal)
      .filter(({ conditions }) => !conditions.some(isNarrowing))
      .map((statement) => ({
        message: `${where(statement)} lets in ${statement.notPrincipal ? "everybody but some (NotPrincipal)" : "everybody"}`,
        remedy: "Name who is let in, or add a condition on aws:PrincipalOrgID or aws:PrincipalAccount",
      })),
};

function isNarrowing({ operator, key, values }: Statement["conditions"][number]): boolean {
  return NARROWING.includes(key) && REQUIRING.test(operator) && !values.some(isOpen);
}

/** A value that fits accounts of anybody: `*`, or an ARN whose account is a wildcard. */
function isOpen(value: string): boolean {
  return value.startsWith("*") || /^arn:[^:]*:[^:]*:[^:]*:[^:]*[*?]/.test(value);
}

const BROAD = [
  "AdministratorAccess*",
  "PowerUserAccess",
  "ReadOnlyAccess",
  "*FullAccess*",
  "job-function/*Administrator",
  "AmazonS3ReadOnlyAccess",
  "SecretsManagerReadWrite",
];

/** What attaches a managed policy to a role: kind, property of the role, property of the policy. */
const ATTACHMENTS = [
  ["iam:RolePolicyAttachment", "role", "policyArn"],
  ["iam:RolePolicyAttachmentsExclusive", "roleName", "policyArns"],
  ["iam:PolicyAttachment", "roles", "policyArn"],
] as const;

/** Functions have no rights that somebody thought up for people. */
export const broadManagedPolicy: StackRule<{ policies: string[]; roles: string }> = {
  name: "iam-broad-managed-policy",
  description:
    "The roles of Lambda functions have no broad policy that AWS manages (Security Hub IAM.1, IAM user guide, Apply least-privilege permissions)",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-use-aws-defined-policies",
  level: "mandatory",
  severity: "high",
  settings: {
    policies: {
      type: "array",
      items: { type: "string" },
      default: BROAD,
      description: "What follows policy/ in the ARNs of policies that are too broad; * stands for any text.",
    },
    roles: {
      type: "string",
      enum: ["lambda", "all"],
      default: "lambda",
      description: "Whose roles: those that Lambda assumes, or all of the stack.",
    },
  },
  checkStack: (stack, { policies, roles }) =>
    stack
      .filter(({ kind }) => kind === "iam:Role")
      .flatMap((role) => {
        if (roles === "lambda" && !statementsIn(role).some(isOfLambda)) return [];
        const attached = stack.flatMap((resource) =>
          ATTACHMENTS.filter(
            ([kind, property]) => resource.kind === kind && refersTo(resource, property, role),
          ).flatMap(([, , policy]) => textsOf(resource.values[policy])),
        );
        return [...textsOf(role.values["managedPolicyArns"]), ...attached]
          .filter((arn) => policies.some((pattern) => fits(policyNameIn(arn), pattern)))
          .map((arn) => ({
            resource: role,
            message: `it has ${arn}`,
            remedy: "Give the role a policy of its own (RolePolicy) that names actions and resources",
          }));
      }),
};

function isOfLambda({ purpose, services }: Statement): boolean {
  return purpose === "trust" && services.some((service) => service.startsWith("lambda."));
}

/** `job-function/SystemAdministrator` of `arn:aws:iam::aws:policy/job-function/SystemAdministrator`; customers' own have none. */
function policyNameIn(arn: string): string {
  return /^arn:[^:]+:iam::aws:policy\/(?:service-role\/|aws-service-role\/)?(.+)$/.exec(arn)?.[1] ?? "";
}
