import type {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { fits, kindOf, resourceOf, type Resource } from "./resources";

/**
 * What the rules of the pack are made of. A rule looks at one resource, or joins those of a stack, and says in words what is wrong and what
 * to do; it knows nothing of the engine.
 */

/** What every rule says of itself. */
interface RuleFacts<Settings extends object> {
  /** As in `s3-versioning`; part of the engine's output and of the pack's configuration. */
  name: string;
  /** What holds, in a sentence, with the control or the AWS page that asks for it. */
  description: string;
  /** Page that explains it. */
  url: string;
  level: EnforcementLevel;
  severity: Severity;
  /** What can be set by configuration, with defaults. Every rule takes `except` besides. */
  settings?: { [Key in keyof Settings]: PolicyConfigSchema["properties"][string] & { default: Settings[Key] } };
}

/** What every rule can be told. */
interface CommonSettings {
  /** Pulumi's names of resources that the rule passes over; `*` stands for any text. */
  except: string[];
}

const COMMON = {
  except: {
    type: "array",
    items: { type: "string" },
    default: [],
    description: "Pulumi's names of resources that the rule passes over; * stands for any text.",
  },
} as const satisfies PolicyConfigSchema["properties"];

/** What is wrong. */
export interface Violation {
  /** What is not as it should be, without a full stop. */
  message: string;
  /** What to do, as a request. */
  remedy: string;
}

/** A rule on each resource of some kinds, looked at before it is made. */
export interface ResourceRule<Settings extends object = object> extends RuleFacts<Settings> {
  /** As in `kms:Key`; every resource where absent. */
  kinds?: readonly string[];
  check: (resource: Resource, settings: Settings) => readonly Violation[];
}

/** A rule that joins resources, looked at when all of the stack are there, or would be. */
export interface StackRule<Settings extends object = object> extends RuleFacts<Settings> {
  checkStack: (stack: readonly Resource[], settings: Settings) => readonly (Violation & { resource: Resource })[];
}

/** As the engine takes it. */
export type EnginePolicy = ResourceValidationPolicy | StackValidationPolicy;

/** Line of a message that says what to do. */
export const REMEDY = "Remedy: ";

/** A rule on single resources, for the engine. */
export function resourcePolicy<Settings extends object>(rule: ResourceRule<Settings>): ResourceValidationPolicy {
  return {
    ...factsOf(rule),
    validateResource: (args: ResourceValidationArgs, report) => {
      if (rule.kinds && !rule.kinds.includes(kindOf(args.type))) return;
      const settings = withDefaults(rule, args.getConfig<Settings & CommonSettings>());
      if (isExcepted(args.name, settings)) return;
      for (const violation of rule.check(resourceOf(args), settings)) report(inWords(violation));
    },
  };
}

/** A rule on a stack, for the engine. */
export function stackPolicy<Settings extends object>(rule: StackRule<Settings>): StackValidationPolicy {
  return {
    ...factsOf(rule),
    validateStack: (args, report) => {
      const settings = withDefaults(rule, args.getConfig<Settings & CommonSettings>());
      for (const violation of rule.checkStack(stackOf(args.resources), settings)) {
        const { urn, name } = violation.resource;
        if (!isExcepted(name, settings)) report(inWords(violation), urn);
      }
    },
  };
}

/** The resources of a stack, each with those that its properties come from. */
function stackOf(resources: readonly PolicyResource[]): Resource[] {
  const byUrn = new Map<string, Resource>();
  for (const resource of resources) byUrn.set(resource.urn, resourceOf(resource));
  for (const { urn, propertyDependencies } of resources) {
    const resource = byUrn.get(urn);
    for (const [property, from] of Object.entries(propertyDependencies)) {
      resource?.from.set(
        property,
        from.map((each) => byUrn.get(each.urn)).filter((each) => each !== undefined),
      );
    }
  }
  return [...byUrn.values()];
}

function factsOf<Settings extends object>(
  rule: RuleFacts<Settings>,
): Omit<ResourceValidationPolicy, "validateResource"> & { configSchema: PolicyConfigSchema } {
  const { name, description, url, level, severity, settings = {} } = rule;
  const properties: PolicyConfigSchema["properties"] = { ...COMMON, ...settings };
  return { name, description, url, enforcementLevel: level, severity, configSchema: { properties } };
}

function isExcepted(name: string, { except }: CommonSettings): boolean {
  return except.some((pattern) => fits(name, pattern));
}

/** The engine fills in defaults, unless it runs a pack without configuration. */
function withDefaults<Settings extends object>(
  { settings }: RuleFacts<Settings>,
  configured: Settings & CommonSettings,
): Settings & CommonSettings {
  const entries = Object.entries<{ default: unknown }>({ ...COMMON, ...settings });
  const defaults = Object.fromEntries(entries.map(([key, schema]) => [key, schema.default]));
  return { ...(defaults as Settings & CommonSettings), ...configured };
}

function inWords({ message, remedy }: Violation): string {
  return `${message}\n${REMEDY}${remedy}`;
}
