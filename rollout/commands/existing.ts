import { memberAccess } from "../members/memberAccess";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { stackDocument } from "../members/memberDocument";
import { managementSession, type Orchestration } from "../orchestration";
import { stackKind } from "../configuration/settings";
import type { StackSummary } from "../engine/stackEngine";
import { writeWorkFolder, type StackFile } from "../configuration/stackFiles";

/** The stacks of the project that the backend holds, central ones first, with the configuration of each. */
export interface ExistingStacks {
  stacks: StackSummary[];
  documentOf: (stack: string) => StackFile["document"];
}

/** Asks the backend for the stacks of this project that are rolled out; the pipeline, and others of the same name space, are left alone. */
export async function knownStacks(context: Orchestration): Promise<StackSummary[]> {
  const { config, engine, projectDir, workRoot } = context;
  const workDir = writeWorkFolder(workRoot, projectDir, "security", config.security.file.document);
  const found = (await engine.list(workDir)).filter(({ name }) => ![undefined, "pipeline"].includes(stackKind(name)));
  const order = (name: string): number => {
    const index = CENTRAL_STACKS.findIndex((central) => central === name);
    return index < 0 ? CENTRAL_STACKS.length : index;
  };
  return found.sort((a, b) => order(a.name) - order(b.name) || (a.name < b.name ? -1 : 1));
}

/** The stacks of this project, each with what it takes to work on it without listing the organization. */
export async function existingStacks(context: Orchestration): Promise<ExistingStacks> {
  const { config } = context;
  const stacks = await knownStacks(context);
  const access = await memberAccess(config, (await managementSession(config)).caller);
  return { stacks, documentOf: (stack) => stackDocument(config, access, stack) };
}
