import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { PolicyPackChoice } from "./engine/stackEngine";
import { messageOf, RolloutError } from "./errors";

/** What `--policy` and `--policy-config` say. */
export interface PolicyOptions {
  /** Folders of packs, as they were typed; {@link OWN_PACK} for that of this project. */
  policy?: readonly string[];
  /** Files with settings, in the order of the packs. */
  policyConfig?: readonly string[];
}

/** `--policy` without a folder: the pack of this project, wherever the command is run. Another folder of that name is `./policy`. */
export const OWN_PACK = "policy";

/**
 * The packs that stacks are held to, with what is wrong about them said before anything is done.
 *
 * @param startable Gives what the engine can start of the pack in a folder; an engine that came with its language hosts takes the folder
 * @throws RolloutError if a pack or its settings cannot be read
 */
export async function policyPacks(
  { policy = [], policyConfig = [] }: PolicyOptions,
  projectDir: string,
  startable: (folder: string) => Promise<string> = (folder) => Promise.resolve(folder),
): Promise<PolicyPackChoice[]> {
  if (policyConfig.length > 0 && policyConfig.length !== policy.length) {
    throw new RolloutError(
      `--policy-config is there ${policyConfig.length} times and --policy ${policy.length} times: give one file for each pack, ` +
        "in the same order; {} in a file changes nothing",
    );
  }
  const packs: PolicyPackChoice[] = [];
  for (const [index, typed] of policy.entries()) {
    const folder = path.resolve(typed === OWN_PACK ? path.join(projectDir, OWN_PACK) : typed);
    refuseNoPack(folder);
    const file = policyConfig[index];
    packs.push({ path: await startable(folder), ...(file !== undefined && { config: settingsFile(file) }) });
  }
  return packs;
}

/** An executable serves a pack by itself; a folder says in PulumiPolicy.yaml by what it is run. */
function refuseNoPack(folder: string): void {
  if (!existsSync(folder)) {
    throw new RolloutError(`There is no policy pack ${folder}: name the folder that holds its PulumiPolicy.yaml`);
  }
  if (statSync(folder).isDirectory() && !existsSync(path.join(folder, "PulumiPolicy.yaml"))) {
    throw new RolloutError(
      `${folder} is no policy pack: it has no PulumiPolicy.yaml. Name the folder that holds it, or leave the folder away for the pack of this project`,
    );
  }
}

function settingsFile(file: string): string {
  const resolved = path.resolve(file);
  try {
    JSON.parse(readFileSync(resolved, "utf8"));
  } catch (cause) {
    throw new RolloutError(
      `The settings of --policy-config cannot be read: ${messageOf(cause)}. It is a JSON file as in docs/policy.md, ` +
        'for example {"logs-retention": {"minimumDays": 90}}',
      1,
      { cause },
    );
  }
  return resolved;
}
