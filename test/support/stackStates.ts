import type { StackState, StateResource } from "../../rollout/engine/stackState";

/** A state of the parts that tests need: URNs are made of the types that a resource is within. */
export function stackState(stack: string, resources: readonly StateResource[]): StackState {
  return { version: 3, deployment: { manifest: { version: "v3.259.0" }, resources: [provider(stack), ...resources] } };
}

/** A resource of a component. */
export function resourceOf(
  stack: string,
  component: string,
  type: string,
  name: string,
  more: Partial<StateResource> = {},
): StateResource {
  const parent = `iam-credential-reports:index:${component}`;
  return {
    urn: `urn:pulumi:${stack}::iam-credential-reports::${parent}$${type}::${name}`,
    type,
    custom: true,
    ...more,
  };
}

const ACCOUNTS: Record<string, string> = { security: "222233334444", logarchive: "333344445555" };

function provider(stack: string): StateResource {
  const type = "pulumi:providers:aws";
  return {
    urn: `urn:pulumi:${stack}::iam-credential-reports::${type}::default_7_48_0`,
    type,
    custom: true,
    inputs: { allowedAccountIds: `["${ACCOUNTS[stack] ?? "111122223333"}"]`, region: "eu-central-1" },
  };
}

/** The state of the security stack of the example organization: key and alias. */
export function securityState(region = "eu-central-1"): StackState {
  const key = resourceOf("security", "ReportKey", "aws:kms/key:Key", "report-key", {
    id: "1234abcd",
    protect: true,
    outputs: { arn: `arn:aws:kms:${region}:222233334444:key/1234abcd`, region },
  });
  const alias = resourceOf("security", "ReportKey", "aws:kms/alias:Alias", "report-key", {
    dependencies: [key.urn],
    propertyDependencies: { name: [], targetKeyId: [key.urn] },
  });
  return stackState("security", [key, alias]);
}

/** The state of the logarchive stack of the example organization: bucket, policy, and a table that needs both. */
export function logarchiveState(bucketName = "iam-credential-reports-333344445555-eu-central-1"): StackState {
  const bucket = resourceOf("logarchive", "ReportBucket", "aws:s3/bucket:Bucket", "report-bucket", {
    protect: true,
    outputs: { bucket: bucketName, region: "eu-central-1" },
  });
  const policy = resourceOf("logarchive", "ReportBucket", "aws:s3/bucketPolicy:BucketPolicy", "report-bucket", {
    dependencies: [bucket.urn],
  });
  const results = resourceOf("logarchive", "QueryResultsBucket", "aws:s3/bucket:Bucket", "analysis-results", {
    outputs: { bucket: `${bucketName}-results`, region: "eu-central-1" },
  });
  const table = resourceOf("logarchive", "Analysis", "aws:glue/catalogTable:CatalogTable", "analysis-findings", {
    dependencies: [results.urn, bucket.urn, policy.urn],
    propertyDependencies: { storageDescriptor: [bucket.urn], name: [] },
  });
  return stackState("logarchive", [bucket, policy, results, table]);
}

/** The same with Object Lock. */
export function lockedState(mode: "GOVERNANCE" | "COMPLIANCE", days: number): StackState {
  const type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
  const lock = resourceOf("logarchive", "ReportBucket", type, "report-bucket", {
    inputs: { rule: { defaultRetention: { mode, days } } },
  });
  const { deployment, ...state } = logarchiveState();
  return { ...state, deployment: { ...deployment, resources: [...(deployment.resources ?? []), lock] } };
}
