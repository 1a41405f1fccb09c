import { visible } from "../../report/page/text";
import type { AccountOverview, AccountTotals } from "./overview";

interface Unit {
  units: Map<string, Unit>;
  accounts: AccountOverview[];
}

/** What a unit is set in against the one above. */
const STEP = "  ";

/** Characters of a name that are shown. */
const NAME = 32;

/**
 * The organization as lines for people: units with what is in them, then their accounts and the units below.
 *
 * @param standalone There is no organization, but one account
 */
export function* treeLines(accounts: readonly AccountOverview[], standalone = false): Generator<string> {
  const top: Unit = { units: new Map(), accounts: [] };
  let column = 0;
  for (const account of accounts) {
    unitAt(top, account.ouPath).accounts.push(account);
    column = Math.max(column, indentOf(account).length + shown(account.accountName).length);
  }
  yield* linesOf(standalone ? { units: new Map(), accounts: [...accounts] } : top, "", column);
}

/** @param column Where all names have ended, the accounts' ids not counted */
function* linesOf({ units, accounts }: Unit, indent: string, column: number): Generator<string> {
  for (const account of accounts) {
    const name = shown(account.accountName).padEnd(column - indent.length);
    yield `${indent}${account.accountId}  ${name}  ${factsOf(account)}`;
  }
  for (const [name, unit] of [...units].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { inside, problems } = countsOf(unit);
    const named = name === "" ? "(moved while the organization was read)" : shown(name);
    yield `${indent}${named} · ${plural(inside, "account")}${problems > 0 ? `, ${problems} to look at` : ""}`;
    yield* linesOf(unit, `${indent}${STEP}`, column);
  }
}

function indentOf({ ouPath }: AccountOverview): string {
  return STEP.repeat(ouPath.split("/").length);
}

/** What is known of an account, in words; what needs somebody in capitals. */
export function factsOf(account: AccountOverview): string {
  const { organizationsState: state, reason, collection, memberRole, memberStack } = account;
  if (reason !== null) {
    const says = state !== null && reason.includes(state);
    return visible(`${says || state === null ? "" : `${state} · `}out of scope: ${reason}${lastOf(account)}`);
  }
  const facts = ["in scope"];
  if (memberRole.state === "missing") facts.push("ROLE MISSING");
  if (memberRole.state === "differs") facts.push(`ROLE DIFFERS: ${shown(memberRole.differences.join("; "), 400)}`);
  if (memberRole.state === "present") {
    facts.push(
      memberRole.notCompared ? `role present (not compared: ${shown(memberRole.notCompared, 200)})` : "role present",
    );
  }
  if (memberRole.state === "unknown") facts.push(`role unknown: ${shown(memberRole.why, 200)}`);
  if (memberStack !== null && memberStack !== "deployed") facts.push(`stack ${memberStack}`);
  switch (collection.state) {
    case "newest":
      facts.push(`collected ${day(collection.reportGeneratedTime)}`);
      break;
    case "earlier":
      facts.push(
        `NOT IN THE NEWEST RUN (${shown(collection.newestRun, 200)}), last ${day(collection.reportGeneratedTime)}`,
      );
      break;
    case "notLately":
      facts.push(`NOT IN THE LAST RUNS (${shown(collection.newestRun, 200)})`);
      break;
    case "never":
      facts.push(collection.newestRun ? `NEVER COLLECTED (${shown(collection.newestRun, 200)})` : "NEVER COLLECTED");
      break;
    case "unknown":
      facts.push("last collection unknown");
  }
  return facts.join(" · ");
}

/** The totals in two lines. */
export function totalLines(totals: AccountTotals, looked: { roles: boolean; runs: boolean }): string[] {
  const lines = [`${plural(totals.listed, "account")}: ${totals.inScope} in scope, ${totals.outOfScope} out of scope`];
  const known: string[] = [];
  if (looked.roles) {
    known.push(
      `role present in ${totals.rolePresent}, missing in ${totals.roleMissing}, different in ${totals.roleDiffers}, unknown in ${totals.roleUnknown}`,
    );
  }
  if (looked.runs) known.push(`${totals.inNewestRun} in the newest run, ${totals.neverCollected} never collected`);
  if (known.length > 0) lines.push(`Of those in scope: ${known.join("; ")}`);
  return lines;
}

function lastOf({ collection }: AccountOverview): string {
  return "reportGeneratedTime" in collection ? ` · last collected ${day(collection.reportGeneratedTime)}` : "";
}

function unitAt(top: Unit, path: string): Unit {
  let unit = top;
  for (const name of path.split("/")) {
    const below = unit.units.get(name) ?? { units: new Map(), accounts: [] };
    unit.units.set(name, below);
    unit = below;
  }
  return unit;
}

function countsOf({ units, accounts }: Unit): { inside: number; problems: number } {
  const counts = { inside: accounts.length, problems: accounts.filter(({ problems }) => problems.length > 0).length };
  for (const unit of units.values()) {
    const below = countsOf(unit);
    counts.inside += below.inside;
    counts.problems += below.problems;
  }
  return counts;
}

/** Names are text that others choose: nothing of them may move the cursor, break a line or turn the direction of reading. */
function shown(name: string, most = NAME): string {
  const plain = visible(name);
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

/** `2026-11-23 03:15` of a time in UTC. */
function day(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
