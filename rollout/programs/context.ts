import * as pulumi from "@pulumi/pulumi";
import { providerContext, type ProviderContext } from "../../components/providerContext";
import { CONFIG_SCHEMA, type Settings, type StackKind } from "../configuration/configSchema";
import { RolloutError } from "../errors";
import { PROJECT, readSettings } from "../configuration/settings";
import { STACK_TAG } from "../configuration/tags";

/** What a stack's program starts from: checked settings and the place that its provider works in. */
export interface ProgramContext {
  settings: Settings;
  /** The setting of that name, which is a secret of the state too where it is one of the configuration. */
  externalId: pulumi.Input<string> | undefined;
  where: ProviderContext;
  tags: Record<string, string>;
}

/** Outputs of a stack, as `pulumi stack output` shows them. */
export type Outputs = Record<string, pulumi.Input<string>>;

/**
 * Checks everything that can be checked before a resource is touched.
 *
 * A value that another stack gives (`references`: key -> the key that names the stack) is taken from the configuration, or
 * else from that stack's outputs.
 */
export async function programContext(
  kind: StackKind,
  references: Partial<Record<"keyArn" | "bucketName", "securityStack" | "logarchiveStack">> = {},
): Promise<ProgramContext> {
  const stack = pulumi.getStack();
  const where = await providerContext();
  const { values: raw, secretKeys } = rawConfig();
  const asked: AskedStacks = new Map();
  // A key for encrypting that is set by hand may be of no stack that could be asked for the one for signing.
  if (kind === "management" && !raw["keyArn"] && !raw["signingKeyArn"]) {
    const from = raw["securityStack"] || CONFIG_SCHEMA.securityStack.default;
    raw["signingKeyArn"] = (await findOutput(asked, "signingKeyArn", from)) ?? "";
  }
  if (kind === "logarchive" && raw["replicaRegion"] && !raw["replicaKeyArn"]) {
    raw["replicaKeyArn"] = await outputOf(
      asked,
      stack,
      "replicaKeyArn",
      raw["securityStack"] || CONFIG_SCHEMA.securityStack.default,
    );
  }
  for (const [key, from] of Object.entries(references)) {
    if (!raw[key]) raw[key] = await outputOf(asked, stack, key, raw[from] || CONFIG_SCHEMA[from].default);
  }
  const settings = readSettings(stack, kind, raw, where, secretKeys);
  const { externalId } = settings;
  return {
    settings,
    externalId:
      externalId === "" ? undefined : secretKeys.includes("externalId") ? pulumi.secret(externalId) : externalId,
    where,
    tags: { ...settings.tags, [STACK_TAG]: stack },
  };
}

/** References by the name of their stack: the engine takes each but once. */
type AskedStacks = Map<string, pulumi.StackReference>;

/** The configuration of the running stack, as text, and which of it are secrets; only the keys that are set. */
function rawConfig(): { values: Record<string, string>; secretKeys: string[] } {
  const config = new pulumi.Config(PROJECT);
  const values = Object.fromEntries(
    Object.keys(CONFIG_SCHEMA).flatMap((key) => {
      const value = config.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return { values, secretKeys: Object.keys(values).filter((key) => isConfigSecret(`${PROJECT}:${key}`)) };
}

/**
 * Whether the value of a full key is a secret. The SDK knows, and has no public function that says so: `get` gives the value bare,
 * `getSecret` makes any value a secret.
 */
export function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
}

async function outputOf(asked: AskedStacks, stack: string, key: string, from: string): Promise<string> {
  const found = await findOutput(asked, key, from);
  if (found !== undefined) return found;
  throw new RolloutError(
    `Stack ${stack} needs ${key}, and stack ${stackName(from)} has no such output: deploy ${from} first (pulumi up -s ${from}), ` +
      `or set the value with: pulumi config set --stack ${stack} ${key} VALUE`,
  );
}

/** An output of another stack; undefined where it has none of that name. */
async function findOutput(asked: AskedStacks, key: string, from: string): Promise<string | undefined> {
  const name = stackName(from);
  const reference = asked.get(name) ?? new pulumi.StackReference(name);
  asked.set(name, reference);
  const value: unknown = (await reference.getOutputDetails(key)).value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function stackName(from: string): string {
  return from.includes("/") ? from : `${pulumi.getOrganization()}/${pulumi.getProject()}/${from}`;
}
