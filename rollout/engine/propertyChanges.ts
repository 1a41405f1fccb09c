/** A property whose value is another one, by its path, as in `versioningConfiguration.status` or `tags.owner`. */
export interface PropertyChange {
  path: string;
  /** As it was; undefined where there was none. */
  from?: string;
  /** As it is, or would be; undefined where there is none. */
  to?: string;
}

/** Stands for a value that is known only once what it comes from is deployed. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const LONGEST_VALUE = 80;

/**
 * What differs between two sets of properties, leaf by leaf. Documents that are JSON in a text, such as policies, are compared by what they say.
 *
 * @param paths Paths that the engine names as different, as in `tags["a"]` or `rules[0].id`; only their first parts count
 * @param most Leaves at most a property; a property with more is named as a whole
 */
export function propertyChanges(
  paths: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  most = 4,
): PropertyChange[] {
  const properties = [...new Set(paths.map((path) => /^[^.[]+/.exec(path)?.[0] ?? path))];
  return properties.flatMap((property) => {
    const leaves = leavesOf(property, before[property], after[property]);
    if (leaves.length > 0 && leaves.length <= most) return leaves;
    return [{ path: property, ...values(before[property], after[property]) }];
  });
}

function leavesOf(path: string, before: unknown, after: unknown): PropertyChange[] {
  const [one, other] = [document(before), document(after)];
  if (isBranch(one) && isBranch(other) && Array.isArray(one) === Array.isArray(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) =>
      leavesOf(Array.isArray(one) ? `${path}[${key}]` : `${path}.${key}`, one[key], other[key]),
    );
  }
  return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ path, ...values(before, after) }];
}

function values(before: unknown, after: unknown): Pick<PropertyChange, "from" | "to"> {
  const [from, to] = [shown(before), shown(after)];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === UNKNOWN) return "what is known only once it is deployed";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function document(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
