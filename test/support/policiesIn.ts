import { bucketArn, roleArn } from "../../components/arn";
import type { PolicyDocument } from "../../components/policyDocument";
import type { Registered } from "./pulumiMocks";

/** Account, Region and partition that a stack is rendered in. */
export interface Whereabouts {
  partition: string;
  region: string;
  accountId: string;
}

/** A policy document, and what it hangs on. */
export interface FoundPolicy {
  /** Type and Pulumi's name of the resource that holds it, as in `aws:sns/topicPolicy:TopicPolicy::alerts`. */
  resource: string;
  kind: "identity" | "resource" | "trust" | "boundary";
  /** ARN of the role that an identity policy is attached to. */
  principal?: string;
  /** ARN of the bucket, key, topic, queue, function or role that a resource or trust policy is attached to. */
  attachedTo?: string;
  document: PolicyDocument;
}

/** A CloudFormation template, as its text. */
export interface FoundTemplate {
  resource: string;
  text: string;
}

type Place = (
  inputs: Record<string, unknown>,
  where: Whereabouts,
  keyArn: string,
) => Omit<FoundPolicy, "resource" | "document">;

/** Every argument of a resource type that holds a policy document as text. */
const PLACES: Record<string, Place> = {
  "aws:iam/role:Role assumeRolePolicy": (inputs, where) => ({ kind: "trust", attachedTo: arnOfRole(inputs, where) }),
  "aws:iam/rolePolicy:RolePolicy policy": () => ({ kind: "identity" }),
  "aws:kms/key:Key policy": (_inputs, _where, keyArn) => ({ kind: "resource", attachedTo: keyArn }),
  "aws:s3/bucketPolicy:BucketPolicy policy": ({ bucket }, { partition }) => ({
    kind: "resource",
    attachedTo: bucketArn(partition, String(bucket)),
  }),
  "aws:sns/topicPolicy:TopicPolicy policy": ({ arn }) => ({ kind: "resource", attachedTo: String(arn) }),
  "aws:sqs/queuePolicy:QueuePolicy policy": ({ queueUrl }, { partition, region, accountId }) => ({
    kind: "resource",
    attachedTo: `arn:${partition}:sqs:${region}:${accountId}:${String(queueUrl).split("/").at(-1)}`,
  }),
};

/**
 * Every policy document of what a stack registered. A permission of a function counts as the statement that Lambda makes of it.
 *
 * @param keyIds ids of KMS keys by Pulumi's names for them
 * @throws if a document stands where none is known to stand, so that none is overlooked
 */
export function policiesIn(
  resources: readonly Registered[],
  where: Whereabouts,
  keyIds: Readonly<Record<string, string>>,
): FoundPolicy[] {
  const roles = new Map(
    resources
      .filter(({ type }) => type === "aws:iam/role:Role")
      .map(({ inputs }) => [inputs["name"], arnOfRole(inputs, where)]),
  );
  return resources.flatMap(({ type, name, inputs }): FoundPolicy[] => {
    const resource = `${type}::${name}`;
    if (type === "aws:lambda/permission:Permission") return [{ resource, ...permission(inputs, where) }];
    const region = (inputs["region"] as string | undefined) ?? where.region;
    const keyArn = `arn:${where.partition}:kms:${region}:${where.accountId}:key/${keyIds[name]}`;
    return documents(inputs).map(({ path, document }) => {
      const place = PLACES[`${type} ${path}`];
      if (!place) throw new Error(`A policy document stands in ${path} of ${resource}, and nothing knows that place`);
      const found = place(inputs, where, keyArn);
      const principal = found.kind === "identity" ? roles.get(inputs["role"]) : undefined;
      if (found.kind === "identity" && principal === undefined)
        throw new Error(`${resource} is of no role of its stack`);
      return { resource, ...found, ...(principal !== undefined && { principal }), document };
    });
  });
}

/** Every CloudFormation template of what a stack registered. */
export function templatesIn(resources: readonly Registered[]): FoundTemplate[] {
  return resources.flatMap(({ type, name, inputs }) =>
    texts(inputs)
      .filter(({ text }) => isObject(parsed(text)) && "AWSTemplateFormatVersion" in (parsed(text) as object))
      .map(({ text }) => ({ resource: `${type}::${name}`, text })),
  );
}

/**
 * Every policy document of a template, with what CloudFormation puts in put in.
 *
 * @param where account into which it is deployed
 * @throws if it has resources other than roles
 */
export function policiesOfTemplate({ resource, text }: FoundTemplate, where: Whereabouts): FoundPolicy[] {
  const { Resources } = JSON.parse(text) as { Resources: Record<string, TemplateResource> };
  return Object.entries(Resources).flatMap(([name, { Type, Properties }]): FoundPolicy[] => {
    if (Type !== "AWS::IAM::Role")
      throw new Error(`The template of ${resource} has a ${Type}, whose policies nothing knows`);
    const principal = roleArn(where.partition, where.accountId, Properties.RoleName, Properties.Path);
    const at = `${resource}/${name}`;
    return [
      { resource: at, kind: "trust", attachedTo: principal, document: Properties.AssumeRolePolicyDocument },
      ...Properties.Policies.map(({ PolicyDocument: document }) => ({
        resource: at,
        kind: "identity" as const,
        principal,
        document,
      })),
    ];
  });
}

interface TemplateResource {
  Type: string;
  Properties: {
    RoleName: string;
    Path?: string;
    AssumeRolePolicyDocument: PolicyDocument;
    Policies: { PolicyDocument: PolicyDocument }[];
  };
}

/** The policy document in a text that is one. */
export function documentOf(text: string): PolicyDocument | undefined {
  const value = parsed(text);
  return isObject(value) && "Statement" in value ? (value as PolicyDocument) : undefined;
}

function documents(inputs: Record<string, unknown>): { path: string; document: PolicyDocument }[] {
  return texts(inputs).flatMap(({ path, text }) => {
    const document = documentOf(text);
    return document ? [{ path, document }] : [];
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
function permission(inputs: Record<string, unknown>, where: Whereabouts): Omit<FoundPolicy, "resource"> {
  const { statementId, action, principal, sourceArn, sourceAccount, qualifier } = inputs as Record<
    string,
    string | undefined
  >;
  const called = String(inputs["function"]);
  const functionArn = called.startsWith("arn:")
    ? called
    : `arn:${where.partition}:lambda:${where.region}:${where.accountId}:function:${called}`;
  const attachedTo = qualifier === undefined ? functionArn : `${functionArn}:${qualifier}`;
  return {
    kind: "resource",
    attachedTo,
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: statementId ?? "",
          Effect: "Allow",
          Principal: { Service: principal ?? "" },
          Action: action ?? "",
          Resource: attachedTo,
          Condition: {
            ...(sourceArn !== undefined && { ArnLike: { "aws:SourceArn": sourceArn } }),
            ...(sourceAccount !== undefined && { StringEquals: { "aws:SourceAccount": sourceAccount } }),
          },
        },
      ],
    },
  };
}

function arnOfRole(inputs: Record<string, unknown>, { partition, accountId }: Whereabouts): string {
  return roleArn(partition, accountId, String(inputs["name"]), inputs["path"] as string | undefined);
}

function texts(value: unknown, path = ""): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (!isObject(value) || value instanceof Promise) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === "" ? key : `${path}.${key}`));
}

function parsed(text: string): unknown {
  try {
    return text.startsWith("{") ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
