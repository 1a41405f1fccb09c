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
 */
export function failuresOf(error: unknown, diagnostics: readonly Diagnostic[]): Failure[] {
  const found = new Map<string, Failure>();
  for (const { message, urn } of diagnostics) {
    const text = messageIn(message);
    if (text === "") continue;
    const failure = failureOf(text, resourceOf(urn));
    const said = failure.code === undefined ? failure.message : `${failure.code} ${failure.message}`;
    const known = `${failure.resource ?? ""} ${said}`;
    if (!found.has(known)) found.set(known, failure);
  }
  return found.size > 0 ? [...found.values()] : [failureOf(causeOf(error))];
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

function resourceOf(urn: string | undefined): string | undefined {
  const [, , types, ...name] = urn?.split("::") ?? [];
  const type = types?.split("$").at(-1);
  if (type === undefined || type.startsWith("pulumi:")) return undefined;
  return resourceInWords({ type, name: name.join("::") });
}
