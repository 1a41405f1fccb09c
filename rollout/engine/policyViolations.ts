import type { PolicyEvent } from "@pulumi/pulumi/automation";
import type { Failure } from "./failure";
import { messageIn } from "./failureCause";
import { resourceOf } from "./failures";

/** Rules of policy packs that are not kept, each once, by how they are enforced. */
export interface ViolationsFound {
  mandatory: Map<string, Failure>;
  advisory: Map<string, Failure>;
}

/** How the messages of this project's own pack begin the line that says what to do. */
const REMEDY = /\n\s*Remedy:\s*([\s\S]+)$/;

/** Notes what the engine says of a rule. Its message begins with the description of the rule, in a line of its own. */
export function violationOf(event: PolicyEvent, found: ViolationsFound): void {
  const text = messageIn(event.message);
  const remedy = REMEDY.exec(text)?.[1]?.trim();
  const lines = text.replace(REMEDY, "").split("\n");
  const resource = resourceOf(event.resourceUrn);
  const failure: Failure = {
    ...(resource !== undefined && { resource }),
    rule: event.policyName,
    message: lines
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line, index, all) => (index < all.length - 1 ? line.replace(/\.$/, "") : line))
      .join(": "),
    ...(remedy !== undefined && { remedy }),
  };
  const level = event.enforcementLevel === "mandatory" ? "mandatory" : "advisory";
  found[level].set(`${event.policyPackName} ${event.policyName} ${event.resourceUrn ?? ""} ${text}`, failure);
}
