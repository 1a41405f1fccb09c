import { subscriptionOf } from "../../components/alertSubscriptions";
import { parseArn } from "../../components/arn";
import { isStandalone } from "../../components/organization";
import { CONFIG_SCHEMA, type ConfigKey, type ConfigKeyName, type Settings, type StackKind } from "./configSchema";
import {
  resultsBucketNameOf,
  replicaBucketNameOf,
  collectorAccountOf,
  isByStackSet,
  hasAlertsTopic,
} from "./derivedSettings";
import { placeProblems, type ProviderFacts } from "./placeProblems";
import { sizeProblems } from "./policySizes";
import { deliveryProblems } from "./deliveryProblems";
import { retentionProblems } from "./retentionProblems";
import { ConfigurationError, type ConfigurationProblem } from "../errors";

export * from "./derivedSettings";
export type { ProviderFacts } from "./placeProblems";

/** Values as configured: text, or what YAML made of it; absent keys take their default. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** The kind of a stack by its name, or undefined for a name that no program belongs to. */
export function stackKind(stack: string): StackKind | undefined {
  if (/^member-\d{12}$/.test(stack)) return "member";
  const known = ["security", "logarchive", "management", "pipeline"] as const;
  return known.find((name) => name === stack);
}

/** Name of the stack of a member account. */
export function memberStack(accountId: string): string {
  return `member-${accountId}`;
}

/**
 * The settings of a stack from its configuration.
 *
 * @param secretKeys Keys whose values are secrets there; no message shows them.
 * @throws ConfigurationError naming every key that is missing, malformed, unknown, or at odds with another
 */
export function readSettings(
  stack: string,
  kind: StackKind,
  raw: RawConfig,
  provider?: ProviderFacts,
  secretKeys: readonly string[] = [],
): Settings {
  const problems: ConfigurationProblem[] = [];
  const settings: Record<string, unknown> = {};
  for (const key of Object.keys(raw)) {
    if (!(key in CONFIG_SCHEMA)) {
      problems.push({ key, problem: `no such key; Pulumi.yaml lists them all${nearest(key)}` });
    }
  }
  for (const [key, schema] of Object.entries(CONFIG_SCHEMA) as [ConfigKeyName, ConfigKey][]) {
    const { value, problem } = readValue(schema, raw[key]);
    settings[key] = value;
    if (!schema.stacks.includes(kind)) continue;
    const found = secretKeys.includes(key)
      ? secretProblem(schema, problem ?? valueProblem(schema, kind, value))
      : (problem ?? valueProblem(schema, kind, value));
    if (found) problems.push({ key, problem: found });
  }
  const read = settings as Settings;
  if (kind !== "pipeline" && collectorAccountOf(read) === "") {
    problems.push({
      key: "managementAccountId",
      problem: `is missing: ${CONFIG_SCHEMA.managementAccountId.description}`,
    });
  }
  if (problems.length === 0) problems.push(...crossProblems(kind, read, provider));
  if (problems.length > 0) throw new ConfigurationError(stack, problems);
  return read;
}

function readValue(schema: ConfigKey, raw: unknown): { value: unknown; problem?: string } {
  if (raw === undefined || raw === null || raw === "") return { value: schema.default };
  switch (schema.type) {
    case "string":
      // YAML reads an unquoted account id as a number
      return typeof raw === "string" || typeof raw === "number"
        ? { value: String(raw) }
        : { value: schema.default, problem: `must be text, not ${JSON.stringify(raw)}` };
    case "integer": {
      const number = Number(raw);
      return Number.isInteger(number) && typeof raw !== "boolean"
        ? { value: number }
        : { value: schema.default, problem: `must be a whole number, not ${JSON.stringify(raw)}` };
    }
    case "boolean":
      return raw === true || raw === false || raw === "true" || raw === "false"
        ? { value: raw === true || raw === "true" }
        : { value: schema.default, problem: `must be true or false, not ${JSON.stringify(raw)}` };
    case "array": {
      const list = typeof raw === "string" ? parseJson(raw) : raw;
      return Array.isArray(list) && list.every((item) => typeof item === "string")
        ? { value: list }
        : { value: schema.default, problem: `must be a list of texts, not ${JSON.stringify(raw)}` };
    }
    case "object": {
      const map = typeof raw === "string" ? parseJson(raw) : raw;
      return isTextMap(map)
        ? { value: map }
        : {
            value: schema.default,
            problem: `must be texts by key (quote numbers in YAML), not ${JSON.stringify(raw)}`,
          };
    }
  }
}

function valueProblem(schema: ConfigKey, kind: StackKind, value: unknown): string | undefined {
  const empty = value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
  if (empty) return schema.requiredBy?.includes(kind) ? `is missing: ${schema.description}` : undefined;
  return (schema.problem as ((value: unknown) => string | undefined) | undefined)?.(value);
}

/** What is wrong with a value that is a secret, without showing it. */
function secretProblem(schema: ConfigKey, problem: string | undefined): string | undefined {
  if (!schema.secret) return "cannot be a secret, since names and policies show it: set it again without --secret";
  return problem && `is a secret whose value cannot be used; it has to be: ${schema.description}`;
}

/** Values that are right each by itself and wrong together. */
function crossProblems(kind: StackKind, settings: Settings, provider?: ProviderFacts): ConfigurationProblem[] {
  if (kind === "pipeline") {
    const problems = deliveryProblems(settings);
    return provider && problems.length === 0 ? sizeProblems(kind, settings, provider) : problems;
  }
  const problems = organizationProblems(kind, settings);
  if (kind === "security") problems.push(...aliasProblems(settings));
  if (kind === "logarchive") problems.push(...retentionProblems(settings));
  if (!provider) return problems;
  problems.push(...placeProblems(kind, settings, provider));
  const keyRegion = parseArn(settings.keyArn)?.region;
  if (kind === "logarchive" && keyRegion && keyRegion !== provider.region) {
    problems.push({
      key: "keyArn",
      problem:
        `the key is in ${keyRegion} and this bucket would be in ${provider.region}; S3 encrypts with keys of its own ` +
        `Region only: give both stacks the same aws:region`,
    });
  }
  const resultsBucketName = resultsBucketNameOf(settings, provider.region);
  if (settings.analysis && (kind === "security" || kind === "logarchive") && resultsBucketName.length > 63) {
    problems.push({
      key: "resultsBucketName",
      problem:
        `${resultsBucketName}, made of the name of the evidence's bucket, has more than 63 characters: ` +
        `set one of your own, the same in the stacks security and logarchive`,
    });
  }
  const replicaBucketName = replicaBucketNameOf(settings, provider.region);
  if (settings.replicaRegion && (kind === "security" || kind === "logarchive") && replicaBucketName.length > 63) {
    problems.push({
      key: "replicaBucketName",
      problem:
        `${replicaBucketName}, made of the name of the evidence's bucket, has more than 63 characters: ` +
        `set one of your own, the same in the stacks security and logarchive`,
    });
  }
  if (kind === "management" && isByStackSet(settings) && provider.region.startsWith("cn-")) {
    problems.push({
      key: "memberRoles",
      problem:
        `is stackset, and in the China Regions (${provider.region}) there are no StackSets with service-managed permissions: ` +
        `set memberRoles: stacks in Pulumi.management.yaml`,
    });
  }
  if (kind === "management") problems.push(...alertProblems(settings, provider));
  problems.push(...sizeProblems(kind, settings, provider));
  const collector = settings.collectorAccountId === "" ? "managementAccountId" : "collectorAccountId";
  const owner = { logarchive: "logArchiveAccountId", management: collector } as const;
  if (kind === "logarchive" || kind === "management") {
    const key = owner[kind];
    // the stack of a bucket of somebody else's holds no bucket, so it may be anywhere
    const elsewhere = kind === "logarchive" && settings.existingBucketName !== "";
    if (settings[key] !== provider.accountId && !elsewhere) {
      problems.push({
        key,
        problem:
          `is ${settings[key]}, but the credentials of this stack work in account ${provider.accountId}: ` +
          `correct it, or aws:assumeRoles of the stack`,
      });
    }
  }
  return problems;
}

/** The signing key has an alias made of the other's. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
function aliasProblems({ keyAlias, signManifests }: Settings): ConfigurationProblem[] {
  const longest = 256 - "alias/-signing".length;
  if (!signManifests || keyAlias.length <= longest) return [];
  const problem = `has ${keyAlias.length} characters, and signManifests makes a second alias of it with -signing, for which it may have ${longest}: shorten it`;
  return [{ key: "keyAlias", problem }];
}

/** Whom the alerts topic tells, and whether there is one. */
function alertProblems(settings: Settings, { accountId }: ProviderFacts): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  for (const key of ["alertEmails", "alertSubscriptions"] as const) {
    if (settings[key].length > 0 && !hasAlertsTopic(settings)) {
      const problem =
        "names who is told, and there is nothing to tell: set alarms or deliverReports to true, or leave it away";
      problems.push({ key, problem });
    }
  }
  for (const arn of settings.alertSubscriptions) {
    const known = subscriptionOf(arn, accountId);
    if ("problem" in known) problems.push({ key: "alertSubscriptions", problem: known.problem });
  }
  return problems;
}

/** What an organization needs, and what has no place without one. */
function organizationProblems(kind: StackKind, settings: Settings): ConfigurationProblem[] {
  const { organizationId, managementAccountId, collectorAccountId, include, exclude } = settings;
  if (organizationId === "") return [];
  const problems: ConfigurationProblem[] = [];
  if (!isStandalone(organizationId)) {
    if (kind === "management" && managementAccountId === "") {
      problems.push({
        key: "managementAccountId",
        problem: "is missing: the organization has one, wherever the collector is",
      });
    }
    return problems;
  }
  const without = "organizationId is none";
  if (managementAccountId !== "" && managementAccountId !== collectorAccountOf(settings)) {
    const problem = `is ${managementAccountId}, and collectorAccountId ${collectorAccountId}: ${without}, so there is no management account; leave it away`;
    problems.push({ key: "managementAccountId", problem });
  }
  if (kind !== "management") return problems;
  if (include.length + exclude.length > 0) {
    const key = include.length > 0 ? "include" : "exclude";
    problems.push({ key, problem: `chooses among accounts, and ${without}: there is but one; leave it away` });
  }
  return problems;
}

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** " (did you mean …?)" where a key differs from a known one in case, separators or its last letters only. */
function nearest(key: string): string {
  const flat = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const shared = (a: string, b: string): number => {
    let length = 0;
    while (length < a.length && a[length] === b[length]) length++;
    return length / Math.max(a.length, b.length);
  };
  const [best] = Object.keys(CONFIG_SCHEMA)
    .map((known) => ({ known, likeness: shared(flat(known), flat(key)) }))
    .sort((a, b) => b.likeness - a.likeness);
  return best && best.likeness > 0.6 ? ` (did you mean ${best.known}?)` : "";
}
