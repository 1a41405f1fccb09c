import type { OrganizationalUnit, OrganizationTree } from "../../runtime/organizationTree";
import { scopeRules, type Selector } from "../../runtime/scope";
import { RolloutError } from "../errors";
import type { CfctTargets } from "./documents";

/** What of the configuration says where the role goes. */
export interface TargetSettings {
  stackSetTargets: readonly string[];
  include: readonly string[];
  exclude: readonly string[];
}

/** Where the role goes, in the words of CfCT, and what is to be known about it. */
export interface ResolvedTargets extends CfctTargets {
  notes: string[];
}

/** CfCT's word for all accounts that are enrolled in AWS Control Tower, but the management account. */
const ROOT = "Root";

/** What stands between the names of a nested unit. */
const SEPARATOR = ":";

/** The selectors of units and accounts that say where the role goes; empty for everywhere. */
function selectorsOf({ stackSetTargets, include }: TargetSettings): readonly Selector[] {
  const named = scopeRules({ include: stackSetTargets.length > 0 ? stackSetTargets : include, exclude: [] }).include;
  // the role goes to accounts, whatever their tags; these only say what is collected
  return named.some(({ kind }) => kind === "tag") ? [] : named;
}

/** Whether the organization has to be asked for the names of units. */
export function needsTree(settings: TargetSettings): boolean {
  return selectorsOf(settings).some(({ kind }) => kind === "unit" || kind === "path");
}

/**
 * The targets of the manifest: the units of `stackSetTargets`, or else the units and accounts of `include`, or else all.
 *
 * CfCT deploys to the accounts directly in a unit that it is given, so every unit below is named too.
 * https://docs.aws.amazon.com/controltower/latest/userguide/cfct-nested-ou.html
 *
 * @param tree Needed where {@link needsTree}
 * @throws RolloutError naming units that are not there, or that CfCT has no words for
 */
export function cfctTargets(settings: TargetSettings, tree?: OrganizationTree): ResolvedTargets {
  const selectors = selectorsOf(settings);
  const accounts = selectors.flatMap((selector) => (selector.kind === "account" ? [selector.accountId] : []));
  const named = selectors
    .flatMap((selector) => (tree ? [unitNamed(selector, tree)] : []))
    .filter((unit) => unit !== undefined);
  const everywhere = selectors.length === 0 || named.some(({ parent }) => parent === undefined);
  const notes = narrowing(settings);
  if (everywhere) return { units: [ROOT], accounts: [], notes };
  const below = (tree?.units ?? []).filter((unit) => isBelow(unit, named));
  if (below.length > 0) {
    notes.push(
      "CfCT deploys to the accounts directly in each unit of the manifest: export again when units are added, renamed or moved",
    );
  }
  return { units: below.map(nameOf).sort(), accounts: [...new Set(accounts)].sort(), notes };
}

/** What the configuration says of scope that a manifest cannot. */
function narrowing({ stackSetTargets, include, exclude }: TargetSettings): string[] {
  const tags = stackSetTargets.length === 0 && include.some((selector) => selector.startsWith("tag:"));
  const what = [tags ? "include, which names tags," : "", exclude.length > 0 ? "exclude" : ""].filter(
    (text) => text !== "",
  );
  return what.length === 0
    ? []
    : [`The role also goes to accounts that ${what.join(" and ")} would leave out; the collector does not ask them`];
}

function unitNamed(selector: Selector, { units }: OrganizationTree): OrganizationalUnit | undefined {
  if (selector.kind !== "unit" && selector.kind !== "path") return undefined;
  const found = units.find((unit) =>
    selector.kind === "unit" ? unit.id === selector.unit : unit.path === selector.path,
  );
  if (found) return found;
  throw new RolloutError(
    `The organization has no unit ${selector.text}: correct stackSetTargets or include in Pulumi.management.yaml. Nothing was written`,
  );
}

function isBelow(unit: OrganizationalUnit, named: readonly OrganizationalUnit[]): boolean {
  for (let above: OrganizationalUnit | undefined = unit; above; above = above.parent) {
    if (named.includes(above)) return true;
  }
  return false;
}

/** Names from below the root down, as CfCT has them. */
function nameOf(unit: OrganizationalUnit): string {
  const names: string[] = [];
  for (let at = unit; at.parent; at = at.parent) names.unshift(at.path.slice(at.parent.path.length + 1));
  const wrong =
    names.find((name) => name.includes(SEPARATOR)) ?? (names.length === 1 && names[0] === ROOT ? ROOT : undefined);
  if (wrong === undefined) return names.join(SEPARATOR);
  throw new RolloutError(
    `CfCT cannot name the unit ${unit.path} (${unit.id}): ` +
      (wrong === ROOT ? "Root means all accounts to it" : `"${SEPARATOR}" stands between the names of nested units`) +
      ". Rename the unit, or name its accounts in include and leave stackSetTargets empty. Nothing was written",
  );
}
