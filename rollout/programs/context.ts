import * as pulumi from "@pulumi/pulumi";
import { providerContext, type ProviderContext } from "../../components/providerContext";
import { CONFIG_SCHEMA, type Settings, type StackKind } from "../configSchema";
import { RolloutError } from "../errors";
import { PROJECT, readSettings } from "../settings";

/** What a stack's program starts from: checked settings and the place that its provider works in. */
export interface ProgramContext {
  settings: Settings;
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
  const raw = { ...rawConfig() };
  for (const [key, from] of Object.entries(references)) {
    if (!raw[key]) raw[key] = await outputOf(stack, key, raw[from] || CONFIG_SCHEMA[from].default);
  }
  return {
    settings: readSettings(stack, kind, raw, where),
    where,
    tags: { "iam-credential-reports:stack": stack },
  };
}

/** The configuration of the running stack, as text; only the keys that are set. */
function rawConfig(): Record<string, string> {
  const config = new pulumi.Config(PROJECT);
  return Object.fromEntries(
    Object.keys(CONFIG_SCHEMA).flatMap((key) => {
      const value = config.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

async function outputOf(stack: string, key: string, from: string): Promise<string> {
  const name = from.includes("/") ? from : `${pulumi.getOrganization()}/${pulumi.getProject()}/${from}`;
  const details = await new pulumi.StackReference(name).getOutputDetails(key);
  if (typeof details.value === "string" && details.value !== "") return details.value;
  throw new RolloutError(
    `Stack ${stack} needs ${key}, and stack ${name} has no such output: deploy ${from} first (pulumi up -s ${from}), ` +
      `or set the value with: pulumi config set --stack ${stack} ${key} VALUE`,
  );
}
