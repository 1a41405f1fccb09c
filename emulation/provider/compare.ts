import type { Json, Tags } from "./types";
import { SIGNATURE_KEY, isObject } from "./wire";

/** Equality of JSON in which the order of keys does not matter. */
export function sameJson(one: Json, other: Json): boolean {
  return canonical(one) === canonical(other);
}

/**
 * Whether two policy documents, as JSON text, say the same. AWS hands documents back in its own form: lists of one
 * become plain values, lists are reordered, an account id becomes the ARN of its root.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function samePolicy(one: Json, other: Json): boolean {
  const documents = [one, other].map(parsed);
  return canonical(policyForm(documents[0] ?? null)) === canonical(policyForm(documents[1] ?? null));
}

/** Whether two texts are the same JSON document; texts that are no JSON are compared as they are. */
export function sameDocument(one: Json, other: Json): boolean {
  return sameJson(parsed(one), parsed(other));
}

/** Equality that takes absent, empty, false and zero for the same, as nested settings of S3 and Lambda need. */
export function sameSettings(one: Json, other: Json): boolean {
  return canonical(pruned(one) ?? null) === canonical(pruned(other) ?? null);
}

/** Archives are the same when their contents hash to the same value. */
export function sameArchive(one: Json, other: Json): boolean {
  const hash = (value: Json): Json | undefined =>
    isObject(value) && SIGNATURE_KEY in value && value.hash !== "" ? value.hash : undefined;
  return hash(one) !== undefined && hash(one) === hash(other);
}

/** Whether two names of one thing, an id and an ARN that ends in it, mean the same. */
export function sameIdOrArn(one: Json, other: Json): boolean {
  const last = (value: Json): string => (typeof value === "string" ? (value.split(/[/:]/).at(-1) ?? "") : "");
  return last(one) === last(other);
}

/** What has to be set and what removed to turn one set of tags into another. */
export function tagChanges(before: Tags, after: Tags): { set: Tags; remove: string[] } {
  return {
    set: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
    remove: Object.keys(before).filter((key) => !(key in after)),
  };
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_key, item: Json) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

function parsed(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function policyForm(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map(policyForm);
    return items.length === 1 ? (items[0] ?? null) : items.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  }
  if (!isObject(value)) return String(value);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (item === undefined) return [];
      return [[key, policyForm(key === "AWS" ? accountForm(item) : item)] as const];
    }),
  );
}

/** `arn:aws:iam::111111111111:root` and `111111111111` are one principal. */
function accountForm(principal: Json): Json {
  if (Array.isArray(principal)) return principal.map(accountForm);
  return typeof principal === "string" ? principal.replace(/^arn:[^:]+:iam::(\d{12}):root$/, "$1") : principal;
}

function pruned(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.map(pruned).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).flatMap(([key, item]) => {
      const kept = pruned(item);
      return kept === undefined ? [] : [[key, kept] as const];
    });
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  return value === null || value === "" || value === false || value === 0 ? undefined : value;
}
