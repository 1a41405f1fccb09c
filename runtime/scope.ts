import { RunError } from "./errors";
import type { ListedAccount } from "./accounts";
import type { OrganizationalUnit, OrganizationTree } from "./organizationTree";

/** Names accounts: one by its id, all of a unit and below, or all with a tag. */
export type Selector = { text: string } & (
  | { kind: "account"; accountId: string }
  | { kind: "unit"; unit: string }
  | { kind: "path"; path: string }
  | { kind: "tag"; key: string; value: string | undefined }
);

/** Which accounts a run asks. */
export interface ScopeRules {
  /** Empty for all. */
  include: readonly Selector[];
  exclude: readonly Selector[];
}

/** What is known of an account besides its listing, as far as the rules need it. */
export interface AccountFacts {
  unit?: OrganizationalUnit | undefined;
  tags?: ReadonlyMap<string, string>;
}

/**
 * Reads the selectors of the configuration.
 *
 * @throws {RunError} naming a selector that is none.
 */
export function scopeRules(settings: { include: readonly string[]; exclude: readonly string[] }): ScopeRules {
  return { include: settings.include.map(selector), exclude: settings.exclude.map(selector) };
}

/** Whether some selector is of one of these kinds. */
export function uses(rules: ScopeRules, ...kinds: Selector["kind"][]): boolean {
  return [...rules.include, ...rules.exclude].some(({ kind }) => kinds.includes(kind));
}

/**
 * Why an account is out of scope, in words; undefined if it is in scope.
 *
 * @param facts The unit if a selector names units, the tags if one names tags.
 */
export function outOfScope(account: ListedAccount, rules: ScopeRules, facts: AccountFacts): string | undefined {
  const { organizationsState: state, accountId } = account;
  if (state === undefined) return "Organizations gives no state for the account";
  if (state !== "ACTIVE") return `account is ${state}`;
  const excluding = rules.exclude.find((candidate) => selects(candidate, accountId, facts));
  if (excluding) return `excluded by ${excluding.text}`;
  if (rules.include.length > 0 && !rules.include.some((candidate) => selects(candidate, accountId, facts))) {
    return `not included by ${rules.include.map(({ text }) => text).join(", ")}`;
  }
  return undefined;
}

/**
 * @throws {RunError} naming a unit in the configuration that the organization does not have, or a path that several have: a unit whose name
 * holds a slash may look like one that is elsewhere, and must not bring accounts in, or leave them out, in its place.
 */
export function checkUnits(rules: ScopeRules, tree: OrganizationTree): void {
  for (const rule of [...rules.include, ...rules.exclude]) {
    const alike = rule.kind === "path" ? tree.units.filter(({ path }) => path === rule.path) : [];
    if (alike.length > 1) {
      throw new RunError(
        "AmbiguousSelector",
        `include or exclude names ${rule.text}, the path of several organizational units: ${alike.map(({ id }) => id).join(", ")}`,
        "Name the unit that you mean by its id",
      );
    }
    const known =
      (rule.kind !== "unit" || tree.units.some(({ id }) => id === rule.unit)) &&
      (rule.kind !== "path" || tree.units.some(({ path }) => path === rule.path));
    if (!known) {
      throw unknown(rule, "organizational unit", "it may have been renamed or moved: an id stays, a path does not");
    }
  }
}

/** @throws {RunError} naming an account in the configuration that the organization does not list. */
export function checkAccounts(rules: ScopeRules, listed: (accountId: string) => boolean): void {
  for (const rule of [...rules.include, ...rules.exclude]) {
    if (rule.kind === "account" && !listed(rule.accountId)) {
      throw unknown(rule, "account", "it may have left the organization");
    }
  }
}

function selector(text: string): Selector {
  if (/^\d{12}$/.test(text)) return { text, kind: "account", accountId: text };
  if (/^(ou|r)-[0-9a-z]+(-[0-9a-z]+)?$/.test(text)) return { text, kind: "unit", unit: text };
  const [, key, , value] = /^tag:([^=]+)(=(.*))?$/s.exec(text) ?? [];
  if (key !== undefined) return { text, kind: "tag", key, value };
  if (text !== "" && !/^(tag:|\d+$)/.test(text)) return { text, kind: "path", path: text.replace(/\/+$/, "") };
  throw new RunError(
    "BadSelector",
    `include or exclude has ${JSON.stringify(text)}, which names no accounts`,
    "Write an account id of twelve digits, an id (ou-…) or path (Root/…) of an organizational unit, tag:Key or tag:Key=Value",
  );
}

function selects(rule: Selector, accountId: string, { unit, tags }: AccountFacts): boolean {
  switch (rule.kind) {
    case "account":
      return rule.accountId === accountId;
    case "tag":
      return tags?.has(rule.key) === true && (rule.value === undefined || tags.get(rule.key) === rule.value);
    case "unit":
    case "path":
      for (let above = unit; above; above = above.parent) {
        if (rule.kind === "unit" ? above.id === rule.unit : above.path === rule.path) return true;
      }
      return false;
  }
}

function unknown({ text }: Selector, what: string, why: string): RunError {
  return new RunError(
    "UnknownSelector",
    `include or exclude names the ${what} ${text}, which the organization does not have`,
    `Correct the configuration; ${why}`,
  );
}
