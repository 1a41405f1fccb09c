import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isStandalone } from "../../components/organization";
import { systemClock } from "../../runtime/clock";
import { walkOrganization, type OrganizationTree } from "../../runtime/organizationTree";
import { cfctFiles, isUnchanged } from "../cfct/documents";
import { cfctTargets, needsTree } from "../cfct/targets";
import { messageOf, RolloutError } from "../errors";
import { managementSession, type Orchestration } from "../orchestration";
import { OutputFiles } from "../evidence/outputFiles";
import { memberTemplateFor } from "../ownerPolicies";
import { STACK_TAG } from "../configuration/tags";

/** What is written, and where. */
export interface ExportOptions {
  /** Folder for the files of Customizations for AWS Control Tower. */
  cfct: string;
  /** Home Region of AWS Control Tower; by default that of the management stack. */
  region?: string;
  /** Replace files that this command did not write, or that somebody changed since. */
  force?: boolean;
}

/** What `export` answers; the shape is a promise to scripts. */
export interface ExportAnswer {
  command: "export";
  folder: string;
  /** Paths of the files by their names. */
  files: Record<string, string>;
  /** Name of the role that the template makes. */
  roleName: string;
  /** Home Region of AWS Control Tower. */
  region: string;
  /** `Root` for all accounts but the management account, or units as `Parent:Child`. */
  organizationalUnits: string[];
  accounts: string[];
  /** What is to be known about it. */
  notes: string[];
}

/** CloudFormation's limit for the name of a StackSet, less what CfCT puts before it. */
const LONGEST_NAME = 128 - "CustomControlTower-".length;

/**
 * Writes what Customizations for AWS Control Tower (CfCT) needs to carry the member role into accounts. Nothing has to be deployed; AWS
 * is asked only for the names of the units, where the configuration names any.
 *
 * @throws RolloutError before anything is written: a file that somebody else wrote, a unit that is not there
 */
export async function exportFiles(
  { config, log }: Pick<Orchestration, "config" | "log">,
  options: ExportOptions,
): Promise<ExportAnswer> {
  const { settings, file } = config.management;
  if (isStandalone(settings.organizationId)) {
    throw new RolloutError(
      "organizationId is none: without an organization there are no accounts to carry the role into",
    );
  }
  if (settings.stackSetName.length > LONGEST_NAME) {
    throw new RolloutError(
      `stackSetName has ${settings.stackSetName.length} characters, and CfCT leaves ${LONGEST_NAME}: shorten it in Pulumi.management.yaml`,
    );
  }
  const tree = needsTree(settings) ? await organizationTree(config) : undefined;
  const { units, accounts, notes } = cfctTargets(settings, tree);
  const region = options.region ?? file.region;
  const template = memberTemplateFor(config, { [STACK_TAG]: "cfct" });
  const folder = path.resolve(options.cfct);
  const made = cfctFiles({ template, name: settings.stackSetName, region, targets: { units, accounts } });
  const files = write(folder, made, options.force ?? false);
  if (settings.externalId !== "") {
    notes.push("The template holds the external id as it is: whoever may read the template knows it");
  }
  if (settings.memberRoles !== "external") {
    notes.push(
      `Set memberRoles: external in Pulumi.management.yaml, or up makes the role too (it is ${settings.memberRoles} now)`,
    );
  }
  for (const written of Object.values(files)) log(`  ${written}`);
  log(`Role ${settings.memberRoleName} for ${[...units, ...accounts].join(", ")}`);
  for (const note of notes) log(`Note: ${note}`);
  return {
    command: "export",
    folder,
    files,
    roleName: settings.memberRoleName,
    region,
    organizationalUnits: [...units],
    accounts: [...accounts],
    notes,
  };
}

async function organizationTree(config: Orchestration["config"]): Promise<OrganizationTree> {
  const { session } = await managementSession(config);
  const client = new OrganizationsClient(session);
  try {
    return await walkOrganization(client, systemClock);
  } catch (cause) {
    throw new RolloutError(
      `The names of the units cannot be had: ${messageOf(cause)}. It takes organizations:ListRoots, ListOrganizationalUnitsForParent ` +
        "and ListAccountsForParent. Nothing was written",
      1,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** All files or none; none that somebody else may miss. */
function write(folder: string, made: Record<string, string>, force: boolean): Record<string, string> {
  const paths = Object.fromEntries(Object.keys(made).map((name) => [name, path.join(folder, name)]));
  const foreign = Object.values(paths).filter(
    (file) => !force && existsSync(file) && !isUnchanged(readFileSync(file, "utf8")),
  );
  if (foreign.length > 0) {
    throw new RolloutError(
      `${foreign.join(" and ")} ${foreign.length === 1 ? "is" : "are"} not as export wrote ${foreign.length === 1 ? "it" : "them"}. ` +
        "Export into another folder and take over what you want, or add --force. Nothing was written",
    );
  }
  const files = new OutputFiles(folder, "--cfct");
  try {
    for (const [name, text] of Object.entries(made)) files.open(name).write(text);
    files.commit();
  } catch (error) {
    files.abandon();
    throw error;
  }
  return paths;
}
