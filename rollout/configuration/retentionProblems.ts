import type { ObjectLock } from "../../components/evidenceBucket";
import type { Settings } from "./configSchema";
import type { ConfigurationProblem } from "../errors";

const EARLIER = ["rawRetentionDays", "consolidatedRetentionDays"] as const;

/** The lock that is configured, if any. */
export function objectLockOf({
  objectLockMode,
  objectLockDays,
}: Pick<Settings, "objectLockMode" | "objectLockDays">): ObjectLock | undefined {
  return objectLockMode === "none" ? undefined : { mode: objectLockMode as ObjectLock["mode"], days: objectLockDays };
}

/** Periods of the evidence that are right each by itself and wrong together. */
export function retentionProblems(settings: Settings): ConfigurationProblem[] {
  const { retentionDays } = settings;
  const late = EARLIER.filter((key) => retentionDays > 0 && settings[key] > retentionDays).map((key) => ({
    key,
    problem:
      `is ${settings[key]}, and retentionDays is ${retentionDays}: manifests and signatures have to outlive what they vouch for. ` +
      `Raise retentionDays, or set ${key} to ${retentionDays} at most`,
  }));
  return [...late, ...lockProblems(settings)];
}

function lockProblems(settings: Settings): ConfigurationProblem[] {
  const { objectLockMode: mode, objectLockDays: days, existingBucketName } = settings;
  if (mode === "none") {
    if (days === 0) return [];
    const problem =
      "says how long objects are locked, and objectLockMode is none: choose a mode, or leave the days away";
    return [{ key: "objectLockDays", problem }];
  }
  if (existingBucketName) {
    const problem =
      "is for a bucket that is made; whether your own bucket is locked is its owner's to decide: leave it away";
    return [{ key: "objectLockMode", problem }];
  }
  if (days === 0) {
    return [
      {
        key: "objectLockDays",
        problem: `is missing: objectLockMode is ${mode}, and objects are locked for so many days`,
      },
    ];
  }
  return (["retentionDays", ...EARLIER] as const)
    .filter((key) => settings[key] > 0 && settings[key] < days)
    .map((key) => ({
      key,
      problem:
        `is ${settings[key]}, and objectLockDays is ${days}: what is locked cannot expire, so nothing would go before the lock ends. ` +
        `Raise ${key} to ${days} at least, or lower objectLockDays`,
    }));
}
