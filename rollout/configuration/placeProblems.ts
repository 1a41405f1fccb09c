import { parseArn } from "../../components/arn";
import { partitionOf } from "../../runtime/regions";
import { CONFIG_SCHEMA, type ConfigKey, type ConfigKeyName, type Settings, type StackKind } from "./configSchema";
import type { ConfigurationProblem } from "../errors";

/** What a stack's provider says of the place that it works in. */
export interface ProviderFacts {
  accountId: string;
  region: string;
}

/** Keys that hold ARNs, one or a list. */
const ARN_KEYS = [
  "keyArn",
  "replicaKeyArn",
  "existingKeyArn",
  "signingKeyArn",
  "readerRoleArns",
  "quickSightPrincipalArn",
  "permissionsBoundary",
  "alertSubscriptions",
] as const satisfies readonly ConfigKeyName[];

/** What a stack's settings ask for that is not to be had in its Region, or is of another partition than it. */
export function placeProblems(
  kind: StackKind,
  settings: Settings,
  { region }: { region: string },
): ConfigurationProblem[] {
  const reads = (key: ConfigKeyName): boolean => (CONFIG_SCHEMA[key] as ConfigKey).stacks.includes(kind);
  const partition = partitionOf(region)?.name;
  const problems = ARN_KEYS.filter(reads).flatMap((key): ConfigurationProblem[] => {
    const foreign = [settings[key]].flat().filter((arn) => (partitionIn(arn) ?? partition) !== partition);
    if (partition === undefined || foreign.length === 0) return [];
    return [
      { key, problem: `${foreign.join(", ")}: this stack is in ${region}, where ARNs begin with arn:${partition}:` },
    ];
  });
  if (kind === "security" && settings.existingKeyArn) {
    const keyRegion = parseArn(settings.existingKeyArn)?.region;
    if (keyRegion !== region) {
      problems.push({
        key: "existingKeyArn",
        problem: `is of a key in ${keyRegion ?? "no Region"}, and this stack is in ${region}: name a key there, since the bucket is there too`,
      });
    }
  }
  if (settings.existingBucketName && settings.bucketName && reads("existingBucketName")) {
    problems.push({
      key: "existingBucketName",
      problem: "is set and bucketName too: set the one for a bucket of your own, or the other for one that is made",
    });
  }
  if (settings.replicaRegion && reads("replicaRegion")) problems.push(...replicaProblems(settings, region, partition));
  return problems;
}

function replicaProblems(settings: Settings, region: string, partition: string | undefined): ConfigurationProblem[] {
  const { replicaRegion, replicaKeyArn, existingBucketName } = settings;
  const problems: ConfigurationProblem[] = [];
  const refuse = (key: ConfigKeyName, problem: string): void => void problems.push({ key, problem });
  if (replicaRegion === region) refuse("replicaRegion", `is ${region}, where the evidence is: name another Region`);
  const theirs = partitionOf(replicaRegion)?.name;
  if (partition !== undefined && theirs !== undefined && theirs !== partition) {
    refuse(
      "replicaRegion",
      `is in the partition ${theirs}, and the evidence in ${partition}: S3 replicates within one only`,
    );
  }
  if (existingBucketName) {
    refuse("replicaRegion", "is for a bucket that is made; your own bucket is replicated by its owner: leave it away");
  }
  const keyRegion = parseArn(replicaKeyArn)?.region;
  if (keyRegion !== undefined && keyRegion !== replicaRegion) {
    refuse(
      "replicaKeyArn",
      `is of a key in ${keyRegion}, and the replica would be in ${replicaRegion}: name a key there`,
    );
  }
  return problems;
}

function partitionIn(arn: string): string | undefined {
  return /^arn:([a-z0-9-]+):/.exec(arn)?.[1];
}
