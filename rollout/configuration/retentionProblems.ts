import type { Settings } from "./configSchema";
import type { ConfigurationProblem } from "../errors";

/** Periods of the evidence that are right each by itself and wrong together. */
export function retentionProblems(settings: Settings): ConfigurationProblem[] {
  const { retentionDays } = settings;
  return (["rawRetentionDays", "consolidatedRetentionDays"] as const)
    .filter((key) => retentionDays > 0 && settings[key] > retentionDays)
    .map((key) => ({
      key,
      problem:
        `is ${settings[key]}, and retentionDays is ${retentionDays}: manifests and signatures have to outlive what they vouch for. ` +
        `Raise retentionDays, or set ${key} to ${retentionDays} at most`,
    }));
}
