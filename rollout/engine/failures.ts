import { withoutCredentials } from "../../runtime/credentialText";
import { awsMessageIn, withoutNoise } from "./awsMessage";
import { resourceInWords } from "./changesInWords";
import type { Failure } from "./failure";
import { causeOf, messageIn } from "./failureCause";
import { remedyOf } from "./failureRemedies";

/** What the engine says of something that failed. */
export interface Diagnostic {
  message: string;
  /** Of the resource that it is about, if it is about one. */
  urn?: string;
}

/**
 * What failed, each once: the engine repeats what a plug-in says, in its own words.
 *
 * @param error What the operation ended with, for where the engine names nothing
 * @param violations Mandatory rules of policy packs that are not kept
 */
export function failuresOf(
  error: unknown,
  diagnostics: readonly Diagnostic[],
  violations: readonly Failure[] = [],
): Failure[] {
  const found = new Map<string, Failure>();
  for (const { message, urn } of diagnostics) {
    const text = withoutCredentials(messageIn(message));
    if (text === "") continue;
    const failure = failureOf(text, resourceOf(urn));
    const said = failure.code === undefined ? failure.message : `${failure.code} ${failure.message}`;
    const known = `${failure.resource ?? ""} ${said}`;
    if (!found.has(known)) found.set(known, failure);
  }
  const failures = [...violations, ...found.values()];
  return failures.length > 0 ? failures : [failureOf(withoutCredentials(causeOf(error)))];
}

function failureOf(text: string, resource?: string): Failure {
  const aws = awsMessageIn(text);
  const remedy = remedyOf(text);
  return {
    ...(resource !== undefined && { resource }),
    ...(aws?.action && { action: aws.action }),
    ...(aws && { code: aws.code }),
    message: aws ? aws.message : withoutNoise(text),
    ...(remedy !== undefined && { remedy }),
  };
}

/** Type and logical name of a resource; none for the stack as a whole. */
export function resourceOf(urn: string | undefined): string | undefined {
  const [, , types, ...name] = urn?.split("::") ?? [];
  const type = types?.split("$").at(-1);
  if (type === undefined || type.startsWith("pulumi:")) return undefined;
  return resourceInWords({ type, name: name.join("::") });
}
