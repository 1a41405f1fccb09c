import {
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { errorCode } from "../../runtime/errors";
import { refused, statusOf } from "./awsErrors";
import { ok, unknown, wrong, type Verdict } from "./check";

/** Why a bucket cannot be the one of the evidence: there is none, or not of that owner, or not there. */
export async function bucketProblem(
  s3: S3Client,
  Bucket: string,
  owner: string,
  region: string,
): Promise<Verdict | undefined> {
  const correct =
    "Correct existingBucketName and logArchiveAccountId, or give the stacks security and logarchive its Region";
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: owner }));
    if (BucketRegion === undefined || BucketRegion === region) return undefined;
    return wrong(`${Bucket} is in ${BucketRegion}, and the stacks are in ${region}`, correct);
  } catch (error) {
    switch (statusOf(error)) {
      case 404:
        return wrong(`there is no bucket ${Bucket}`, correct);
      case 301:
        return wrong(`${Bucket} is in another Region than ${region}`, correct);
      case 403:
        return unknown(`${Bucket}: s3:ListBucket is refused, or it is not of account ${owner}`, correct);
      default:
        return unknown(`${Bucket}: ${refused("s3:HeadBucket", error)}`);
    }
  }
}

/** Why something could not be read. */
interface Unread {
  unread: string;
}

/** How a bucket encrypts by default. */
export interface BucketEncryption {
  /** `none` where it is not set. */
  algorithm: string;
  /** ARN, id or alias. */
  key?: string;
  bucketKey: boolean;
}

/** The settings of a bucket, `none` where one is not set. */
export interface BucketSettings {
  versioning: string | Unread;
  ownership: string | Unread;
  publicAccess: string | Unread;
  encryption: BucketEncryption | Unread;
}

const ALL_FOUR = "all four";

/** Reads what the logarchive stack would have set. */
export async function bucketSettings(s3: S3Client, Bucket: string, owner: string): Promise<BucketSettings> {
  const at = { Bucket, ExpectedBucketOwner: owner };
  const [versioning, ownership, publicAccess, encryption] = await Promise.all([
    read("s3:GetBucketVersioning", "none", async () => (await s3.send(new GetBucketVersioningCommand(at))).Status),
    read("s3:GetBucketOwnershipControls", "none", async () => {
      const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand(at));
      return OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    }),
    read("s3:GetBucketPublicAccessBlock", "none", async () => {
      const { PublicAccessBlockConfiguration: block = {} } = await s3.send(new GetPublicAccessBlockCommand(at));
      const on = [block.BlockPublicAcls, block.BlockPublicPolicy, block.IgnorePublicAcls, block.RestrictPublicBuckets];
      return on.every(Boolean) ? ALL_FOUR : `${on.filter(Boolean).length} of four`;
    }),
    read<BucketEncryption>("s3:GetEncryptionConfiguration", { algorithm: "none", bucketKey: false }, async () => {
      const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(at));
      const { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled } =
        ServerSideEncryptionConfiguration?.Rules?.[0] ?? {};
      return {
        algorithm: byDefault?.SSEAlgorithm ?? "none",
        key: byDefault?.KMSMasterKeyID,
        bucketKey: BucketKeyEnabled ?? false,
      };
    }),
  ]);
  return { versioning, ownership, publicAccess, encryption };
}

/** What S3 says where a setting was never made. */
const NOT_SET =
  /^(OwnershipControlsNotFoundError|NoSuchPublicAccessBlockConfiguration|ServerSideEncryptionConfigurationNotFoundError)$/;

async function read<T>(action: string, absent: T, ask: () => Promise<T | undefined>): Promise<T | Unread> {
  try {
    return (await ask()) ?? absent;
  } catch (error) {
    return NOT_SET.test(errorCode(error)) ? absent : { unread: refused(action, error) };
  }
}

/** Whether a bucket is set as the logarchive stack would set it. @param keyArn undefined where the key is not made yet. */
export function bucketVerdict(bucket: string, settings: BucketSettings, keyArn: string | undefined): Verdict {
  const problems: string[] = [];
  const open: string[] = [];
  const compare = (name: string, found: string | Unread, wanted: string): void => {
    if (typeof found !== "string") open.push(found.unread);
    else if (found !== wanted) problems.push(`${name} is ${found}, not ${wanted}`);
  };
  compare("versioning", settings.versioning, "Enabled");
  compare("object ownership", settings.ownership, "BucketOwnerEnforced");
  compare("public access block", settings.publicAccess, ALL_FOUR);
  if ("unread" in settings.encryption) open.push(settings.encryption.unread);
  else {
    const { problem, unknown: unsure } = encryptionProblem(settings.encryption, keyArn);
    if (problem !== undefined) problems.push(problem);
    if (unsure !== undefined) open.push(unsure);
  }
  const remedy = "Have the owner of the bucket set it so; docs/deployment.md says how";
  if (problems.length > 0) return wrong(`${bucket}: ${problems.join("; ")}`, remedy);
  if (open.length > 0) return unknown(`${bucket}: ${open.join("; ")}`, remedy);
  return ok(`${bucket}: versioned, closed to the public, of one owner, encrypted with the key`);
}

function encryptionProblem(
  { algorithm, key, bucketKey }: BucketEncryption,
  keyArn: string | undefined,
): { problem?: string; unknown?: string } {
  if (algorithm !== "aws:kms")
    return { problem: `encryption is ${algorithm}, not aws:kms with the key of the evidence` };
  // without one, KMS is told the object and not the bucket, and the policy of the key names the bucket
  if (!bucketKey) return { problem: "its bucket key is off, without which the policy of the key lets nobody use it" };
  if (keyArn === undefined) {
    return { unknown: "the key of the evidence is not made yet, so the bucket's cannot be compared" };
  }
  if (key?.includes("alias/")) return { unknown: `encryption names the key by ${key}, which may stand for any` };
  if (key === keyArn || key === keyArn.split("/").at(-1)) return {};
  return { problem: `encryption is with ${key ?? "the key of S3"}, not with ${keyArn}` };
}
