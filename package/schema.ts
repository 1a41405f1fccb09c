/**
 * What of Pulumi's package schema describes the components.
 * https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */

/** A property, or what an array or a map holds. */
export interface PropertySchema {
  type?: "string" | "number" | "boolean" | "array" | "object";
  $ref?: string;
  items?: PropertySchema;
  additionalProperties?: PropertySchema;
  /** Takes no value that is only known later. */
  plain?: boolean;
  description?: string;
}

/** An object with its properties by name. */
export interface ObjectSchema {
  type: "object";
  description?: string;
  properties: Record<string, PropertySchema>;
  required: string[];
}

/** A component: what it is given, and what it gives. */
export interface ComponentSchema extends ObjectSchema {
  isComponent: true;
  inputProperties: Record<string, PropertySchema>;
  requiredInputs: string[];
}

/** Schema of the package. */
export interface PackageSchema {
  name: string;
  version: string;
  description: string;
  license: string;
  resources: Record<string, ComponentSchema>;
  types: Record<string, ObjectSchema>;
  language: Record<string, { respectSchemaVersion: true }>;
}
