import { GetRoleCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, ListResourceTagsCommand, type KMSClient } from "@aws-sdk/client-kms";
import { GetFunctionCommand } from "@aws-sdk/client-lambda";
import { GetBucketTaggingCommand, HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { errorCode } from "../../runtime/errors";
import type { OrganizationConfig } from "../organizationConfig";
import { resultsBucketNameOf } from "../settings";
import type { StackSummary } from "../stackEngine";
import { STACK_TAG } from "../tags";
import { isRefusal, refused, statusOf } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { CentralName, DoctorFacts } from "./facts";

/** What bears a name now. */
export type Holder =
  | { state: "free" }
  /** Something in the right account; `stack` is what its tag says, null where it has none, absent where that is not known. */
  | { state: "held"; stack?: string | null }
  /** Somebody else's, in whatever account. */
  | { state: "foreign"; why: string }
  | { state: "unknown"; why: string };

interface Name {
  id: string;
  what: string;
  stack: CentralName;
  /** The configuration key to change. */
  key: string;
  /** Undefined where nothing of that name is made. */
  of(config: OrganizationConfig): string | undefined;
  holder(facts: DoctorFacts, name: string): Promise<Holder>;
}

const NAMES: Name[] = [
  {
    id: "name-key-alias",
    what: "Alias of the key",
    stack: "security",
    key: "keyAlias",
    of: ({ security: { settings } }) => (settings.existingKeyArn ? undefined : `alias/${settings.keyAlias}`),
    holder: async ({ account }, name) => aliasHolder((await account("security")).kms, name),
  },
  {
    id: "name-signing-alias",
    what: "Alias of the key that signs",
    stack: "security",
    key: "keyAlias",
    of: ({ security: { settings } }) => (settings.signManifests ? `alias/${settings.keyAlias}-signing` : undefined),
    holder: async ({ account }, name) => aliasHolder((await account("security")).kms, name),
  },
  {
    id: "name-bucket",
    what: "Name of the bucket",
    stack: "logarchive",
    key: "bucketName",
    of: ({ bucketName, logarchive }) => (logarchive.settings.existingBucketName ? undefined : bucketName),
    holder: bucketHolder,
  },
  {
    id: "name-results-bucket",
    what: "Name of the bucket for query results",
    stack: "logarchive",
    key: "resultsBucketName",
    of: ({ logarchive: { settings, file } }) =>
      settings.analysis ? resultsBucketNameOf(settings, file.region) : undefined,
    holder: bucketHolder,
  },
  {
    id: "name-role",
    what: "Name of the collector's role",
    stack: "management",
    key: "collectorRoleName",
    of: ({ management }) => management.settings.collectorRoleName,
    holder: async ({ account }, RoleName) => {
      const { iam } = await account("management");
      return held("iam:GetRole", async () => {
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        return Role?.Tags?.find(({ Key }) => Key === STACK_TAG)?.Value ?? null;
      });
    },
  },
  {
    id: "name-function",
    what: "Name of the function",
    stack: "management",
    key: "functionName",
    of: ({ management }) => management.settings.functionName,
    holder: async ({ account }, FunctionName) => {
      const { lambda } = await account("management");
      return held(
        "lambda:GetFunction",
        async () => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Tags?.[STACK_TAG],
      );
    },
  },
];

/** Whether the names that the stacks give are still free, or their own. */
export const NAME_CHECKS: Check<DoctorFacts>[] = NAMES.map((name) => ({
  id: name.id,
  what: name.what,
  first: true,
  look: async (facts) => {
    const text = name.of(await facts.config());
    if (text === undefined) return ok("nothing of that kind is made by this configuration");
    const [holder, stacks] = await Promise.all([name.holder(facts, text), facts.stacks().catch(() => undefined)]);
    return nameVerdict(text, name, holder, stacks);
  },
}));

/**
 * Whether a stack can have a name.
 *
 * @param stacks What the backend knows; undefined where it cannot be asked.
 */
export function nameVerdict(
  name: string,
  { stack, key }: { stack: string; key: string },
  holder: Holder,
  stacks: readonly Pick<StackSummary, "name" | "resourceCount">[] | undefined,
): Verdict {
  const another = `Choose another ${key} in Pulumi.${stack}.yaml, and wherever else it stands`;
  switch (holder.state) {
    case "free":
      return ok(`${name} is free`);
    case "unknown":
      return unknown(`${name}: ${holder.why}`);
    case "foreign":
      return wrong(`${name} ${holder.why}`, another);
    case "held": {
      if (!stacks) return unknown(`${name} is there, and the backend does not say whether stack ${stack} made it`);
      const deployed = stacks.some((known) => known.name === stack && (known.resourceCount ?? 0) > 0);
      if (holder.stack === null) return wrong(`${name} is there, and is not of this project`, another);
      if (holder.stack !== undefined && holder.stack !== stack) {
        return wrong(`${name} is there, and belongs to stack ${holder.stack}`, another);
      }
      if (deployed) return ok(`${name} is of stack ${stack}`);
      return wrong(
        `${name} is there${holder.stack === stack ? `, made by a stack ${stack}` : ""}, and the backend knows of no stack ${stack} that has it`,
        `If it is left from an earlier deployment, use the backend of that one (pulumi login), or pulumi import it, or remove it. Else: ${another}`,
      );
    }
  }
}

async function aliasHolder(kms: KMSClient, KeyId: string): Promise<Holder> {
  return held("kms:DescribeKey", async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    const found = await kms.send(new ListResourceTagsCommand({ KeyId: KeyMetadata?.KeyId })).catch(() => undefined);
    return found && (found.Tags?.find(({ TagKey }) => TagKey === STACK_TAG)?.TagValue ?? null);
  });
}

/** Bucket names are one space for all accounts: what is asked with its owner is refused where that is another. */
async function bucketHolder({ account }: DoctorFacts, Bucket: string): Promise<Holder> {
  const { s3, caller } = await account("logarchive");
  return headBucket(s3, Bucket, caller.accountId);
}

export async function headBucket(s3: S3Client, Bucket: string, owner: string): Promise<Holder> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: owner }));
    const stack = await s3.send(new GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: owner })).then(
      ({ TagSet = [] }) => TagSet.find(({ Key }) => Key === STACK_TAG)?.Value ?? null,
      (error: unknown) => (errorCode(error) === "NoSuchTagSet" ? null : undefined),
    );
    return stack === undefined ? { state: "held" } : { state: "held", stack };
  } catch (error) {
    switch (statusOf(error)) {
      case 404:
        return { state: "free" };
      case 403:
        return {
          state: "foreign",
          why: `is taken by another account than ${owner}, or refuses its deployer (s3:ListBucket)`,
        };
      case 301:
        return { state: "foreign", why: "is taken in another Region" };
      default:
        return { state: "unknown", why: refused("s3:HeadBucket", error) };
    }
  }
}

/** Asks for something by its name. @param tagOf Gives the value of its tag. */
async function held(action: string, tagOf: () => Promise<string | null | undefined>): Promise<Holder> {
  try {
    const stack = await tagOf();
    return stack === undefined ? { state: "held" } : { state: "held", stack };
  } catch (error) {
    if (/^(NotFoundException|NoSuchEntity(Exception)?|ResourceNotFoundException)$/.test(errorCode(error)))
      return { state: "free" };
    return { state: "unknown", why: isRefusal(error) ? `${action} is refused` : refused(action, error) };
  }
}
