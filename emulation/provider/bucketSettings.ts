import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type BucketVersioningStatus,
  type LifecycleRule,
  type MFADelete,
  type ObjectOwnership,
  type ServerSideEncryption,
} from "@aws-sdk/client-s3";
import type { Aws } from "./clients";
import { samePolicy, sameSettings } from "./compare";
import { orNothing } from "./errors";
import { camelCase, pascalCase } from "./letterCase";
import type { PropertyRule, ResourceType, Values } from "./types";

/** One setting of a bucket: put, read and removed by one operation each. */
export function bucketSetting<Inputs extends Values & { bucket: string }>(setting: {
  properties: { [property in keyof Omit<Inputs, "bucket">]-?: PropertyRule };
  put(aws: Aws, inputs: Inputs): Promise<unknown>;
  get(aws: Aws, bucket: string): Promise<Values | undefined>;
  remove(aws: Aws, bucket: string): Promise<unknown>;
}): ResourceType<Inputs> {
  const bucket: PropertyRule = { required: true, replaces: true };
  return {
    properties: { ...setting.properties, bucket } as ResourceType<Inputs>["properties"],
    regional: true,
    tagged: false,
    identity: ["bucket"],
    computed: [],
    async create(aws, inputs) {
      await setting.put(aws, inputs);
      return inputs.bucket;
    },
    async configure(aws, _id, inputs, before) {
      if (before) await setting.put(aws, inputs);
    },
    async read(aws, id) {
      const found = await orNothing(setting.get(aws, id));
      return found && { bucket: id, ...found };
    },
    async delete(aws, id) {
      await setting.remove(aws, id);
    },
  };
}

/** Versioning. Removing the resource suspends it: a bucket that once had versions keeps them. */
export const versioning = bucketSetting<{
  bucket: string;
  versioningConfiguration: { status: string; mfaDelete?: string };
}>({
  properties: { versioningConfiguration: { required: true, same: sameSettings } },
  put: (aws, { bucket, versioningConfiguration }) =>
    aws.s3.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: {
          Status: versioningConfiguration.status as BucketVersioningStatus,
          MFADelete: versioningConfiguration.mfaDelete as MFADelete | undefined,
        },
      }),
    ),
  async get(aws, Bucket) {
    const { Status } = await aws.s3.send(new GetBucketVersioningCommand({ Bucket }));
    return Status === undefined ? undefined : { versioningConfiguration: { status: Status } };
  },
  remove: (aws, Bucket) =>
    aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
});

/** Default encryption. */
export const encryption = bucketSetting<{
  bucket: string;
  rules: {
    applyServerSideEncryptionByDefault?: { sseAlgorithm: string; kmsMasterKeyId?: string };
    bucketKeyEnabled?: boolean;
  }[];
}>({
  properties: { rules: { required: true, same: sameSettings } },
  put: (aws, { bucket, rules }) =>
    aws.s3.send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map(({ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled }) => ({
            ...(byDefault && {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: byDefault.sseAlgorithm as ServerSideEncryption,
                KMSMasterKeyID: byDefault.kmsMasterKeyId,
              },
            }),
            BucketKeyEnabled: bucketKeyEnabled,
          })),
        },
      }),
    ),
  async get(aws, Bucket) {
    const answer = await aws.s3.send(new GetBucketEncryptionCommand({ Bucket }));
    return {
      rules: (answer.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule) => ({
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
          kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID,
        },
        bucketKeyEnabled: rule.BucketKeyEnabled,
      })),
    };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
});

/** Block of public access. */
export const publicAccessBlock = bucketSetting<{
  bucket: string;
  blockPublicAcls?: boolean;
  blockPublicPolicy?: boolean;
  ignorePublicAcls?: boolean;
  restrictPublicBuckets?: boolean;
}>({
  properties: {
    blockPublicAcls: { fallback: false },
    blockPublicPolicy: { fallback: false },
    ignorePublicAcls: { fallback: false },
    restrictPublicBuckets: { fallback: false },
  },
  put: (aws, inputs) =>
    aws.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: inputs.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: inputs.blockPublicAcls ?? false,
          BlockPublicPolicy: inputs.blockPublicPolicy ?? false,
          IgnorePublicAcls: inputs.ignorePublicAcls ?? false,
          RestrictPublicBuckets: inputs.restrictPublicBuckets ?? false,
        },
      }),
    ),
  async get(aws, Bucket) {
    const answer = await aws.s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    return camelCase(answer.PublicAccessBlockConfiguration) as Values | undefined;
  },
  remove: (aws, Bucket) => aws.s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
});

/** Who owns what others write. */
export const ownershipControls = bucketSetting<{ bucket: string; rule: { objectOwnership: string } }>({
  properties: { rule: { required: true } },
  put: (aws, { bucket, rule }) =>
    aws.s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }] },
      }),
    ),
  async get(aws, Bucket) {
    const answer = await aws.s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    return { rule: { objectOwnership: answer.OwnershipControls?.Rules?.[0]?.ObjectOwnership } };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
});

/** Bucket policy. */
export const policy = bucketSetting<{ bucket: string; policy: string }>({
  properties: { policy: { required: true, same: samePolicy } },
  put: (aws, inputs) => aws.s3.send(new PutBucketPolicyCommand({ Bucket: inputs.bucket, Policy: inputs.policy })),
  get: async (aws, Bucket) => ({ policy: (await aws.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy }),
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketPolicyCommand({ Bucket })),
});

/** Life cycle. The rules' own forms are those of S3 with a small first letter. */
export const lifecycle = bucketSetting<{ bucket: string; rules?: Values[] }>({
  properties: { rules: { fallback: [], same: sameSettings } },
  put: (aws, { bucket, rules = [] }) =>
    aws.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: rules.map((rule) => lifecycleRule(rule)) },
      }),
    ),
  async get(aws, Bucket) {
    const { Rules } = await aws.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return { rules: (Rules ?? []).map(readRule) };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
});

/** S3 refuses a rule with neither filter nor prefix; the real provider sends an empty filter for it. Tags are a list in S3, a map here. */
function lifecycleRule({ id, ...rule }: Values): LifecycleRule {
  const scope = rule.filter === undefined && rule.prefix === undefined ? { Filter: { Prefix: "" } } : {};
  const sent = { ID: id, ...scope, ...(pascalCase(rule) as object) } as LifecycleRule;
  const { and } = (rule.filter ?? {}) as { and?: { tags?: Record<string, string> } };
  if (!and?.tags) return sent;
  const Tags = Object.entries(and.tags).map(([Key, Value]) => ({ Key, Value }));
  return { ...sent, Filter: { ...sent.Filter, And: { ...sent.Filter?.And, Tags } } };
}

function readRule({ ID, Filter, ...rule }: LifecycleRule): Values {
  const { Tags, ...and } = Filter?.And ?? {};
  const tags = Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
  const filter = Tags
    ? { and: { ...(camelCase(and) as Values), tags } }
    : (camelCase(Filter) as Values[string] | undefined);
  return { id: ID, ...(filter !== undefined && { filter }), ...(camelCase(rule) as Values) };
}
