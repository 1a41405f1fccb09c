import type { EngineEvent } from "@pulumi/pulumi/automation";
import { propertyChanges } from "./propertyChanges";
import type { ResourceChange, StackOperation } from "./stackEngine";

/**
 * What an event says of a resource that is replaced, or that a comparison with what is there found different.
 *
 * A comparison looks at what the program sets: where only something else differs, such as a time of the last change, the engine names no property.
 */
export function resourceChange(operation: StackOperation, event: EngineEvent): ResourceChange | undefined {
  const metadata =
    operation === "drift" ? event.resOutputsEvent?.metadata : (event.resourcePreEvent?.metadata ?? undefined);
  if (!metadata || metadata.type.startsWith("pulumi:")) return undefined;
  const { type, op, old: before, new: after } = metadata;
  const resource = { type, name: metadata.urn.split("::").at(-1) ?? "" };
  if (operation !== "drift") {
    if (op !== "replace") return undefined;
    const paths = metadata.keys ?? metadata.diffs ?? [];
    return {
      ...resource,
      change: "replaced",
      properties: propertyChanges(paths, before?.inputs ?? {}, after?.inputs ?? {}),
    };
  }
  if (op === "delete") return { ...resource, change: "deleted", properties: [] };
  if (op !== "update") return undefined;
  const paths = Object.keys(metadata.detailedDiff ?? {});
  const found = propertyChanges(
    paths.length > 0 ? paths : (metadata.diffs ?? []),
    before?.outputs ?? {},
    after?.outputs ?? {},
  );
  return found.length > 0 ? { ...resource, change: "changed", properties: found } : undefined;
}
