import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { messageOf, RolloutError } from "../errors";
import { PROJECT, type RawConfig } from "./settings";

/** A role to assume on the way into a stack's account, as `aws:assumeRoles` has it. */
export interface AssumeRole {
  roleArn: string;
  externalId?: string;
  sessionName?: string;
}

/** A `Pulumi.<stack>.yaml`: provider configuration and the project's own keys. */
export interface StackFile {
  name: string;
  region: string;
  assumeRoles: AssumeRole[];
  /** The account that the provider is held to, where the file says so. */
  accountId?: string;
  /** The project's keys, without the namespace. */
  values: RawConfig;
  /** Those of them that are secrets in the file. Their values are in `values` where they have been decrypted. */
  secretKeys: readonly string[];
  /** The file as it is; what the orchestrator lays over it goes into a copy. */
  document: StackDocument;
}

/** A stack's file as it is. https://www.pulumi.com/docs/iac/concepts/config/ */
export interface StackDocument {
  config?: Record<string, unknown>;
  /** How secrets are encrypted, as in `awskms://alias/NAME?region=REGION`; a passphrase or Pulumi Cloud where it is absent. */
  secretsprovider?: string;
  /** The data key of the stack, encrypted by that provider. */
  encryptedkey?: string;
  /** What the passphrase is salted with. */
  encryptionsalt?: string;
  /** Environments of Pulumi ESC. */
  environment?: unknown;
  [key: string]: unknown;
}

/** What of a stack's file says how its secrets are encrypted. */
const ENCRYPTION = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

/**
 * A stack's file as it is; undefined where there is none.
 *
 * @throws RolloutError if it is no YAML
 */
export function readDocument(projectDir: string, name: string): StackDocument | undefined {
  const file = path.join(projectDir, `Pulumi.${name}.yaml`);
  return existsSync(file) ? (parseYaml(file) as StackDocument) : undefined;
}

/**
 * Reads a stack's committed configuration.
 *
 * @param plain What the secrets in it are, where they have been decrypted (stackSecrets.ts)
 * @throws RolloutError if the file is missing, is no YAML, or names no Region
 */
export function readStackFile(projectDir: string, name: string, plain: RawConfig = {}): StackFile {
  const document = readDocument(projectDir, name);
  if (!document) {
    throw new RolloutError(`Pulumi.${name}.yaml is missing: the stack ${name} has no configuration to deploy from`);
  }
  const config = Object.fromEntries(
    Object.entries(document.config ?? {}).map(([key, value]) => [
      key,
      holdsSecret(value) ? (plain[key] ?? value) : value,
    ]),
  );
  const region = config["aws:region"];
  if (typeof region !== "string" || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new RolloutError(
      `Pulumi.${name}.yaml: aws:region is ${region === undefined ? "missing" : JSON.stringify(region)}; ` +
        `set the Region of the stack, as in eu-central-1`,
    );
  }
  const accounts = (config["aws:allowedAccountIds"] as (string | number)[] | undefined) ?? [];
  return {
    name,
    region,
    assumeRoles: (config["aws:assumeRoles"] as AssumeRole[] | undefined) ?? [],
    accountId: accounts[0] === undefined ? undefined : String(accounts[0]),
    values: Object.fromEntries(
      Object.entries(config)
        .filter(([key]) => key.startsWith(`${PROJECT}:`))
        .map(([key, value]) => [key.slice(PROJECT.length + 1), value]),
    ),
    secretKeys: Object.entries(document.config ?? {})
      .filter(([key, value]) => key.startsWith(`${PROJECT}:`) && holdsSecret(value))
      .map(([key]) => key.slice(PROJECT.length + 1)),
    document,
  };
}

/** Whether a value of a stack's file is, or has in it, one that is encrypted (`secure: …`). */
export function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === "secure" && typeof inner === "string") || holdsSecret(inner),
  );
}

/** Whether its secrets are encrypted by a passphrase or a key, and not by Pulumi Cloud, which does it for each stack by itself. */
export function hasOwnProvider({ secretsprovider, encryptionsalt }: StackDocument): boolean {
  return encryptionsalt !== undefined || (secretsprovider !== undefined && secretsprovider !== "default");
}

/** How a stack's secrets are encrypted, for another stack that takes secrets of it as they are. */
export function encryptionOf(document: StackDocument): Partial<StackDocument> {
  return Object.fromEntries(ENCRYPTION.flatMap((key) => (document[key] === undefined ? [] : [[key, document[key]]])));
}

/** Configuration of a stack with values laid over it, the project's keys without their namespace. */
export function withValues(file: Pick<StackFile, "document">, values: RawConfig): StackDocument {
  const own = Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, value] as const);
  return { ...file.document, config: { ...file.document.config, ...Object.fromEntries(own) } };
}

/**
 * Writes the folder that the Automation API works in for one stack, so that the committed files stay as they are.
 *
 * It holds a Pulumi.yaml whose `main` is the project (assets are found from there) and the stack's configuration. The salt of
 * a passphrase, or the data key, that an earlier run left is kept where the file has none: it belongs to the stack.
 *
 * @returns the folder
 */
export function writeWorkFolder(workRoot: string, projectDir: string, name: string, document: StackDocument): string {
  const folder = path.join(workRoot, name);
  mkdirSync(folder, { recursive: true });
  const project = parseYaml(path.join(projectDir, "Pulumi.yaml")) as Record<string, unknown>;
  const stackFile = path.join(folder, `Pulumi.${name}.yaml`);
  const before = readDocument(folder, name) ?? {};
  writeAtomically(path.join(folder, "Pulumi.yaml"), stringify({ ...project, main: projectDir }));
  writeAtomically(stackFile, stringify({ ...document, ...keptEncryption(document, before) }));
  return folder;
}

/** What an earlier run left that belongs to the same provider of secrets. */
function keptEncryption(document: StackDocument, before: StackDocument): Partial<StackDocument> {
  if (document.encryptionsalt !== undefined || document.encryptedkey !== undefined) return {};
  if (document.secretsprovider !== before.secretsprovider) return {};
  const { encryptedkey, encryptionsalt } = before;
  return { ...(encryptedkey && { encryptedkey }), ...(encryptionsalt && { encryptionsalt }) };
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8")) ?? {};
  } catch (cause) {
    throw new RolloutError(`${path.basename(file)} cannot be read as YAML: ${messageOf(cause)}`, 1, { cause });
  }
}

function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
