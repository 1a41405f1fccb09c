import * as pulumi from "@pulumi/pulumi";
import type { ComponentSchema } from "./schema";

/** What is wrong with an input. */
export interface InputProblem {
  propertyPath: string;
  reason: string;
}

/**
 * Holds a component's inputs against its schema: languages without types, and old SDKs, send what they like, and a function whose
 * settings lack something would be found out at night.
 */
export function inputProblems(
  { inputProperties, requiredInputs }: ComponentSchema,
  inputs: pulumi.Inputs,
): InputProblem[] {
  const missing = requiredInputs
    .filter((name) => inputs[name] === undefined || inputs[name] === null)
    .map((propertyPath) => ({ propertyPath, reason: "is missing" }));
  const given = Object.entries(inputs).flatMap(([propertyPath, value]: [string, unknown]) => {
    const property = inputProperties[propertyPath];
    if (!property) {
      return [{ propertyPath, reason: `is not known; there are ${Object.keys(inputProperties).join(", ")}` }];
    }
    if (property.plain && pulumi.Output.isInstance(value)) {
      const reason =
        "has to be known before anything is made: it cannot be an output of another resource, nor a secret";
      return [{ propertyPath, reason }];
    }
    return [];
  });
  return [...missing, ...given];
}
