import { readSettings } from "../../rollout/configuration/settings";
import {
  ACCOUNTS,
  arn,
  everything,
  GOV_CLOUD,
  list,
  RENDERED_STACKS,
  role,
  type ExampleConfiguration,
} from "./exampleValues";

/*
 * The largest configuration that is taken: every name as long as its key allows, in the partition with the longest ARNs, and of everything
 * that may be any number as many as the reader of the configuration lets through.
 */

const PLACE = GOV_CLOUD;

/** A text of a length. */
const long = (length: number, prefix = ""): string => prefix.padEnd(length, "abcdefghi-");

/** ARN of a role with the longest path and the longest name. */
export function longestRole(account: string, index: number): string {
  return role(PLACE, account, `${long(510)}/${long(64, `role-${index}-`)}`);
}

/** ARN of a role as one is usually called. */
export function usualRole(account: string, index: number): string {
  return role(PLACE, account, `AuditorOfTheTeam${index}`);
}

const stream = (index: number): string =>
  arn(PLACE, "firehose", ACCOUNTS.management, `deliverystream/${long(64, `stream-${index}-`)}`);

const BASE: Record<string, string> = {
  ...everything(PLACE),
  rolePath: `/${long(510)}/`,
  collectorRoleName: long(64, "collector-"),
  memberRoleName: long(64, "member-"),
  replicationRoleName: long(64, "replication-"),
  functionName: long(64, "function-"),
  stackSetName: long(128, "members-"),
  bucketName: `${long(62, "evidence-")}e`,
  resultsBucketName: `${long(62, "results-")}e`,
  replicaBucketName: `${long(62, "replica-")}e`,
  keyAlias: long(242, "key-"),
  analysisWorkgroup: long(64, "audit-"),
  permissionsBoundary: `${long(510)}/${long(128, "boundary-")}`,
  organizationId: `o-${"a".repeat(32)}`,
  eventBusName: arn(PLACE, "events", ACCOUNTS.security, `event-bus/${long(256, "bus-")}`),
  tags: JSON.stringify(
    Object.fromEntries(Array.from({ length: 49 }, (_, index) => [long(128, `tag-${index}-`), long(256)])),
  ),
  include: many(1000, (index) => String(100_000_000_000 + index)),
  exclude: many(1000, (index) => String(200_000_000_000 + index)),
  alertEmails: many(100, (index) => `${long(60, `mail-${index}-`)}@example.com`),
  approvalEmails: many(100, (index) => `${long(60, `mail-${index}-`)}@example.com`),
  deliveryName: `${long(34, "delivery-")}e`,
  repository: `${long(39)}/${long(100)}`,
  branch: long(255),
  stateBackend: `s3://${long(62, "state-")}e/${long(200)}`,
  previewRoleName: long(64, "preview-"),
};

/** Keys that may be as much as AWS's limits leave room for, each with a value of a size. */
export const UNBOUNDED = {
  readerRoleArns: (size: number) => many(size, (index) => longestRole(ACCOUNTS.logarchive, index)),
  alertSubscriptions: (size: number) => many(size, stream),
  deployRoleArns: (size: number) => many(size, (index) => longestRole(String(100_000_000_000 + index), index)),
  externalId: (size: number) => long(size),
} satisfies Record<string, (size: number) => string>;

/** What the reader of the configuration has against one with these values beside the largest of everything else; nothing where it takes it. */
export function problemsWith(config: Readonly<Record<string, string>>): string {
  return RENDERED_STACKS.map((kind) => {
    const keys = {
      keyArn: arn(PLACE, "kms", ACCOUNTS.security, "key/evidence"),
      replicaKeyArn: `arn:${PLACE.partition}:kms:us-gov-east-1:${ACCOUNTS.security}:key/replica`,
    };
    try {
      const stackKeys = kind === "logarchive" ? keys : {};
      readSettings(
        kind,
        kind,
        { ...BASE, ...config, ...stackKeys },
        { accountId: ACCOUNTS[kind], region: PLACE.region },
      );
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }).join("");
}

/** The largest size of a value that is taken. */
export function largest(key: string, valueOf: (size: number) => string, most = 2048): number {
  let [taken, refused] = [1, most];
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    if (problemsWith({ [key]: valueOf(middle) }) === "") taken = middle;
    else refused = middle;
  }
  return taken;
}

/** The largest configuration. */
export function largestConfiguration(): ExampleConfiguration {
  const config = { ...BASE };
  for (const [key, valueOf] of Object.entries(UNBOUNDED)) config[key] = valueOf(largest(key, valueOf));
  return { place: PLACE, accounts: ACCOUNTS, config };
}

function many(size: number, item: (index: number) => string): string {
  return list(...Array.from({ length: size }, (_, index) => item(index)));
}
