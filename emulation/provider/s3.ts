import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  type BucketLocationConstraint,
} from "@aws-sdk/client-s3";
import type { Aws } from "./clients";
import { sameJson } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType } from "./types";

type BucketInputs = {
  bucket?: string;
  forceDestroy?: boolean;
  objectLockEnabled?: boolean;
};

/** A bucket; its settings are resource types of their own. */
export const bucket: ResourceType<BucketInputs> = {
  properties: {
    bucket: { replaces: true },
    forceDestroy: { fallback: false },
    objectLockEnabled: { fallback: false, replaces: true },
  },
  regional: true,
  tagged: true,
  identity: ["bucket"],
  naming: { property: "bucket", maxLength: 63 },
  computed: ["arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion"],

  async create(aws, inputs) {
    const name = inputs.bucket ?? "";
    await aws.s3.send(
      new CreateBucketCommand({
        Bucket: name,
        ObjectLockEnabledForBucket: inputs.objectLockEnabled,
        // The oldest Region is the one that the API does not take by name.
        ...(aws.region === "us-east-1"
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: aws.region as BucketLocationConstraint } }),
      }),
    );
    return name;
  },

  async configure(aws, id, { tags = {} }, before) {
    if (sameJson(tags, before?.tags ?? {})) return;
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await (TagSet.length > 0
      ? aws.s3.send(new PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet } }))
      : aws.s3.send(new DeleteBucketTaggingCommand({ Bucket: id })));
  },

  async read(aws, id) {
    if (!(await orNothing(aws.s3.send(new HeadBucketCommand({ Bucket: id }))))) return undefined;
    const [tagging, lock] = await Promise.all([
      orNothing(aws.s3.send(new GetBucketTaggingCommand({ Bucket: id }))),
      orNothing(aws.s3.send(new GetObjectLockConfigurationCommand({ Bucket: id }))),
    ]);
    return {
      bucket: id,
      arn: `arn:${aws.partition}:s3:::${id}`,
      bucketDomainName: `${id}.s3.${aws.dnsSuffix}`,
      bucketRegionalDomainName: `${id}.s3.${aws.region}.${aws.dnsSuffix}`,
      bucketRegion: aws.region,
      objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
      tags: Object.fromEntries((tagging?.TagSet ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
    };
  },

  async delete(aws, id, recorded) {
    if (recorded.forceDestroy) await empty(aws, id, recorded.objectLockEnabled ?? false);
    await aws.s3.send(new DeleteBucketCommand({ Bucket: id }));
  },
};

/**
 * Deletes every version and every delete marker; pages hold at most 1,000, as does one deletion. As the real provider does, it asks to
 * bypass a lock in governance mode.
 */
async function empty(aws: Aws, id: string, locked: boolean): Promise<void> {
  for (;;) {
    const page = await aws.s3.send(new ListObjectVersionsCommand({ Bucket: id }));
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) return;
    const answer = await aws.s3.send(
      new DeleteObjectsCommand({
        Bucket: id,
        Delete: { Objects, Quiet: true },
        ...(locked && { BypassGovernanceRetention: true }),
      }),
    );
    const [failure] = answer.Errors ?? [];
    if (failure) {
      throw new Error(`S3 DeleteObjects: ${failure.Code}: ${failure.Message} (object ${failure.Key} of bucket ${id})`);
    }
  }
}
