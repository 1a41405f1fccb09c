import { listOf, partOf, textsOf, UNKNOWN, type Known, type Properties } from "./knownValues";
import type { Resource } from "./resources";

/**
 * The policy documents in resources, whichever property holds them, those in templates of CloudFormation among them.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */

/** What a document is for: rights of who has it, access to what has it, or who may assume a role. */
export type DocumentPurpose = "identity" | "resource" | "trust";

/** A statement of a document. */
export interface Statement {
  purpose: DocumentPurpose;
  /** Sid, or the statement's place, as in `statement 2`. */
  label: string;
  effect: string;
  actions: readonly string[];
  /** It is written as everything but some actions. */
  notAction: boolean;
  /** It is written as everybody but some principals. */
  notPrincipal: boolean;
  /** `AWS` accounts, roles and users; `*` among them for everybody. */
  aws: readonly string[];
  services: readonly string[];
  federated: readonly string[];
  /** Operator, key in lower case, and values. */
  conditions: readonly { operator: string; key: string; values: readonly string[] }[];
  /** Role of a template that it stands in; of the resource itself where absent. */
  templateRole?: string;
}

const HOLDERS: Readonly<Record<string, Readonly<Record<string, DocumentPurpose>>>> = {
  "iam:Role": { assumeRolePolicy: "trust", inlinePolicies: "identity" },
  "iam:RolePolicy": { policy: "identity" },
  "iam:Policy": { policy: "identity" },
  "iam:UserPolicy": { policy: "identity" },
  "iam:GroupPolicy": { policy: "identity" },
  "ssoadmin:PermissionSetInlinePolicy": { inlinePolicy: "identity" },
  "s3:BucketPolicy": { policy: "resource" },
  "s3:Bucket": { policy: "resource" },
  "kms:Key": { policy: "resource" },
  "kms:KeyPolicy": { policy: "resource" },
  "sns:Topic": { policy: "resource" },
  "sns:TopicPolicy": { policy: "resource" },
  "sqs:Queue": { policy: "resource" },
  "sqs:QueuePolicy": { policy: "resource" },
  "cloudwatch:EventBusPolicy": { policy: "resource" },
  "secretsmanager:SecretPolicy": { policy: "resource" },
  "ecr:RepositoryPolicy": { policy: "resource" },
  "backup:VaultPolicy": { policy: "resource" },
  "glue:ResourcePolicy": { policy: "resource" },
};

const TEMPLATES = ["aws-native:cloudformation:StackSet", "cloudformation:StackSet", "cloudformation:Stack"];

/** Kinds of resources that may hold a document. */
export const HOLDER_KINDS: readonly string[] = [...Object.keys(HOLDERS), ...TEMPLATES, "lambda:Permission"];

/** Every statement that a resource holds and that is known. */
export function statementsIn({ kind, values }: Pick<Resource, "kind" | "values">): Statement[] {
  if (TEMPLATES.includes(kind)) return templateStatements(values["templateBody"]);
  if (kind === "lambda:Permission") return [permissionStatement(values)];
  return Object.entries(HOLDERS[kind] ?? {}).flatMap(([property, purpose]) =>
    property === "inlinePolicies"
      ? listOf(values[property]).flatMap((inline) => documentStatements(partOf(inline)["policy"], purpose))
      : documentStatements(values[property], purpose),
  );
}

/** Statements of a document as text or as data; none where it is not known, or no document: AWS refuses that by itself. */
export function documentStatements(document: Known, purpose: DocumentPurpose): Statement[] {
  const statements = listOf(partOf(typeof document === "string" ? parsed(document) : document)["Statement"]);
  return statements.map((statement, index) => statementOf(partOf(statement), purpose, index));
}

function statementOf(statement: Properties, purpose: DocumentPurpose, index: number): Statement {
  const principal = statement["Principal"];
  const principals = principal === "*" ? { AWS: "*" } : partOf(principal);
  return {
    purpose,
    label: typeof statement["Sid"] === "string" ? statement["Sid"] : `statement ${index + 1}`,
    effect: textsOf(statement["Effect"])[0] ?? "",
    actions: textsOf(statement["Action"]),
    notAction: statement["NotAction"] !== undefined,
    notPrincipal: statement["NotPrincipal"] !== undefined,
    aws: textsOf(principals["AWS"]),
    services: textsOf(principals["Service"]),
    federated: textsOf(principals["Federated"]),
    conditions: Object.entries(partOf(statement["Condition"])).flatMap(([operator, keys]) =>
      Object.entries(partOf(keys)).map(([key, value]) => ({
        operator,
        key: key.toLowerCase(),
        values: listOf(value)
          .filter((each) => each !== UNKNOWN)
          .map(String),
      })),
    ),
  };
}

/** A function's permission is a statement that AWS writes: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
function permissionStatement(values: Properties): Statement {
  const principal = textsOf(values["principal"])[0] ?? "";
  const isService = /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(principal);
  const conditions = [
    { property: "sourceAccount", operator: "StringEquals", key: "aws:sourceaccount" },
    { property: "sourceArn", operator: "ArnLike", key: "aws:sourcearn" },
    { property: "principalOrgId", operator: "StringEquals", key: "aws:principalorgid" },
  ].flatMap(({ property, operator, key }) =>
    // said, though a preview does not know it yet
    values[property] === undefined ? [] : [{ operator, key, values: textsOf(values[property]) }],
  );
  return {
    purpose: "resource",
    label: textsOf(values["statementId"])[0] ?? "permission",
    effect: "Allow",
    actions: textsOf(values["action"]),
    notAction: false,
    notPrincipal: false,
    aws: isService || principal === "" ? [] : [principal],
    services: isService ? [principal] : [],
    federated: [],
    conditions,
  };
}

/** The roles and policies of a template in JSON. Values of CloudFormation's functions are not texts, and passed over. */
function templateStatements(body: Known): Statement[] {
  const resources = partOf(partOf(typeof body === "string" ? parsed(body) : undefined)["Resources"]);
  return Object.entries(resources).flatMap(([logicalName, resource]) => {
    const { Type: type, Properties: properties } = partOf(resource);
    const values = partOf(properties);
    if (type === "AWS::IAM::Role") {
      const inline = listOf(values["Policies"]).map((policy) => partOf(policy)["PolicyDocument"]);
      return [
        ...documentStatements(values["AssumeRolePolicyDocument"], "trust"),
        ...inline.flatMap((document) => documentStatements(document, "identity")),
      ].map((statement) => ({ ...statement, templateRole: logicalName }));
    }
    if (type !== "AWS::IAM::Policy" && type !== "AWS::IAM::ManagedPolicy") return [];
    return documentStatements(values["PolicyDocument"], "identity");
  });
}

function parsed(text: string): Known {
  try {
    return JSON.parse(text) as Known;
  } catch {
    return undefined;
  }
}
