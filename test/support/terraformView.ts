import type { Registered } from "./pulumiMocks";

/*
 * What a stack registered, in the words of Terraform, so that tools which know those can judge it. Pulumi's AWS provider is made of
 * Terraform's: types and arguments are the same but for the case of letters, plurals, and blocks of which there is one.
 */

/** Types that do not follow from their names. */
const TYPES: Record<string, string> = {
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "aws_s3_bucket_replication_configuration",
  "aws:codepipeline/pipeline:Pipeline": "aws_codepipeline",
};

/** Blocks that Terraform names in the singular. */
const SINGULAR: Record<string, string> = {
  rules: "rule",
  transitions: "transition",
  noncurrentVersionTransitions: "noncurrent_version_transition",
  artifactStores: "artifact_store",
  stages: "stage",
  actions: "action",
  environmentVariables: "environment_variable",
};

/** Arguments that are maps in Terraform too, and no blocks. */
const MAPS = new Set(["tags", "parameters", "variables", "dimensions"]);

/** Type of a resource in Terraform; undefined for what is no resource of AWS there. */
export function terraformType(type: string): string | undefined {
  const [, module, resource] = /^aws:([^/]+)\/([^:]+):/.exec(type) ?? [];
  return TYPES[type] ?? (module && resource ? `aws_${module}_${snakeCase(resource)}` : undefined);
}

/** A stack's resources as a file of Terraform, in JSON (`*.tf.json`). Buckets are referred to, so that what belongs to one is found. */
export function terraformView(resources: readonly Registered[]): string {
  const buckets = new Map(
    resources
      .filter(({ type }) => type === "aws:s3/bucket:Bucket")
      .map(({ name, inputs }) => [inputs["bucket"], `\${aws_s3_bucket.${label(name)}.id}`]),
  );
  const view: Record<string, Record<string, object>> = {};
  for (const { type, name, inputs } of resources) {
    const terraform = terraformType(type);
    if (terraform === undefined) continue;
    // a function's bundle is no text
    const args = Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== "code"));
    const reference = terraform === "aws_s3_bucket" ? undefined : buckets.get(inputs["bucket"]);
    const body = { ...block(args), ...(reference !== undefined && { bucket: reference }) };
    view[terraform] = { ...view[terraform], [label(name)]: body };
  }
  return JSON.stringify({ resource: view }, undefined, 1);
}

function block(args: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]: [string, unknown]) => [
      SINGULAR[key] ?? snakeCase(key),
      Array.isArray(value) ? value.map(item) : isObject(value) && !MAPS.has(key) ? [block(value)] : value,
    ]),
  );
}

function item(value: unknown): unknown {
  return isObject(value) ? block(value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function label(name: string): string {
  return name.replace(/\W/g, "-");
}
