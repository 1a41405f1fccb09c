import type { PolicyDocument } from "../../components/policyDocument";

/** Every action that a document allows. */
export function allowedActions(document: PolicyDocument): string[] {
  return document.Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
}
