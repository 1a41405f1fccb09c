import type { Tags, Values } from "./values";

/** Access keys as every client takes them. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A role of the provider's `assumeRoles`. */
export interface AssumedRole {
  roleArn: string;
  externalId?: string;
  sessionName?: string;
  policy?: string;
}

/** What the stand-in takes from the provider's configuration (`aws:…` of a stack, or a `Provider`'s arguments). */
export interface ProviderConfiguration {
  region: string;
  credentials?: Credentials;
  /** Assumed in this order, each with the session of the one before. */
  assumeRoles: AssumedRole[];
  /** Empty allows every account. */
  allowedAccountIds: string[];
  forbiddenAccountIds: string[];
  defaultTags: Tags;
}

/**
 * Reads the configuration as the engine sends it, in which every value that is no text is JSON text.
 * The Region falls back to the environment; without any it throws.
 */
export function readConfiguration(args: Values, env: NodeJS.ProcessEnv): ProviderConfiguration {
  const region = text(args.region) ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (!region) throw new Error("invalid AWS Region: none is set. Set aws:region in the stack's configuration.");
  const [accessKeyId, secretAccessKey] = [text(args.accessKey), text(args.secretKey)];
  // the Cloud Control provider takes one role, by another name
  const one = decoded(args.assumeRole) as Partial<AssumedRole> | undefined;
  const roles = (decoded(args.assumeRoles) ?? (one ? [one] : [])) as Partial<AssumedRole>[];
  return {
    region,
    ...(accessKeyId && secretAccessKey
      ? { credentials: { accessKeyId, secretAccessKey, sessionToken: text(args.token) } }
      : {}),
    // A role without an ARN is an empty entry of a configuration file: the real provider passes it over too.
    assumeRoles: roles.filter((role): role is AssumedRole => Boolean(role.roleArn)),
    allowedAccountIds: ((decoded(args.allowedAccountIds) ?? []) as (string | number)[]).map(String),
    forbiddenAccountIds: ((decoded(args.forbiddenAccountIds) ?? []) as (string | number)[]).map(String),
    defaultTags: ((decoded(args.defaultTags) ?? {}) as { tags?: Tags }).tags ?? {},
  };
}

function text(value: Values[string]): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function decoded(value: Values[string]): unknown {
  return typeof value === "string" && value !== "" ? JSON.parse(value) : value;
}
