import { DescribeKeyCommand, GetKeyPolicyCommand, type KeyMetadata } from "@aws-sdk/client-kms";
import { GetBucketPolicyCommand } from "@aws-sdk/client-s3";
import { parseArn } from "../../components/arn";
import { errorCode } from "../../runtime/errors";
import { CENTRAL_STACKS, type OrganizationConfig } from "../configuration/organizationConfig";
import { bucketPolicyFor, configuredKeyArn, keyPolicyFor } from "../ownerPolicies";
import { isRefusal, refused } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { AccountView, DoctorFacts } from "./facts";
import { bucketProblem, bucketSettings, bucketVerdict } from "./ownBucket";
import { comparePolicies, type Comparison } from "./resourcePolicy";

/** Whether a key and a bucket that the stacks do not make are what the stacks would have made. They are only read. */
export const OWN_RESOURCE_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "existing-key",
    what: "Key of your own",
    look: async (facts) => {
      const arn = (await facts.config()).security.settings.existingKeyArn;
      if (arn === "") return ok("none: the security stack makes the key");
      const { kms } = await keyView(facts, arn);
      try {
        return keyVerdict(arn, (await kms.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata);
      } catch (error) {
        return errorCode(error) === "NotFoundException"
          ? wrong(`${arn}: there is no such key`, "Correct existingKeyArn in Pulumi.security.yaml")
          : unknown(
              `${arn}: ${refused("kms:DescribeKey", error)}`,
              "Have its owner look whether it is enabled and symmetric",
            );
      }
    },
  },
  {
    id: "existing-key-policy",
    what: "Policy of your own key",
    look: async (facts) => {
      const config = await facts.config();
      const KeyId = config.security.settings.existingKeyArn;
      if (KeyId === "") return ok("the security stack makes key and policy");
      const { kms } = await keyView(facts, KeyId);
      try {
        const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
        return policyVerdict("key", comparePolicies(Policy ?? "{}", keyPolicyFor(config)));
      } catch (error) {
        return policyUnread("key", "kms:GetKeyPolicy", error);
      }
    },
  },
  {
    id: "existing-bucket",
    what: "Bucket of your own",
    look: async (facts) => {
      const config = await facts.config();
      const Bucket = config.logarchive.settings.existingBucketName;
      if (Bucket === "") return ok("none: the logarchive stack makes the bucket");
      const { s3 } = await facts.account("logarchive");
      const owner = config.logarchive.settings.logArchiveAccountId;
      const missing = await bucketProblem(s3, Bucket, owner, config.logarchive.file.region);
      if (missing) return missing;
      const [keyArn, settings] = await Promise.all([keyArnOf(facts, config), bucketSettings(s3, Bucket, owner)]);
      return bucketVerdict(Bucket, settings, keyArn);
    },
  },
  {
    id: "existing-bucket-policy",
    what: "Policy of your own bucket",
    look: async (facts) => {
      const config = await facts.config();
      const { existingBucketName: Bucket, logArchiveAccountId: owner } = config.logarchive.settings;
      if (Bucket === "") return ok("the logarchive stack makes bucket and policy");
      const keyArn = await keyArnOf(facts, config);
      if (keyArn === undefined) {
        return unknown(
          "not looked at: the policy names the key, which is not made yet",
          "Run up, have the owner put in place what orchestrate policy --for bucket prints, and look again",
        );
      }
      const { s3 } = await facts.account("logarchive");
      try {
        const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket, ExpectedBucketOwner: owner }));
        return policyVerdict(
          "bucket",
          comparePolicies(Policy ?? "{}", bucketPolicyFor(config, keyArn), {
            "aws:principalorgid": config.logarchive.settings.organizationId,
            "aws:resourceaccount": owner,
            "s3:resourceaccount": owner,
            "s3:x-amz-server-side-encryption": "aws:kms",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": keyArn,
            "s3:if-none-match": "*",
            "s3:objectcreationoperation": "true",
          }),
        );
      } catch (error) {
        if (errorCode(error) !== "NoSuchBucketPolicy") return policyUnread("bucket", "s3:GetBucketPolicy", error);
        return wrong("it has none", remedyFor("bucket"));
      }
    },
  },
];

const remedyFor = (what: "key" | "bucket"): string =>
  `Have the owner put in place what this prints: npm run -s orchestrate -- policy --for ${what}`;

/** The account that owns the key sees its policy; any other asks for what the key's policy lets it see. */
async function keyView(facts: DoctorFacts, keyArn: string): Promise<AccountView> {
  const owner = parseArn(keyArn)?.accountId;
  for (const stack of CENTRAL_STACKS) {
    const view = await facts.account(stack).catch(() => undefined);
    if (view !== undefined && view.caller.accountId === owner) return view;
  }
  return facts.account("security");
}

/** ARN of the key: of the files, or of the one that the security stack made; undefined where there is none yet. */
async function keyArnOf(facts: DoctorFacts, config: OrganizationConfig): Promise<string | undefined> {
  const configured = configuredKeyArn(config);
  if (configured !== undefined) return configured;
  try {
    const { kms } = await facts.account("security");
    const KeyId = `alias/${config.security.settings.keyAlias}`;
    return (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn;
  } catch {
    return undefined;
  }
}

/** Whether S3 can encrypt with a key as the stacks do. */
export function keyVerdict(arn: string, found: Partial<KeyMetadata> = {}): Verdict {
  const { KeyState, KeySpec, KeyUsage, KeyManager } = found;
  const another = "Name a symmetric customer managed key in existingKeyArn";
  if (KeyManager === "AWS") return wrong(`${arn} is managed by AWS, and its policy cannot name the collector`, another);
  if (KeySpec !== "SYMMETRIC_DEFAULT" || KeyUsage !== "ENCRYPT_DECRYPT") {
    return wrong(
      `${arn} is for ${KeyUsage ?? "?"} with ${KeySpec ?? "?"}, and S3 encrypts with symmetric keys only`,
      another,
    );
  }
  return KeyState === "Enabled"
    ? ok(`${arn} is enabled and symmetric`)
    : wrong(`${arn} is ${KeyState ?? "of unknown state"}`, "Have its owner enable it, or cancel its deletion");
}

/** What a policy that was read means. */
export function policyVerdict(what: "key" | "bucket", { refused: refusals, perhaps, lacking }: Comparison): Verdict {
  const inWords = (some: readonly { purpose: string; action: string; by?: string }[]): string =>
    [...new Set(some.map(({ purpose, action, by }) => `${action} for ${purpose}${by ? ` (${by})` : ""}`))].join(", ");
  if (refusals.length > 0) return wrong(`it does not allow ${inWords(refusals)}`, remedyFor(what));
  if (perhaps.length > 0) {
    return unknown(`it allows, under conditions that are not understood here: ${inWords(perhaps)}`, remedyFor(what));
  }
  if (lacking.length > 0) {
    return unknown(
      `it allows what is needed, and lacks the refusals ${lacking.join(", ")}; whether something else refuses the same is not known`,
      remedyFor(what),
    );
  }
  return ok(
    what === "key"
      ? "it lets collector and readers use the key"
      : "it lets in whom it should, and nobody else write or delete",
  );
}

function policyUnread(what: "key" | "bucket", action: string, error: unknown): Verdict {
  return unknown(isRefusal(error) ? `${action} is refused` : refused(action, error), remedyFor(what));
}
