import { SIZE_LIMITS, unitOf } from "../../rollout/configuration/policySizes";
import type { Rendered, RenderedPolicy } from "./renderedPolicies";

/** Limits of AWS for documents that do not grow with the configuration: the last in characters, as IAM counts, the others in bytes. */
const FIXED_LIMITS = {
  /** https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html */
  topicPolicy: 30_720,
  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
  queuePolicy: 8192,
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  functionPolicy: 20_480,
  /** A managed policy, which the analyst's becomes where somebody attaches it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  managedPolicy: 6144,
} as const;

/** A document, or the inline policies of a role together, as AWS counts it. */
export interface MeasuredDocument {
  /** In words, by which one of another configuration is the same. */
  document: string;
  size: number;
  limit: number;
  unit: "characters" | "bytes";
}

type Limit = keyof typeof SIZE_LIMITS | keyof typeof FIXED_LIMITS;

/** How long everything is that a configuration is rendered to, each document with its limit. */
export function measured({ policies, templates }: Rendered): MeasuredDocument[] {
  const found = new Map<string, MeasuredDocument>();
  const add = (document: string, limit: Limit, text: string): void => {
    const { size, ...others } = sizeOf(limit, text);
    found.set(document, { document, ...others, size: (found.get(document)?.size ?? 0) + size });
  };
  for (const policy of policies) add(...documentOf(policy), JSON.stringify(policy.document));
  for (const { stack, resource, text } of templates) {
    add(`${stack}: template of ${nameIn(resource)}`, "template", text);
  }
  return [...found.values()];
}

function sizeOf(limit: Limit, text: string): Omit<MeasuredDocument, "document"> {
  if (limit in SIZE_LIMITS) {
    const kind = limit as keyof typeof SIZE_LIMITS;
    const unit = unitOf(kind);
    // IAM does not count white space
    const size = unit === "bytes" ? Buffer.byteLength(text) : text.replace(/\s/g, "").length;
    return { size, limit: SIZE_LIMITS[kind], unit };
  }
  const fixed = FIXED_LIMITS[limit as keyof typeof FIXED_LIMITS];
  if (limit === "managedPolicy") return { size: text.replace(/\s/g, "").length, limit: fixed, unit: "characters" };
  return { size: Buffer.byteLength(text), limit: fixed, unit: "bytes" };
}

/** A role's inline policies are one document here, as IAM adds them up. */
function documentOf({ stack, resource, kind, attachedTo }: RenderedPolicy): [string, Limit] {
  const name = nameIn(resource);
  if (resource.startsWith("output::")) return [`${stack}: printed ${name}`, "managedPolicy"];
  if (kind === "identity") return [`${stack}: inline policies of the role ${name}`, "rolePolicies"];
  if (kind === "trust") return [`${stack}: trust of the role ${name}`, "trustPolicy"];
  const limits: Record<string, Limit> = {
    s3: "bucketPolicy",
    kms: "keyPolicy",
    sns: "topicPolicy",
    sqs: "queuePolicy",
    lambda: "functionPolicy",
  };
  const service = attachedTo?.split(":")[2] ?? "";
  const limit = limits[service];
  if (limit === undefined) throw new Error(`no limit is known for the policy of ${resource}`);
  return [`${stack}: policy of the ${service} resource ${name}`, limit];
}

function nameIn(resource: string): string {
  return resource.split("::").slice(1).join("::");
}
