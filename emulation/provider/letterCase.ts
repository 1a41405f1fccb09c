/** A structure with every key's first letter small, as Pulumi names what AWS names with a capital. */
export function camelCase(value: unknown): unknown {
  return mapKeys(value, (letter) => letter.toLowerCase());
}

/** A structure with every key's first letter capital, as the AWS APIs name them. */
export function pascalCase(value: unknown): unknown {
  return mapKeys(value, (letter) => letter.toUpperCase());
}

function mapKeys(value: unknown, change: (letter: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key.charAt(0)) + key.slice(1), mapKeys(item, change)]),
  );
}
