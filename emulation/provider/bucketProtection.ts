import {
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  PutBucketReplicationCommand,
  PutObjectLockConfigurationCommand,
  type DefaultRetention,
  type ReplicationRule,
} from "@aws-sdk/client-s3";
import { bucketSetting } from "./bucketSettings";
import { sameSettings } from "./compare";
import { camelCase, pascalCase } from "./letterCase";
import type { Values } from "./types";

/** The lock of a bucket's objects. Removing the resource takes the default retention away: a lock of a bucket is for ever. */
export const objectLock = bucketSetting<{ bucket: string; rule?: Values }>({
  properties: { rule: { same: sameSettings } },
  put: (aws, { bucket, rule }) =>
    aws.s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket: bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          ...(rule && { Rule: pascalCase(rule) as { DefaultRetention?: DefaultRetention } }),
        },
      }),
    ),
  async get(aws, Bucket) {
    const { ObjectLockConfiguration } = await aws.s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    return { rule: camelCase(ObjectLockConfiguration?.Rule) as Values };
  },
  remove: (aws, Bucket) =>
    aws.s3.send(
      new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
    ),
});

type Renamed = Record<string, unknown>;

/** Where a bucket's new objects are copied to. The provider writes the id of an ID and of a KMS key otherwise than S3. */
export const replication = bucketSetting<{ bucket: string; role: string; rules: Values[] }>({
  properties: { role: { required: true }, rules: { required: true, same: sameSettings } },
  put: (aws, { bucket, role, rules }) =>
    aws.s3.send(
      new PutBucketReplicationCommand({
        Bucket: bucket,
        ReplicationConfiguration: { Role: role, Rules: rules.map(sentRule) },
      }),
    ),
  async get(aws, Bucket) {
    const { ReplicationConfiguration } = await aws.s3.send(new GetBucketReplicationCommand({ Bucket }));
    return { role: ReplicationConfiguration?.Role, rules: (ReplicationConfiguration?.Rules ?? []).map(readRule) };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketReplicationCommand({ Bucket })),
});

function sentRule(rule: Values): ReplicationRule {
  const { Id, Destination, ...rest } = pascalCase(rule) as Renamed & { Destination: Renamed };
  const key = (Destination.EncryptionConfiguration as Renamed | undefined)?.ReplicaKmsKeyId;
  return {
    ...rest,
    ID: Id,
    Destination: { ...Destination, ...(key !== undefined && { EncryptionConfiguration: { ReplicaKmsKeyID: key } }) },
  } as unknown as ReplicationRule;
}

function readRule({ ID, Destination, ...rest }: ReplicationRule): Values {
  const destination = camelCase(Destination) as Values;
  const key = Destination?.EncryptionConfiguration?.ReplicaKmsKeyID;
  return {
    id: ID,
    ...(camelCase(rest) as Values),
    destination: { ...destination, ...(key !== undefined && { encryptionConfiguration: { replicaKmsKeyId: key } }) },
  };
}
