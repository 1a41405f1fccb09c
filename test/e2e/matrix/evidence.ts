import { StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { assuming, trusting } from "./roles";
import type { Attempt, Clients, World } from "./world";

/** Objects that the collector put before anything is tried. */
export const OBJECTS = {
  raw: "runs/20261123T030000Z-abcdef/raw/444400000003.csv",
  manifest: "runs/20261123T030000Z-abcdef/manifest.json",
  consolidated: "credentials/run_date=2026-11-23/credentials.csv",
  findings: "findings/run_date=2026-11-23/findings.json",
  latest: "latest.json",
  running: "running.json",
  work: "work/20261123T030000Z-abcdef/batch-0.json",
} as const;

let count = 0;
/** A key that nobody has put yet. */
const fresh = (folder: string): string => `${folder}/${(count += 1)}.csv`;

type Bucket = "bucket" | "replica" | "results";
const s3In = (world: World, clients: Clients, bucket: Bucket): S3Client =>
  bucket === "replica" ? clients.in(world.replicaRegion).s3 : clients.s3;

const inTheClear = (world: World, clients: Clients, bucket: Bucket): S3Client =>
  clients.inTheClear(bucket === "replica" ? world.replicaRegion : world.region).s3;

const owner = "logArchive" as const;
const inBucket = (
  bucket: Bucket,
  call: (s3: S3Client, Bucket: string, world: World, clients: Clients) => Promise<unknown>,
  more: Partial<Attempt> = {},
): Attempt => ({
  owner,
  ofBucket: true,
  call: (world, clients) => call(s3In(world, clients, bucket), world[bucket], world, clients),
  ...more,
});

const put = (bucket: Bucket, key: () => string, more: object = { IfNoneMatch: "*" }): Attempt =>
  inBucket(bucket, (s3, Bucket) => s3.send(new PutObjectCommand({ Bucket, Key: key(), Body: "forged", ...more })));
const get = (bucket: Bucket, Key: string, version = false): Attempt =>
  inBucket(bucket, async (s3, Bucket, world) => {
    const reader = s3In(world, world.as.reader, bucket);
    const { VersionId } = version ? await reader.send(new HeadObjectCommand({ Bucket, Key })) : {};
    return s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  });
const list = (bucket: Bucket, Prefix?: string): Attempt =>
  inBucket(bucket, (s3, Bucket) => s3.send(new ListObjectsV2Command({ Bucket, Prefix })));
const remove = (bucket: Bucket, Key: string): Attempt =>
  inBucket(bucket, (s3, Bucket) => s3.send(new DeleteObjectCommand({ Bucket, Key })));
const removeVersion = (bucket: Bucket, BypassGovernanceRetention?: true): Attempt =>
  inBucket(bucket, async (s3, Bucket, world) => {
    const at = { Bucket, Key: OBJECTS.raw };
    const { VersionId } = await s3In(world, world.as.reader, bucket).send(new HeadObjectCommand(at));
    return s3.send(new DeleteObjectCommand({ ...at, VersionId, BypassGovernanceRetention }));
  });
const tag = (bucket: Bucket, Key: string): Attempt =>
  inBucket(bucket, (s3, Bucket) =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "kind", Value: "raw" }] } })),
  );
/** An object that is put otherwise than it has to be. */
const putWith = (bucket: Bucket, how: "another key" | "no key" | "plain HTTP"): Attempt =>
  inBucket(bucket, (s3, Bucket, world, clients) => {
    const encryption = {
      "another key": { ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.alertsKeyArn },
      "no key": { ServerSideEncryption: "AES256" },
      "plain HTTP": {},
    } as const;
    const object = { Bucket, Key: fresh("runs"), Body: "forged", IfNoneMatch: "*", ...encryption[how] };
    return (how === "plain HTTP" ? inTheClear(world, clients, bucket) : s3).send(new PutObjectCommand(object));
  });

const getInTheClear = (bucket: Bucket, Key: string): Attempt =>
  inBucket(bucket, (_s3, Bucket, world, clients) =>
    inTheClear(world, clients, bucket).send(new GetObjectCommand({ Bucket, Key })),
  );

const relock = (bucket: Bucket): Attempt =>
  inBucket(bucket, async (s3, Bucket) => {
    const at = { Bucket, Key: OBJECTS.raw };
    const RetainUntilDate = new Date("2099-01-01");
    await s3
      .send(new PutObjectRetentionCommand({ ...at, Retention: { Mode: "COMPLIANCE", RetainUntilDate } }))
      .catch(() => s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: "ON" } })));
  });

/** Settings of a bucket, each put as it is: who may put them could put others. */
const settings = (bucket: Bucket): Record<string, Attempt> => {
  const owned = (world: World): S3Client => s3In(world, world.as.logArchive, bucket);
  return {
    "change or remove the bucket's policy": inBucket(bucket, async (s3, Bucket, world) => {
      const { Policy } = await owned(world).send(new GetBucketPolicyCommand({ Bucket }));
      return s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    }),
    "change the life cycle": inBucket(bucket, async (s3, Bucket, world) => {
      const { Rules } = await owned(world).send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    }),
    "change the default encryption": inBucket(bucket, async (s3, Bucket, world) => {
      const { ServerSideEncryptionConfiguration } = await owned(world).send(new GetBucketEncryptionCommand({ Bucket }));
      return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    }),
    // with Object Lock nobody suspends it; who may say that it is on may say that it is off
    "suspend versioning": inBucket(bucket, (s3, Bucket) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } })),
    ),
    "open it to the public": inBucket(bucket, (s3, Bucket) => {
      const closed = {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      };
      return s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: closed }));
    }),
  };
};

/** Nothing but the lock is left, for as long as everybody tries. */
function withoutPolicy(attempt: Attempt): Attempt {
  let Policy: string | undefined;
  return {
    ...attempt,
    before: async ({ as, bucket: Bucket }) => {
      ({ Policy } = await as.logArchive.s3.send(new GetBucketPolicyCommand({ Bucket })));
      await as.logArchive.s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    },
    after: ({ as, bucket: Bucket }) => as.logArchive.s3.send(new PutBucketPolicyCommand({ Bucket, Policy })),
  };
}

/** Evidence, replica and query results, by asset and action of the matrix. */
export const EVIDENCE_ATTEMPTS: Record<string, Record<string, Attempt>> = {
  Evidence: {
    "put new evidence": put("bucket", () => fresh("runs/20991231T000000Z-000000/raw")),
    "overwrite evidence": put("bucket", () => OBJECTS.raw, {}),
    "replace latest.json": put("bucket", () => OBJECTS.latest, {}),
    "put work objects of a run in steps": put("bucket", () => fresh("work/20991231T000000Z-000000")),
    "put anything elsewhere in the bucket": put("bucket", () => fresh("elsewhere")),
    "put with another key": putWith("bucket", "another key"),
    "put without a key": putWith("bucket", "no key"),
    "put over plain HTTP": putWith("bucket", "plain HTTP"),
    "delete an object": remove("bucket", OBJECTS.raw),
    "delete a version": removeVersion("bucket"),
    "bypass the lock of a version": removeVersion("bucket", true),
    "delete a locked version, were the policy gone": withoutPolicy(removeVersion("bucket", true)),
    "change the lock of an object": relock("bucket"),
    "abort an upload of the collector": inBucket("bucket", async (s3, Bucket, world) => {
      const upload = { Bucket, Key: fresh("runs/20991231T000000Z-000000/raw") };
      const { UploadId } = await world.as.collector.s3.send(new CreateMultipartUploadCommand(upload));
      return s3.send(new AbortMultipartUploadCommand({ ...upload, UploadId }));
    }),
    "tag a raw report": tag("bucket", OBJECTS.raw),
    "tag a manifest": tag("bucket", OBJECTS.manifest),
    "read a raw report": get("bucket", OBJECTS.raw),
    "read a consolidated file": get("bucket", OBJECTS.consolidated),
    "read findings": get("bucket", OBJECTS.findings),
    "read a manifest": get("bucket", OBJECTS.manifest),
    "read what says that a run is going on": get("bucket", OBJECTS.running),
    "read work objects of a run in steps": get("bucket", OBJECTS.work),
    "read an old version": get("bucket", OBJECTS.raw, true),
    "read over plain HTTP": getInTheClear("bucket", OBJECTS.raw),
    "list the runs": list("bucket", "runs/"),
    "list work objects of a run in steps": list("bucket", "work/run/"),
    "list everything": list("bucket"),
    ...settings("bucket"),
    "replicate the evidence elsewhere": inBucket("bucket", async (s3, Bucket, world) => {
      const { ReplicationConfiguration } = await world.as.logArchive.s3.send(
        new GetBucketReplicationCommand({ Bucket }),
      );
      return s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    }),
    "delete the bucket": inBucket("bucket", (s3, Bucket) => s3.send(new DeleteBucketCommand({ Bucket })), {
      beyond: ["BucketNotEmpty"],
    }),
  },
  Replica: {
    "put an object": put("replica", () => fresh("runs")),
    "delete a version": removeVersion("replica"),
    "put with another key": putWith("replica", "another key"),
    "put without a key": putWith("replica", "no key"),
    "change the lock of an object": relock("replica"),
    "tag an object": tag("replica", OBJECTS.raw),
    "read an object": get("replica", OBJECTS.raw),
    "read over plain HTTP": getInTheClear("replica", OBJECTS.raw),
    "list it": list("replica"),
    ...settings("replica"),
    "change whom the replication role trusts": trusting(
      "logArchive",
      ({ rolePath }) => `${rolePath}iam-credential-reports-replication`,
    ),
    "assume the replication role": assuming(
      "logArchive",
      ({ accounts, rolePath }) =>
        `arn:aws:iam::${accounts.logArchive}:role${rolePath}iam-credential-reports-replication`,
    ),
  },
  "Query results": {
    "put an answer": put("results", () => "answer.csv", {}),
    "put an answer with another key": putWith("results", "another key"),
    "put an answer without a key": putWith("results", "no key"),
    "read an answer over plain HTTP": getInTheClear("results", "first.csv"),
    "read an answer": get("results", "first.csv"),
    "ask the tables in SQL": {
      owner,
      inside: true,
      call: (_world, { athena }) =>
        athena.send(new StartQueryExecutionCommand({ QueryString: "SELECT 1", WorkGroup: "iam-credential-reports" })),
    },
    "delete an answer": remove("results", "second.csv"),
    ...settings("results"),
  },
};
