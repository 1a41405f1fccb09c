/**
 * Values of resources as plain data. During a preview some are not known yet, and the values that a rule is handed throw where they are
 * looked at; here they are {@link UNKNOWN} instead, so that a rule can pass over them and look at the others. A deployment looks again,
 * when all are known.
 */

/** Stands for a value that a preview cannot know. */
export const UNKNOWN: unique symbol = Symbol("unknown during preview");

/** A value as plain data. */
export type Known =
  undefined | null | boolean | number | string | typeof UNKNOWN | readonly Known[] | { readonly [key: string]: Known };

/** Properties of a resource, or a part of them. */
export type Properties = Readonly<Record<string, Known>>;

/** Copies what a rule was handed. @throws whatever a property throws that is not for being unknown */
export function knownValues(values: object): Properties {
  return Object.fromEntries(Object.keys(values).map((key) => [key, knownAt(values, key)]));
}

function knownAt(holder: object, key: string | number): Known {
  let value: unknown;
  try {
    value = (holder as Record<string | number, unknown>)[key];
  } catch (error) {
    if (isUnknown(error)) return UNKNOWN;
    throw error;
  }
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return Array.from({ length: list.length }, (_, index) => knownAt(list, index));
  }
  if (typeof value === "object" && value !== null) return knownValues(value);
  switch (typeof value) {
    case "boolean":
    case "number":
    case "string":
      return value;
    default:
      return value === null ? null : undefined;
  }
}

/** The class that @pulumi/policy throws is not among what it exports. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === "UnknownValueError";
}

/** A part of a value: its properties, or none where it has none. */
export function partOf(value: Known): Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

/** The elements of a list; a single value is a list of one, as in policies. */
export function listOf(value: Known): readonly Known[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Known[]) : [value];
}

/** The texts of a list, without what is no text or not known. */
export function textsOf(value: Known): string[] {
  return listOf(value).filter((each) => typeof each === "string");
}

/** Every text in a value, however deep. */
export function allTextsOf(value: Known): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return (value as readonly Known[]).flatMap(allTextsOf);
  return Object.values(partOf(value)).flatMap(allTextsOf);
}
