import type { ConfigKeyName, Settings } from "./configSchema";
import { ConfigurationError, type ConfigurationProblem } from "../errors";
import { bucketNameOf, collectorAccountOf, readSettings } from "./settings";
import type { PlainConfig } from "./stackSecrets";
import { readStackFile, type StackFile } from "./stackFiles";

/** A central stack: its file, and its settings as the orchestrator can know them before anything is deployed. */
export interface CentralStack {
  file: StackFile;
  settings: Settings;
}

/** The whole organization's configuration, from the three committed files. */
export interface OrganizationConfig {
  security: CentralStack;
  logarchive: CentralStack;
  management: CentralStack;
  /** Name of the bucket, by configuration or by rule. */
  bucketName: string;
}

/** Names of the central stacks, in the order of deployment. */
export const CENTRAL_STACKS = ["security", "logarchive", "management"] as const;

/** Keys that all three stacks read, and that have to be the same even where a file leaves one to its default. */
const SHARED_BY_ALL: readonly ConfigKeyName[] = ["collectorRoleName", "rolePath"];

/** Keys that have to be the same wherever they are read: policies of one stack name things of another. */
const SHARED: readonly ConfigKeyName[] = [
  "managementAccountId",
  "collectorAccountId",
  "logArchiveAccountId",
  ...SHARED_BY_ALL,
  "organizationId",
  "readerRoleArns",
  "bucketName",
];

/**
 * Reads and checks the files of the three central stacks, each by itself and against each other.
 *
 * @param plain What the secrets in them are, by stack
 * @throws ConfigurationError, RolloutError
 */
export function readOrganizationConfig(
  projectDir: string,
  plain: Readonly<Record<string, PlainConfig>> = {},
): OrganizationConfig {
  const [security, logarchive, management] = CENTRAL_STACKS.map((name): CentralStack => {
    const file = readStackFile(projectDir, name, plain[name]);
    const provider = file.accountId === undefined ? undefined : { accountId: file.accountId, region: file.region };
    return { file, settings: readSettings(name, name, file.values, provider, file.secretKeys) };
  }) as [CentralStack, CentralStack, CentralStack];
  checkAgreement([security, logarchive, management]);
  return { security, logarchive, management, bucketName: bucketNameOf(logarchive.settings, logarchive.file.region) };
}

function checkAgreement(stacks: readonly [CentralStack, CentralStack, CentralStack]): void {
  const [security, logarchive, management] = stacks;
  const problems: ConfigurationProblem[] = [];
  if (security.file.region !== logarchive.file.region) {
    problems.push({
      key: "aws:region",
      problem:
        `is ${logarchive.file.region}, and ${security.file.region} in Pulumi.security.yaml; key and bucket must be in one ` +
        `Region, because S3 encrypts with keys of its own Region only`,
    });
  }
  for (const key of SHARED) {
    const said = stacks.filter(({ file }) => SHARED_BY_ALL.includes(key) || file.values[key] !== undefined);
    const [first, ...others] = said;
    for (const other of others) {
      if (first && JSON.stringify(other.settings[key]) !== JSON.stringify(first.settings[key])) {
        const [theirs, ours] = [first.settings[key], other.settings[key]].map((value) => JSON.stringify(value));
        problems.push({
          key,
          problem: `is ${ours} in Pulumi.${other.file.name}.yaml and ${theirs} in Pulumi.${first.file.name}.yaml; give both the same`,
        });
      }
    }
  }
  const silent = stacks.filter(({ file }) => file.values["collectorAccountId"] === undefined);
  const spoken = stacks.find(({ settings }) => settings.collectorAccountId !== "");
  for (const { file, settings } of spoken ? silent : []) {
    if (collectorAccountOf(settings) === spoken?.settings.collectorAccountId) continue;
    problems.push({
      key: "collectorAccountId",
      problem:
        `is missing in Pulumi.${file.name}.yaml, and ${spoken?.settings.collectorAccountId} in Pulumi.${spoken?.file.name}.yaml; ` +
        `give all three the same: policies of key, bucket and member roles name the collector's account`,
    });
  }
  if (logarchive.settings.deliverReports !== management.settings.deliverReports) {
    problems.push({
      key: "deliverReports",
      problem:
        `is ${logarchive.settings.deliverReports} in Pulumi.logarchive.yaml and ${management.settings.deliverReports} in ` +
        `Pulumi.management.yaml; give both the same: the one lets the collector read what it makes the report of, the other makes it deliver`,
    });
  }
  if (logarchive.settings.collectorEngine !== management.settings.collectorEngine) {
    problems.push({
      key: "collectorEngine",
      problem:
        `is ${logarchive.settings.collectorEngine} in Pulumi.logarchive.yaml and ${management.settings.collectorEngine} in ` +
        `Pulumi.management.yaml; give both the same: the one lets the collector read back what its steps leave for each other, the other makes it work in steps`,
    });
  }
  const announces = [logarchive, management].map(({ settings }) => settings.events === "findings");
  if (announces[0] !== announces[1]) {
    problems.push({
      key: "events",
      problem:
        `is ${logarchive.settings.events} in Pulumi.logarchive.yaml and ${management.settings.events} in Pulumi.management.yaml; ` +
        `give both the same: with findings, the one lets the collector read what it compares, the other makes it tell`,
    });
  }
  for (const key of ["replicaRegion", "replicaBucketName", "replicationRoleName"] as const) {
    const [theirs, ours] = [security.settings[key], logarchive.settings[key]];
    if (theirs === ours) continue;
    const problem =
      `is ${JSON.stringify(ours)} in Pulumi.logarchive.yaml and ${JSON.stringify(theirs)} in Pulumi.security.yaml; ` +
      "give both the same: the one makes the replica and its role, the other the key that names them";
    problems.push({ key, problem });
  }
  const bucketNames = [security, logarchive].map(({ settings, file }) => bucketNameOf(settings, file.region));
  if (bucketNames[0] !== bucketNames[1] && !problems.some(({ key }) => /bucketName|aws:region/.test(key))) {
    problems.push({
      key: logarchive.settings.existingBucketName ? "existingBucketName" : "bucketName",
      problem:
        `leads to the bucket ${bucketNames[1]} in Pulumi.logarchive.yaml and to ${bucketNames[0]} in Pulumi.security.yaml; ` +
        `give both the same: the policy of the key names the bucket`,
    });
  }
  if (problems.length > 0) throw new ConfigurationError("logarchive", problems);
}
