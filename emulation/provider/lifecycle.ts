/**
 * What Pulumi's engine asks of every resource type, answered from its table entry alone: which inputs hold, what
 * changed, what will be known. Pure; the conversations with AWS are elsewhere.
 */
import { createHash } from "node:crypto";
import { sameJson } from "./compare";
import type { Json, PropertyRule, ResourceType, Tags, Values } from "./types";
import { UNKNOWN, hasUnknown, isObject } from "./wire";

/** Where the inputs say which of them were not the program's, as the real provider does. */
const DEFAULTS_KEY = "__defaults";

/** One property whose value has to change. */
export interface PropertyChange {
  property: string;
  kind: "add" | "delete" | "update";
  replaces: boolean;
}

/** An input that cannot be used, and why. */
export interface InputFailure {
  property: string;
  reason: string;
}

/** Every rule of a type, those that the core adds included. */
export function rulesOf(type: ResourceType): Record<string, PropertyRule> {
  return {
    ...type.properties,
    ...(type.regional ? { region: { replaces: true } } : {}),
    ...(type.tagged ? { tags: { fallback: {} } } : {}),
  };
}

/** Checks the program's inputs and completes them: a name where there is none, and the provider's default tags. */
export function checkInputs(
  type: ResourceType,
  resource: { name: string; seed: Uint8Array },
  before: Values,
  program: Values,
  defaultTags: Tags,
): { inputs: Values; failures: InputFailure[] } {
  const rules = rulesOf(type);
  const inputs: Values = { ...program };
  const failures: InputFailure[] = [];
  const naming = type.naming;
  if (naming && inputs[naming.property] === undefined) {
    const kept = isAutonamed(before, naming.property) ? before[naming.property] : undefined;
    inputs[naming.property] = kept ?? ownName(resource, naming.maxLength);
    inputs[DEFAULTS_KEY] = [naming.property];
  }
  if (type.tagged && Object.keys(defaultTags).length > 0 && inputs.tags !== UNKNOWN) {
    inputs.tags = { ...defaultTags, ...(inputs.tags as Tags | undefined) };
  }
  for (const property of Object.keys(program)) {
    if (!(property in rules))
      failures.push({ property, reason: "the stand-in for the AWS provider does not cover it" });
  }
  for (const [property, rule] of Object.entries(rules)) {
    if (rule.required && inputs[property] === undefined) failures.push({ property, reason: "it is required" });
  }
  return { inputs, failures };
}

/** What has to change to bring a recorded resource to new inputs. */
export function changesBetween(type: ResourceType, recorded: Values, inputs: Values): PropertyChange[] {
  return Object.entries(rulesOf(type)).flatMap(([property, rule]) => {
    const wanted = inputs[property] ?? rule.fallback;
    if (wanted === undefined) return [];
    const actual = recorded[property] ?? rule.fallback;
    if (actual !== undefined && !hasUnknown(wanted) && (rule.same ?? sameJson)(actual, wanted)) return [];
    const kind = recorded[property] === undefined ? "add" : inputs[property] === undefined ? "delete" : "update";
    return [{ property, kind, replaces: rule.replaces === true }];
  });
}

/** Whether a replacement would collide with what it replaces. */
export function mustDeleteFirst(type: ResourceType, changes: readonly PropertyChange[], inputs: Values): boolean {
  if (type.identity.length === 0 || (type.naming && isAutonamed(inputs, type.naming.property))) return false;
  return !changes.some((change) => type.identity.includes(change.property));
}

/** Outputs that a preview shows: what is known of them before the resource is made, or changed. */
export function previewOutputs(type: ResourceType, inputs: Values, recorded?: Values): Values {
  const unknown = recorded ? (type.volatile ?? []) : type.computed;
  return {
    ...recorded,
    ...known(inputs),
    ...(type.tagged ? { tagsAll: inputs.tags ?? {} } : {}),
    ...Object.fromEntries(unknown.map((output) => [output, UNKNOWN])),
  };
}

/**
 * Outputs to record: what AWS has, in the words of the inputs where both mean the same (so that a document keeps the
 * program's form), and inputs of which AWS keeps nothing.
 */
export function recordedOutputs(type: ResourceType, inputs: Values, actual: Values): Values {
  const outputs: Values = { ...known(inputs), ...actual };
  for (const [property, rule] of Object.entries(rulesOf(type))) {
    const [wanted, found] = [inputs[property], actual[property]];
    if (wanted !== undefined && found !== undefined && (rule.same ?? sameJson)(found, wanted))
      outputs[property] = wanted;
  }
  if (type.tagged) outputs.tagsAll = outputs.tags ?? {};
  return outputs;
}

/** Inputs after a refresh: those that the program set, with the values that AWS has; after an import, all that matter. */
export function refreshedInputs(type: ResourceType, inputs: Values, outputs: Values): Values {
  const imported = Object.keys(inputs).length === 0;
  const refreshed: Values = { ...inputs };
  for (const [property, rule] of Object.entries(rulesOf(type))) {
    const found = outputs[property];
    const told = rule.fallback !== undefined && found !== undefined && sameJson(found, rule.fallback);
    if (property in inputs || (found !== undefined && !told && (imported || rule.fallback !== undefined))) {
      refreshed[property] = found;
    }
  }
  return refreshed;
}

function known(inputs: Values): Values {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== DEFAULTS_KEY));
}

function isAutonamed(inputs: Values, property: string): boolean {
  const defaults: Json | undefined = inputs[DEFAULTS_KEY];
  return Array.isArray(defaults) && defaults.includes(property) && !isObject(inputs[property]);
}

/** The resource's name and seven hexadecimal digits of the seed that the engine gives. */
function ownName({ name, seed }: { name: string; seed: Uint8Array }, maxLength: number): string {
  const suffix = createHash("sha256").update(seed).update(name).digest("hex").slice(0, 7);
  return `${name.slice(0, maxLength - suffix.length - 1)}-${suffix}`;
}
