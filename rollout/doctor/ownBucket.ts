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

/** A setting of a bucket as it is, with `none` where it is not set; or why that is not known. */
export type BucketSetting = { value: string } | { unread: string };

/** The settings of a bucket, by name. */
export type BucketSettings = Record<
  "versioning" | "object ownership" | "public access block" | "encryption",
  BucketSetting
>;

/** What each setting has to be; the encryption has to be with the key. */
const WANTED = { versioning: "Enabled", "object ownership": "BucketOwnerEnforced", "public access block": "all four" };

/** Reads what the logarchive stack would have set. */
export async function bucketSettings(s3: S3Client, Bucket: string, owner: string): Promise<BucketSettings> {
  const at = { Bucket, ExpectedBucketOwner: owner };
  const [versioning, ownership, publicAccess, encryption] = await Promise.all([
    read("s3:GetBucketVersioning", async () => (await s3.send(new GetBucketVersioningCommand(at))).Status),
    read("s3:GetBucketOwnershipControls", async () => {
      const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand(at));
      return OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    }),
    read("s3:GetBucketPublicAccessBlock", async () => {
      const { PublicAccessBlockConfiguration: block = {} } = await s3.send(new GetPublicAccessBlockCommand(at));
      const on = [block.BlockPublicAcls, block.BlockPublicPolicy, block.IgnorePublicAcls, block.RestrictPublicBuckets];
      return on.every(Boolean) ? WANTED["public access block"] : `${on.filter(Boolean).length} of four`;
    }),
    read("s3:GetEncryptionConfiguration", async () => {
      const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(at));
      const rule = ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
      return [rule?.SSEAlgorithm, rule?.KMSMasterKeyID].filter(Boolean).join(" with ");
    }),
  ]);
  return { versioning, "object ownership": ownership, "public access block": publicAccess, encryption };
}

/** What S3 says where a setting was never made. */
const NOT_SET =
  /^(OwnershipControlsNotFoundError|NoSuchPublicAccessBlockConfiguration|ServerSideEncryptionConfigurationNotFoundError)$/;

async function read(action: string, ask: () => Promise<string | undefined>): Promise<BucketSetting> {
  try {
    return { value: (await ask()) || "none" };
  } catch (error) {
    return NOT_SET.test(errorCode(error)) ? { value: "none" } : { unread: refused(action, error) };
  }
}

/** Whether a bucket is set as the logarchive stack would set it. @param keyArn undefined where the key is not made yet. */
export function bucketVerdict(bucket: string, settings: BucketSettings, keyArn: string | undefined): Verdict {
  const problems: string[] = [];
  const open = Object.values(settings).flatMap((setting) => ("unread" in setting ? [setting.unread] : []));
  for (const [name, wanted] of Object.entries(WANTED)) {
    const setting = settings[name as keyof typeof WANTED];
    if ("value" in setting && setting.value !== wanted) problems.push(`${name} is ${setting.value}, not ${wanted}`);
  }
  if ("value" in settings.encryption) {
    const [algorithm, key = ""] = settings.encryption.value.split(" with ");
    if (algorithm !== "aws:kms")
      problems.push(`encryption is ${algorithm ?? ""}, not aws:kms with the key of the evidence`);
    else if (keyArn === undefined)
      open.push("the key of the evidence is not made yet, so the bucket's cannot be compared");
    else if (key.includes("alias/")) open.push(`encryption names the key by ${key}, which may stand for any`);
    else if (key !== keyArn && key !== keyArn.split("/").at(-1)) {
      problems.push(`encryption is with ${key || "the key of S3"}, not with ${keyArn}`);
    }
  }
  const remedy = "Have the owner of the bucket set it so; docs/deployment.md says how";
  if (problems.length > 0) return wrong(`${bucket}: ${problems.join("; ")}`, remedy);
  if (open.length > 0) return unknown(`${bucket}: ${open.join("; ")}`, remedy);
  return ok(`${bucket}: versioned, closed to the public, of one owner, encrypted with the key`);
}
