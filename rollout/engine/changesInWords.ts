import type { PropertyChange } from "./propertyChanges";
import type { ResourceChange } from "./stackEngine";

/** Replaced resources that are told one by one; a Region's change replaces dozens. */
const TOLD = 6;

/** A resource by its type and name, as in `Bucket report-bucket`. */
export function resourceInWords({ type, name }: Pick<ResourceChange, "type" | "name">): string {
  return `${type.split(":").at(-1) ?? type} ${name}`.trimEnd();
}

/** A changed resource in lines: what it is, then each property. */
export function changeLines({ change, properties, ...resource }: ResourceChange): string[] {
  const what = resourceInWords(resource);
  if (change === "deleted") return [`${what} is gone`];
  const [first, ...more] = properties.map(changeInWords);
  if (first === undefined) return [`${what} ${change}`];
  const because = change === "replaced" ? `${what} replaced because of` : `${what} ${change}:`;
  return more.length === 0 ? [`${because} ${first}`] : [because, ...[first, ...more].map((line) => `  ${line}`)];
}

/** Why resources are replaced; those that follow others, or are too many, are counted by type. */
export function replacementLines(resources: readonly ResourceChange[]): string[] {
  const replaced = resources.filter(({ change }) => change === "replaced");
  const told = replaced.filter(({ properties }) => properties.length > 0).slice(0, TOLD);
  const counts = new Map<string, number>();
  for (const { type } of replaced.filter((each) => !told.includes(each))) {
    const short = type.split(":").at(-1) ?? type;
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  const rest = [...counts].map(([type, count]) => `${count} ${type}`).join(", ");
  return [...told.flatMap(changeLines), ...(rest ? [`replaced with what they depend on: ${rest}`] : [])];
}

/** "versioningConfiguration.status: Enabled → Suspended" */
function changeInWords({ path, from, to }: PropertyChange): string {
  if (from === undefined && to === undefined) return path;
  if (from === undefined) return `${path}: ${to}, where there was none`;
  if (to === undefined) return `${path}: ${from} is gone`;
  return `${path}: ${from} → ${to}`;
}
