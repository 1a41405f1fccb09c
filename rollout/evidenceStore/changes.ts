import { replicaBucketNameOf } from "../configuration/settings";
import { parseArn } from "../../components/arn";
import type { ConfigKeyName } from "../configuration/configSchema";
import type { CentralStack, OrganizationConfig } from "../configuration/organizationConfig";
import type { ObjectLock } from "../../components/evidenceBucket";
import { deployedLock } from "./objectLock";
import { isWithin, resourcesOf, type StackState, type StateResource } from "../engine/stackState";

/** The stacks that hold the evidence: the key and the bucket. */
export const EVIDENCE_STACKS = ["security", "logarchive"] as const;

/** One of {@link EVIDENCE_STACKS}. */
export type EvidenceStack = (typeof EVIDENCE_STACKS)[number];

/** States of the stacks that hold the evidence; one that was never deployed is left out. */
export type EvidenceStates = Partial<Record<EvidenceStack, StackState>>;

/** A value of the configuration under which another key or bucket would be made. */
export interface StoreChange {
  stack: EvidenceStack;
  /** What would be another one. */
  what: "key" | "bucket" | "replica";
  /** The setting: a configuration key of the project, `aws:region`, or the account. */
  setting: string;
  /** As it is deployed. */
  from: string;
  /** As the configuration has it. */
  to: string;
}

/** The key and the bucket as they are deployed. */
export interface DeployedStore {
  keyArn?: string;
  bucketName?: string;
  /** Region of the bucket. */
  bucketRegion?: string;
  /** Lock of the bucket; absent where it has none. */
  lock?: ObjectLock;
}

const COMPONENT = {
  security: "iam-credential-reports:index:ReportKey",
  logarchive: "iam-credential-reports:index:ReportBucket",
} as const;
/** The setting that no bucket can follow once it is made. */
const LOCK = "objectLockMode" satisfies ConfigKeyName;
const ALIAS = "aws:kms/alias:Alias";

/** What of the evidence's store the states know. */
export function deployedStore(states: EvidenceStates): DeployedStore {
  const key = made(states.security, "security", "aws:kms/key:Key");
  const bucket = made(states.logarchive, "logarchive", "aws:s3/bucket:Bucket");
  const lock = deployedLock(states.logarchive);
  return {
    ...(key && { keyArn: text(key.outputs?.["arn"]) ?? key.id }),
    ...(bucket && { bucketName: text(bucket.outputs?.["bucket"]) ?? bucket.id }),
    ...(lock && { lock }),
    ...(bucket && { bucketRegion: text(bucket.outputs?.["region"]) ?? text(bucket.outputs?.["bucketRegion"]) }),
  };
}

/**
 * What in the configuration asks for another key or bucket than those that hold the evidence. Pure: it compares what the states say with the
 * files, since a provider takes a changed Region or account for its own and says nothing of it.
 */
export function storeChanges(states: EvidenceStates, config: OrganizationConfig): StoreChange[] {
  const { keyArn, bucketName, bucketRegion, lock } = deployedStore(states);
  const changes: StoreChange[] = [];
  const compare = (
    change: Omit<StoreChange, "from" | "to">,
    from: string | undefined,
    to: string | undefined,
  ): void => {
    if (from && to && from !== to) changes.push({ ...change, from, to });
  };
  const { existingKeyArn } = config.security.settings;
  const { existingBucketName } = config.logarchive.settings;
  if (keyArn !== undefined && existingKeyArn) {
    // the same key too: the stack would delete what is no longer its own
    changes.push({ stack: "security", what: "key", setting: "existingKeyArn", from: keyArn, to: existingKeyArn });
  } else if (keyArn !== undefined) {
    const key = { stack: "security", what: "key" } as const;
    const arn = parseArn(keyArn);
    compare({ ...key, setting: "aws:region" }, arn?.region, config.security.file.region);
    compare({ ...key, setting: "account" }, arn?.accountId, accountOf(config.security));
  }
  if (bucketName !== undefined && existingBucketName) {
    const change = { stack: "logarchive", what: "bucket", setting: "existingBucketName" } as const;
    changes.push({ ...change, from: bucketName, to: existingBucketName });
  } else if (bucketName !== undefined) {
    const bucket = { stack: "logarchive", what: "bucket" } as const;
    compare({ ...bucket, setting: "aws:region" }, bucketRegion, config.logarchive.file.region);
    compare({ ...bucket, setting: "account" }, providerAccount(states.logarchive), accountOf(config.logarchive));
    compare({ ...bucket, setting: "bucketName" }, bucketName, config.bucketName);
    const { objectLockMode } = config.logarchive.settings;
    // between the modes of a lock it can change; whether there is one cannot
    if ((lock === undefined) !== (objectLockMode === "none")) {
      compare({ ...bucket, setting: LOCK }, lock?.mode ?? "none", objectLockMode);
    }
  }
  return [...changes, ...replicaChanges(states, config)];
}

const REPLICA = {
  security: "iam-credential-reports:index:ReplicaKey",
  logarchive: "iam-credential-reports:index:ReportReplica",
} as const;

/** Of the replica, what stays on the side of the evidence and is changed or taken away by the engine as anything else. */
const REPLICATION = [
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
];

/** What asks for another replica than the deployed one, or for none. */
function replicaChanges(states: EvidenceStates, config: OrganizationConfig): StoreChange[] {
  const { settings, file } = config.logarchive;
  const find = (stack: EvidenceStack, type: string): StateResource | undefined =>
    resourcesOf(states[stack]).find((resource) => resource.type === type && isWithin(resource, REPLICA[stack]));
  const [key, bucket] = [find("security", "aws:kms/key:Key"), find("logarchive", "aws:s3/bucket:Bucket")];
  const to = settings.replicaRegion || "none";
  const changes: StoreChange[] = [];
  for (const [stack, resource] of [
    ["security", key],
    ["logarchive", bucket],
  ] as const) {
    const from = text(resource?.outputs?.["region"]);
    if (from && from !== to) changes.push({ stack, what: "replica", setting: "replicaRegion", from, to });
  }
  const name = text(bucket?.outputs?.["bucket"]);
  const wanted = replicaBucketNameOf(settings, file.region);
  if (name && settings.replicaRegion && name !== wanted) {
    changes.push({ stack: "logarchive", what: "replica", setting: "replicaBucketName", from: name, to: wanted });
  }
  return changes;
}

/**
 * The resources that make up the store, by URN: those of the key or the bucket with their settings, all of a stack that moves to another account.
 * The alias stays with the stack where it can be turned to the new key: an account and Region has one of a name.
 */
export function storeResources(
  states: EvidenceStates,
  changes: readonly StoreChange[],
): Record<EvidenceStack, Set<string>> {
  const onlyReplica = changes.every(({ what }) => what === "replica");
  const of = (stack: EvidenceStack): Set<string> => {
    const moves = (setting: string): boolean =>
      changes.some((change) => change.stack === stack && change.setting === setting);
    const leaves = (resource: StateResource): boolean => {
      if (!resource.custom || resource.type.startsWith("pulumi:")) return false;
      if (moves("account")) return true;
      if (isWithin(resource, REPLICA[stack])) {
        const leaving = moves("replicaRegion") || moves("replicaBucketName");
        return leaving && !REPLICATION.includes(resource.type);
      }
      if (onlyReplica || !isWithin(resource, COMPONENT[stack])) return false;
      return resource.type !== ALIAS || moves("aws:region") || moves("existingKeyArn");
    };
    return new Set(
      resourcesOf(states[stack])
        .filter(leaves)
        .map(({ urn }) => urn),
    );
  };
  return { security: of("security"), logarchive: of("logarchive") };
}

/** Whether the new bucket would have the name of the old one, in the same place, which stays. */
export function lacksNewName(changes: readonly StoreChange[]): boolean {
  const settings = changes.filter(({ what }) => what === "bucket").map(({ setting }) => setting);
  return settings.length === 1 && settings[0] === LOCK;
}

/** What the changes mean, for people, in lines. */
export function explanation(changes: readonly StoreChange[], { keyArn, bucketName }: DeployedStore): string[] {
  const lines = changes.map(({ stack, what, setting, from, to }) => {
    const where = setting === "account" ? "the account (aws:allowedAccountIds, aws:assumeRoles)" : setting;
    return `  - another ${what}, since ${where} of stack ${stack} changes from ${from} to ${to}`;
  });
  if (changes.some(({ setting }) => setting === LOCK)) {
    lines.push(
      "    Object Lock is chosen when a bucket is made: what is in this one keeps the protection that it was put with, and a bucket that has it " +
        "keeps it. A new bucket needs another bucketName, in all three files",
    );
  }
  if (changes.every(({ what }) => what === "replica")) {
    return [
      ...lines,
      "The replica that there is stays in AWS as it is, in no stack, and gets nothing more. A new one begins empty: S3 replicates what is put from " +
        "then on.",
    ];
  }
  const old = [
    ...(bucketName === undefined ? [] : [`the bucket ${bucketName}`]),
    ...(keyArn === undefined ? [] : [`the key ${keyArn}`]),
  ].join(" and ");
  return [
    ...lines,
    `What holds the evidence now is ${old}. The new store begins empty: report, diff, verify and Athena see what is collected from then on, and the ` +
      "chain of manifests begins anew. The old one stays in AWS as it is, readable to the same readers, but in no stack: nobody changes, " +
      "watches or removes it for you any more.",
  ];
}

function made(state: StackState | undefined, stack: EvidenceStack, type: string): StateResource | undefined {
  return resourcesOf(state).find((resource) => resource.type === type && isWithin(resource, COMPONENT[stack]));
}

/** The account that a stack's file leads to, where it says so. */
function accountOf({ file }: CentralStack): string | undefined {
  return file.accountId ?? parseArn(file.assumeRoles.at(-1)?.roleArn ?? "")?.accountId;
}

/** The account that the provider was held to when the stack was last deployed. */
function providerAccount(state: StackState | undefined): string | undefined {
  const provider = resourcesOf(state).find(({ type }) => type === "pulumi:providers:aws");
  const allowed = text(provider?.inputs?.["allowedAccountIds"]);
  return allowed === undefined ? undefined : /\d{12}/.exec(allowed)?.[0];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
