import { documentStatements } from "../documents";
import { listOf, partOf, textsOf, UNKNOWN, type Known, type Properties } from "../knownValues";
import { said, settingsOf, type Resource } from "../resources";
import type { StackRule, Violation } from "../rule";

/**
 * Rules on buckets. What a bucket is like is spread over resources of their own; they are joined by where Pulumi knows a value to come from, so
 * also in a preview, when the name of a bucket may not be known yet.
 *
 * https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/
 */

/** Page of the control, as in `S3.5`. */
const control = (number: string): string =>
  `https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#${number.toLowerCase().replace(".", "-")}`;

/** Resources of a class, as in `BucketVersioning`, that set something on the bucket. */
type SetOn = (className: string) => readonly Resource[];

/** Looks at each bucket with what is set on it. */
function eachBucket<Settings>(
  check: (set: SetOn, settings: Settings, bucket: Resource) => readonly Violation[],
): StackRule<Settings & object>["checkStack"] {
  return (stack, settings) =>
    stack
      .filter(({ kind }) => kind === "s3:Bucket")
      .flatMap((bucket) => {
        const set: SetOn = (className) =>
          settingsOf(stack, `s3:${className}`, "bucket", bucket, ["bucket", "id", "arn"]);
        return check(set, settings, bucket).map((violation) => ({ ...violation, resource: bucket }));
      });
}

/** A bucket whose settings do not fit. */
const wrong = (message: string, remedy: string): Violation[] => [{ message, remedy }];

/** What objects are encrypted with unless a request says otherwise. */
function encryptionRules(set: SetOn): Properties[] {
  return set("BucketServerSideEncryptionConfiguration").flatMap(({ values }) => listOf(values["rules"]).map(partOf));
}

const defaultOf = (rule: Properties): Properties => partOf(rule["applyServerSideEncryptionByDefault"]);

/** Settings on buckets whose content goes by itself. */
interface ShortLived {
  shortLivedDays: number;
}

const shortLived = (whatFor: string) =>
  ({
    type: "integer",
    minimum: 0,
    default: 90,
    description: `A bucket whose life cycle takes everything away within so many days needs no ${whatFor}.`,
  }) as const;

/** Buckets are encrypted with a KMS key of one's own. */
export const bucketEncryption: StackRule<ShortLived> = {
  name: "s3-kms-encryption",
  description:
    "S3 buckets encrypt what they hold with KMS, and by a key of one's own unless all that they hold expires soon (Security Hub S3.17)",
  url: control("S3.17"),
  level: "mandatory",
  severity: "medium",
  settings: { shortLivedDays: shortLived("key of one's own") },
  checkStack: eachBucket((set, { shortLivedDays }: ShortLived) => {
    const rules = encryptionRules(set);
    const remedy =
      "Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and the key as kmsMasterKeyId";
    if (rules.length === 0) return wrong("no default encryption is set", remedy);
    const isShortLived = lifecycleRules(set).some((rule) => expiresAll(rule, shortLivedDays));
    return rules.flatMap((rule) => {
      const { sseAlgorithm: algorithm, kmsMasterKeyId: key } = defaultOf(rule);
      if (algorithm !== UNKNOWN && !textsOf(algorithm).some((each) => each.startsWith("aws:kms"))) {
        return wrong(`the default encryption is ${said(algorithm)}`, remedy);
      }
      return key || isShortLived ? [] : wrong("no key is named, so S3 takes one that AWS manages", remedy);
    });
  }),
};

/** A key is asked for once a while, not for each object. */
export const bucketKey: StackRule = {
  name: "s3-bucket-key",
  description:
    "S3 buckets that encrypt with KMS use a bucket key (Amazon S3 user guide, Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys)",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
  level: "mandatory",
  severity: "low",
  checkStack: eachBucket((set) =>
    encryptionRules(set)
      .filter((rule) => textsOf(defaultOf(rule)["sseAlgorithm"]).includes("aws:kms"))
      .filter(({ bucketKeyEnabled: enabled }) => enabled !== true && enabled !== UNKNOWN)
      .flatMap(({ bucketKeyEnabled: enabled }) =>
        wrong(
          `bucketKeyEnabled is ${said(enabled)}`,
          "Set bucketKeyEnabled: true beside applyServerSideEncryptionByDefault, or KMS is asked, and paid, for each object",
        ),
      ),
  ),
};

/** What is overwritten or deleted is still there. */
export const bucketVersioning: StackRule<ShortLived> = {
  name: "s3-versioning",
  description: "S3 buckets keep versions, unless all that they hold expires soon (Security Hub S3.14)",
  url: control("S3.14"),
  level: "mandatory",
  severity: "medium",
  settings: { shortLivedDays: shortLived("versions") },
  checkStack: eachBucket((set, { shortLivedDays }: ShortLived) => {
    const states = set("BucketVersioning").map(({ values }) => partOf(values["versioningConfiguration"])["status"]);
    if (states.some((state) => state === "Enabled" || state === UNKNOWN)) return [];
    if (lifecycleRules(set).some((rule) => expiresAll(rule, shortLivedDays))) return [];
    return wrong(
      `versioning is ${said(states[0])}`,
      `Add a BucketVersioning with status Enabled, or let the life cycle take everything away within ${shortLivedDays} days`,
    );
  }),
};

const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** Nothing makes a bucket public. */
export const publicAccessBlock: StackRule = {
  name: "s3-public-access-block",
  description: "S3 buckets block public access in all four ways (Security Hub S3.8, CIS AWS Foundations 2.1.4)",
  url: control("S3.8"),
  level: "mandatory",
  severity: "high",
  checkStack: eachBucket((set) => {
    const [block] = set("BucketPublicAccessBlock");
    if (!block)
      return wrong("nothing blocks public access", `Add a BucketPublicAccessBlock with ${BLOCKS.join(", ")}: true`);
    const off = BLOCKS.filter((name) => block.values[name] !== true && block.values[name] !== UNKNOWN);
    return off.length === 0
      ? []
      : wrong(
          `${off.join(", ")} ${off.length === 1 ? "is" : "are"} not true`,
          `Set ${off.join(", ")}: true on its BucketPublicAccessBlock`,
        );
  }),
};

/** Who owns the bucket owns what is in it, and access lists say nothing. */
export const ownerEnforced: StackRule = {
  name: "s3-owner-enforced",
  description:
    "S3 buckets are governed by policies alone: their owner owns every object, and no ACL is set (Security Hub S3.12)",
  url: control("S3.12"),
  level: "mandatory",
  severity: "medium",
  checkStack: eachBucket((set, _settings, { values }) => {
    const ownership = set("BucketOwnershipControls").flatMap((each) =>
      textsOrUnknown(partOf(each.values["rule"])["objectOwnership"]),
    );
    const acl = textsOf(values["acl"]).filter((each) => each !== "private");
    const lists = [...set("BucketAcl").map(({ name }) => `BucketAcl ${name}`), ...acl.map((each) => `acl: ${each}`)];
    return [
      ...(ownership.some((each) => each === "BucketOwnerEnforced" || each === UNKNOWN)
        ? []
        : wrong(
            ownership.length === 0 ? "no ownership of objects is set" : `objectOwnership is ${said(ownership[0])}`,
            "Add BucketOwnershipControls with objectOwnership BucketOwnerEnforced",
          )),
      ...(lists.length === 0
        ? []
        : wrong(
            `an access control list is set (${lists.join(", ")})`,
            "Take it away, and say in the bucket's policy who may do what",
          )),
    ];
  }),
};

/** Nothing goes over plain HTTP. */
export const tlsOnly: StackRule = {
  name: "s3-tls-only",
  description: "S3 buckets refuse requests without TLS by their policy (Security Hub S3.5, CIS AWS Foundations 2.1.1)",
  url: control("S3.5"),
  level: "mandatory",
  severity: "medium",
  checkStack: eachBucket((set, _settings, { values }) => {
    // that of the bucket itself is not known until it is made, whether or not it has one
    const own = textsOf(values["policy"]);
    const documents: Known[] = [...set("BucketPolicy").map((policy) => policy.values["policy"]), ...own];
    if (documents.includes(UNKNOWN) || documents.some((document) => refusesPlainHttp(document))) return [];
    return wrong(
      "no statement of its policy refuses plain HTTP to everybody",
      'Add to its BucketPolicy: Effect Deny, Principal "*", Action "s3:*", Resource the bucket and all in it, Condition Bool aws:SecureTransport "false"',
    );
  }),
};

function refusesPlainHttp(document: Known): boolean {
  return documentStatements(document, "resource").some(
    ({ effect, aws, actions, conditions }) =>
      effect === "Deny" &&
      aws.includes("*") &&
      actions.some((action) => action === "s3:*" || action === "*") &&
      conditions.length === 1 &&
      conditions.every(
        ({ operator, key, values }) => operator === "Bool" && key === "aws:securetransport" && values.includes("false"),
      ),
  );
}

/** Nothing stays for ever without anybody having said so. */
export const bucketLifecycle: StackRule = {
  name: "s3-lifecycle",
  description:
    "S3 buckets have a life cycle, which ends old versions and uploads that were given up (Security Hub S3.10 and S3.13)",
  url: control("S3.10"),
  level: "mandatory",
  severity: "low",
  checkStack: eachBucket((set) => {
    const unknown = set("BucketLifecycleConfiguration").some(({ values }) => values["rules"] === UNKNOWN);
    const rules = lifecycleRules(set);
    if (unknown) return [];
    if (rules.length === 0)
      return wrong("no life cycle is set", "Add a BucketLifecycleConfiguration with a rule that is Enabled");
    const versioned = set("BucketVersioning").some(
      ({ values }) => partOf(values["versioningConfiguration"])["status"] === "Enabled",
    );
    const endsVersions = rules.some((rule) => Object.keys(partOf(rule["noncurrentVersionExpiration"])).length > 0);
    const endsUploads = rules.some((rule) => Object.keys(partOf(rule["abortIncompleteMultipartUpload"])).length > 0);
    return [
      ...(versioned && !endsVersions
        ? wrong(
            "old versions stay for ever",
            "Add noncurrentVersionExpiration to a rule of its BucketLifecycleConfiguration",
          )
        : []),
      ...(endsUploads
        ? []
        : wrong(
            "uploads that were given up stay for ever",
            "Add abortIncompleteMultipartUpload to a rule of its BucketLifecycleConfiguration",
          )),
    ];
  }),
};

/** Rules of the life cycle that are on. */
function lifecycleRules(set: SetOn): Properties[] {
  return set("BucketLifecycleConfiguration")
    .flatMap(({ values }) => listOf(values["rules"]).map(partOf))
    .filter(({ status }) => status === "Enabled" || status === UNKNOWN);
}

/** Whether a rule takes away every object within so many days. */
function expiresAll(rule: Properties, days: number): boolean {
  const after = partOf(rule["expiration"])["days"];
  const filter = partOf(rule["filter"]);
  const narrowed = Object.values(filter).some((value) => value !== "" && value !== undefined && value !== null);
  return !narrowed && !rule["prefix"] && typeof after === "number" && after > 0 && after <= days;
}

function textsOrUnknown(value: Known): Known[] {
  return value === undefined || value === null ? [] : [value];
}
