import { policyDocument } from "../../components/policyDocument";
import { ELSEWHERE } from "./matrixCallers";
import type { Asset, Site } from "./matrixSite";
import { actingFor, on, single, throughS3, type Context, type MatrixAction } from "./matrixRequests";

const RUN = "runs/20261123T030000Z-abcdef";
const WORK = "/work/20261123T030000Z-abcdef/batch-0.json";
const RAW = `/${RUN}/raw/444455556666.csv`;

/** What S3 says of a put that asks that nothing be replaced. */
const NEW: Context = { "s3:if-none-match": "*", "s3:ObjectCreationOperation": "true" };
/** The same of one that does not. */
const REPLACING: Context = { "s3:ObjectCreationOperation": "true" };

type Of = (site: Site) => Asset;
const evidence: Of = (site) => site.evidence;
/** The bucket of the evidence as it is once somebody has removed its policy. */
const unguarded: Of = ({ evidence: { arn, accountId } }) => ({ arn, accountId });
/** A bucket that somebody else made when the name was free, and that lets the management account write. */
const snatched: Of = ({ evidence: { arn }, accounts }) => ({
  arn,
  ...ELSEWHERE,
  policy: policyDocument({
    Sid: "Welcome",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${accounts.management}:root` },
    Action: "s3:PutObject",
    Resource: `${arn}/*`,
  }),
});
const replica: Of = (site) => site.replica;
const results: Of = (site) => site.results;

/** An object that is put, and encrypted with the key. */
const put = (bucket: Of, key: Of, object: string, context: Context): MatrixAction => ({
  requests: (site) => [
    on(site, bucket(site), "s3:PutObject", context, object),
    throughS3(site, key(site), "kms:GenerateDataKey", bucket(site).arn),
  ],
});

/** An object that is got, and decrypted with the key. */
const get = (bucket: Of, key: Of, object: string, action = "s3:GetObject"): MatrixAction => ({
  requests: (site) => [
    on(site, bucket(site), action, {}, object),
    throughS3(site, key(site), "kms:Decrypt", bucket(site).arn),
  ],
});

const several = (...actions: MatrixAction[]): MatrixAction => ({
  requests: (site) => actions.flatMap(({ requests }) => requests(site)),
});

/** An object that is put otherwise than it has to be. */
const putWith = (bucket: Of, object: string, how: "another key" | "no key" | "plain HTTP"): MatrixAction =>
  single(
    bucket,
    "s3:PutObject",
    (site) => ({
      ...NEW,
      ...(how === "plain HTTP" && { "aws:SecureTransport": "false" }),
      ...(how === "no key" && { "s3:x-amz-server-side-encryption": "AES256" }),
      ...(how === "another key" && {
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": site.alertsKey.arn,
      }),
    }),
    object,
  );

const getInTheClear = (bucket: Of, object: string): MatrixAction =>
  single(bucket, "s3:GetObject", { "aws:SecureTransport": "false" }, object);

const relock = (bucket: Of): MatrixAction =>
  several(single(bucket, "s3:PutObjectRetention", {}, RAW), single(bucket, "s3:PutObjectLegalHold", {}, RAW));

/** S3 acts for the bucket that it replicates. */
const s3 = actingFor("s3.amazonaws.com", evidence);

const evidenceKey: Of = (site) => site.evidenceKey;
const replicaKey: Of = (site) => site.replicaKey;

/** What the settings of a bucket are, beside its policy. */
const settings = (bucket: Of): Record<string, MatrixAction> => ({
  "change or remove the bucket's policy": several(
    single(bucket, "s3:PutBucketPolicy"),
    single(bucket, "s3:DeleteBucketPolicy"),
  ),
  "change the life cycle": single(bucket, "s3:PutLifecycleConfiguration"),
  "change the default encryption": single(bucket, "s3:PutEncryptionConfiguration"),
  "suspend versioning": single(bucket, "s3:PutBucketVersioning"),
  "open it to the public": single(bucket, "s3:PutBucketPublicAccessBlock"),
});

/** What is done to the evidence, to its copy in a second Region and to what queries answered. */
export const EVIDENCE_ACTIONS: Record<string, Record<string, MatrixAction>> = {
  Evidence: {
    "put new evidence": put(evidence, evidenceKey, RAW, NEW),
    "overwrite evidence": put(evidence, evidenceKey, RAW, REPLACING),
    "replace latest.json": put(evidence, evidenceKey, "/latest.json", REPLACING),
    "put work objects of a run in steps": put(evidence, evidenceKey, WORK, NEW),
    "put evidence into somebody else's bucket of that name": single(snatched, "s3:PutObject", NEW, RAW),
    "put anything elsewhere in the bucket": put(evidence, evidenceKey, "/elsewhere.csv", NEW),
    "put with another key": putWith(evidence, RAW, "another key"),
    "put without a key": putWith(evidence, RAW, "no key"),
    "put over plain HTTP": putWith(evidence, RAW, "plain HTTP"),
    "replicate objects into the bucket": single(evidence, "s3:ReplicateObject", {}, RAW),
    "replicate deletions into the bucket": single(evidence, "s3:ReplicateDelete", {}, RAW),
    "delete an object": single(evidence, "s3:DeleteObject", {}, RAW),
    "delete a version": single(evidence, "s3:DeleteObjectVersion", {}, RAW),
    "bypass the lock of a version": several(
      single(evidence, "s3:BypassGovernanceRetention", {}, RAW),
      single(evidence, "s3:DeleteObjectVersion", {}, RAW),
    ),
    "delete a locked version, were the policy gone": {
      ...several(
        single(unguarded, "s3:BypassGovernanceRetention", {}, RAW),
        single(unguarded, "s3:DeleteObjectVersion", {}, RAW),
      ),
      locked: true,
    },
    "change the lock of an object": relock(evidence),
    "abort an upload of the collector": single(evidence, "s3:AbortMultipartUpload", {}, RAW),
    "tag a raw report": single(evidence, "s3:PutObjectTagging", {}, RAW),
    "tag a manifest": single(evidence, "s3:PutObjectTagging", {}, `/${RUN}/manifest.json`),
    "read a raw report": get(evidence, evidenceKey, RAW),
    "read a consolidated file": get(evidence, evidenceKey, "/credentials/run_date=2026-11-23/credentials.csv"),
    "read findings": get(evidence, evidenceKey, "/findings/run_date=2026-11-23/findings.json"),
    "read a manifest": get(evidence, evidenceKey, `/${RUN}/manifest.json`),
    "read what says that a run is going on": get(evidence, evidenceKey, "/running.json"),
    "read work objects of a run in steps": get(evidence, evidenceKey, WORK),
    "read an old version": get(evidence, evidenceKey, RAW, "s3:GetObjectVersion"),
    "read a version to replicate it": get(evidence, evidenceKey, RAW, "s3:GetObjectVersionForReplication"),
    "read over plain HTTP": getInTheClear(evidence, RAW),
    "list the runs": single(evidence, "s3:ListBucket", { "s3:prefix": "runs/" }),
    "list work objects of a run in steps": single(evidence, "s3:ListBucket", { "s3:prefix": "work/run/" }),
    "list everything": single(evidence, "s3:ListBucket"),
    ...settings(evidence),
    "replicate the evidence elsewhere": single(evidence, "s3:PutReplicationConfiguration"),
    "delete the bucket": single(evidence, "s3:DeleteBucket"),
  },
  Replica: {
    "put an object": put(replica, replicaKey, RAW, NEW),
    "replicate objects into it": {
      requests: (site) => [
        on(site, site.replica, "s3:ReplicateObject", {}, RAW),
        throughS3(site, site.replicaKey, "kms:GenerateDataKey", site.replica.arn),
      ],
    },
    "replicate deletions into it": single(replica, "s3:ReplicateDelete", {}, RAW),
    "delete a version": several(
      single(replica, "s3:DeleteObject", {}, RAW),
      single(replica, "s3:DeleteObjectVersion", {}, RAW),
    ),
    "put with another key": putWith(replica, RAW, "another key"),
    "put without a key": putWith(replica, RAW, "no key"),
    "change the lock of an object": relock(replica),
    "tag an object": single(replica, "s3:PutObjectTagging", {}, RAW),
    "read an object": get(replica, replicaKey, RAW),
    "read over plain HTTP": getInTheClear(replica, RAW),
    "list it": single(replica, "s3:ListBucket"),
    ...settings(replica),
    "change whom the replication role trusts": single((site) => site.roles.replication, "iam:UpdateAssumeRolePolicy"),
    "assume the replication role": { ...single((site) => site.roles.replication, "sts:AssumeRole"), actor: s3 },
  },
  "Query results": {
    "put an answer": put(results, evidenceKey, "/answer.csv", {}),
    "put an answer with another key": putWith(results, "/answer.csv", "another key"),
    "put an answer without a key": putWith(results, "/answer.csv", "no key"),
    "read an answer over plain HTTP": getInTheClear(results, "/answer.csv"),
    "read an answer": get(results, evidenceKey, "/answer.csv"),
    "replicate an answer into it": single(results, "s3:ReplicateObject", {}, "/answer.csv"),
    "ask the tables in SQL": single(
      (site) => ({
        arn: `arn:aws:athena:${site.region}:${site.accounts.logArchive}:workgroup/iam-credential-reports`,
        accountId: site.accounts.logArchive,
      }),
      "athena:StartQueryExecution",
    ),
    "delete an answer": single(results, "s3:DeleteObject", {}, "/answer.csv"),
    ...settings(results),
  },
};
