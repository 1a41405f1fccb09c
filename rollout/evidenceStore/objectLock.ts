import type { ObjectLock } from "../../components/evidenceBucket";
import { objectLockOf } from "../configuration/retentionProblems";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { isWithin, resourcesOf, type StackState } from "../engine/stackState";

/** The lock as the bucket was deployed with it: none, or what newly put objects get. */
export function deployedLock(state: StackState | undefined): ObjectLock | undefined {
  const found = resourcesOf(state).find(
    (resource) =>
      resource.type === "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration" &&
      isWithin(resource, "iam-credential-reports:index:ReportBucket"),
  );
  const rule = found?.inputs?.["rule"] as { defaultRetention?: { mode?: string; days?: number } } | undefined;
  const { mode, days } = rule?.defaultRetention ?? {};
  if (mode === undefined || days === undefined) return undefined;
  return { mode: mode === "COMPLIANCE" ? "compliance" : "governance", days };
}

/** What a deployment does to the lock of the evidence. */
export interface LockPlan {
  bucketName: string;
  wanted: ObjectLock;
  /** The lock of the bucket that there is; undefined where the bucket is made by this deployment. */
  deployed: ObjectLock | undefined;
}

/** The lock that a deployment sets or changes; undefined where it leaves all as it is. */
export function lockPlan(config: OrganizationConfig, deployed: ObjectLock | undefined): LockPlan | undefined {
  const wanted = objectLockOf(config.logarchive.settings);
  if (!wanted || (deployed?.mode === wanted.mode && deployed.days === wanted.days)) return undefined;
  return { bucketName: config.bucketName, wanted, deployed };
}

/** Whether it binds more than what there is, and nobody can undo it. */
export function isIrrevocable({ wanted, deployed }: LockPlan): boolean {
  if (wanted.mode !== "compliance") return false;
  return deployed?.mode !== "compliance" || wanted.days > deployed.days;
}

/** What the lock means, plainly, in lines. */
export function lockWarning({ bucketName, wanted, deployed }: LockPlan): string[] {
  const { mode, days } = wanted;
  const before = deployed && `${deployed.mode} mode for ${inDays(deployed.days)}`;
  return [
    `WARNING: Object Lock in ${mode} mode for ${inDays(days)}, on everything that is put into ${bucketName}:`,
    `  - ${lockMeaning(wanted)}`,
    ...(before
      ? [
          `  - What is there keeps the lock that it was put with (${before}); the new one holds for what is put from now on.`,
        ]
      : ["  - A bucket that is made with Object Lock has it for as long as it exists: it cannot be turned off."]),
    ...(mode === "compliance"
      ? [
          "  - The bucket stays, and is paid for, until the time of its last object is over. Only closing the AWS account ends that sooner.",
          "  - The period of what is there can be made longer, and never shorter. Try it with few days, or in governance mode, first.",
        ]
      : []),
  ];
}

/** Who may delete what is locked. */
export function lockMeaning({ mode, days }: ObjectLock): string {
  return mode === "compliance"
    ? `For ${inDays(days)} after it was put, nobody can delete an object version: not these stacks, not an administrator, not the account's root user, not AWS.`
    : `For ${inDays(days)} after it was put, an object version can be deleted only by somebody with the right s3:BypassGovernanceRetention, ` +
        "which the policy of the bucket refuses to everybody as long as it stands.";
}

function inDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
