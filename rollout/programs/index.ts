import * as pulumi from "@pulumi/pulumi";
import { RolloutError } from "../errors";
import type { StackKind } from "../configuration/configSchema";
import { stackKind } from "../configuration/settings";
import type { Outputs } from "./context";
import { logarchiveProgram } from "./logarchive";
import { managementProgram } from "./management";
import { memberProgram } from "./member";
import { pipelineProgram } from "./pipeline";
import { securityProgram } from "./security";

const PROGRAMS: Record<StackKind, () => Promise<Outputs>> = {
  security: securityProgram,
  logarchive: logarchiveProgram,
  management: managementProgram,
  member: memberProgram,
  pipeline: pipelineProgram,
};

/** Runs the program of a stack; the same by hand and under the orchestrator. */
export async function runProgram(stack: string): Promise<Outputs> {
  const kind = stackKind(stack);
  if (!kind) {
    throw new pulumi.RunError(
      `No program belongs to stack ${stack}: select security, logarchive, management, member-ACCOUNTID or pipeline ` +
        `(pulumi stack select NAME)`,
    );
  }
  try {
    return await PROGRAMS[kind]();
  } catch (error) {
    // the engine shows the message of this one without the trace
    throw error instanceof RolloutError ? new pulumi.RunError(error.message) : error;
  }
}
