import type { PolicyProviderResource } from "@pulumi/policy";
import { knownValues, textsOf, type Known, type Properties } from "./knownValues";

/** A resource, as rules look at it. */
export interface Resource {
  urn: string;
  /** Pulumi's name for it. */
  name: string;
  /** Service and class, as in `s3:BucketVersioning`; see {@link kindOf}. */
  kind: string;
  /** Inputs, or in a rule on a stack the outputs. */
  values: Properties;
  /** It is protected from deletion. */
  protect: boolean;
  /** Region of the resource or of its provider, where it is known. */
  region?: string;
  /** Resources of the stack that a property's value comes from; filled in rules on a stack only. */
  from: Map<string, readonly Resource[]>;
}

/** What the engine hands over, of which there is less in some rules than in others. */
interface Handed {
  type: string;
  props: Record<string, unknown>;
  urn: string;
  name: string;
  opts: { protect: boolean };
  provider?: PolicyProviderResource;
}

/** The resource that the engine hands over. */
export function resourceOf({ type, props, urn, name, opts, provider }: Handed): Resource {
  const values = knownValues(props);
  const [region] = [...textsOf(values["region"]), ...textsOf(provider && knownValues(provider.props)["region"])];
  return {
    urn,
    name,
    kind: kindOf(type),
    values,
    protect: opts.protect,
    ...(region !== undefined && { region }),
    from: new Map(),
  };
}

/**
 * Service and class of a type token: `s3:BucketVersioning` of `aws:s3/bucketVersioning:BucketVersioning`, and of `…V2:…V2` too, which
 * earlier versions of the provider call the same thing. Other providers keep their name: `aws-native:cloudformation:StackSet`.
 */
export function kindOf(type: string): string {
  const [provider = "", module = "", className = ""] = type.split(":");
  if (provider !== "aws") return type;
  return `${module.split("/")[0] ?? ""}:${className.replace(/V2$/, "")}`;
}

/** Types of the components that a resource belongs to, outermost first, as its URN has them. */
export function componentsOf({ urn }: Pick<Resource, "urn">): string[] {
  return (urn.split("::")[2] ?? "").split("$").slice(0, -1);
}

/**
 * Whether a property of one resource names another: it comes from it, as Pulumi knows even while values are unknown, or says what the other
 * is called.
 *
 * @param names Properties of the other by which it can be called
 */
export function refersTo(
  resource: Resource,
  property: string,
  other: Resource,
  names: readonly string[] = ["id", "arn", "name"],
): boolean {
  if (resource.from.get(property)?.includes(other)) return true;
  const called = new Set(names.flatMap((name) => textsOf(other.values[name])));
  return textsOf(resource.values[property]).some((text) => called.has(text));
}

/** Resources of a kind whose property names the other one. */
export function settingsOf(
  stack: readonly Resource[],
  kind: string,
  property: string,
  other: Resource,
  names?: readonly string[],
): Resource[] {
  return stack.filter((each) => each.kind === kind && refersTo(each, property, other, names));
}

/** Whether a text fits a pattern with `*`. */
export function fits(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`, "s").test(text);
}

/** What a value says, for messages. */
export function said(value: Known): string {
  if (value === undefined || value === null) return "not set";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
