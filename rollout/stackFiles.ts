import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { messageOf, RolloutError } from "./errors";
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
  /** The file as it is; what the orchestrator lays over it goes into a copy. */
  document: StackDocument;
}

interface StackDocument {
  config?: Record<string, unknown>;
  encryptionsalt?: string;
  [key: string]: unknown;
}

/**
 * Reads a stack's committed configuration.
 *
 * @throws RolloutError if the file is missing, is no YAML, or names no Region
 */
export function readStackFile(projectDir: string, name: string): StackFile {
  const file = path.join(projectDir, `Pulumi.${name}.yaml`);
  if (!existsSync(file)) {
    throw new RolloutError(`Pulumi.${name}.yaml is missing: the stack ${name} has no configuration to deploy from`);
  }
  const document = parseYaml(file) as StackDocument;
  const config = document.config ?? {};
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
    document,
  };
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
 * a passphrase that an earlier run left is kept: it belongs to the stack.
 *
 * @returns the folder
 */
export function writeWorkFolder(workRoot: string, projectDir: string, name: string, document: StackDocument): string {
  const folder = path.join(workRoot, name);
  mkdirSync(folder, { recursive: true });
  const project = parseYaml(path.join(projectDir, "Pulumi.yaml")) as Record<string, unknown>;
  const stackFile = path.join(folder, `Pulumi.${name}.yaml`);
  const before = existsSync(stackFile) ? (parseYaml(stackFile) as StackDocument) : {};
  const salt = document.encryptionsalt ?? before.encryptionsalt;
  writeAtomically(path.join(folder, "Pulumi.yaml"), stringify({ ...project, main: projectDir }));
  writeAtomically(stackFile, stringify({ ...document, ...(salt ? { encryptionsalt: salt } : {}) }));
  return folder;
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
