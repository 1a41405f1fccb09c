import type { Listing } from "../../runtime/listing";
import type { StackStatus } from "../commands/status";
import { memberStack } from "../configuration/settings";
import type { AccountHistory, PastCollections } from "./pastCollections";
import type { RoleState } from "./memberRoles";

/** Why an account in scope needs somebody. */
export type AccountProblem = "roleMissing" | "roleDiffers" | "neverCollected" | "notInNewestRun";

/** An account of the organization as `accounts --json` prints it. */
export interface AccountOverview {
  accountId: string;
  accountName: string;
  /** Names from the root down, joined by `/`; empty for an account that moved while the organization was read. */
  ouPath: string;
  /** `ACTIVE`, `SUSPENDED`, …; null where Organizations gives none. */
  organizationsState: string | null;
  inScope: boolean;
  /** Why it is out of scope; null if it is in scope. */
  reason: string | null;
  /** The role that the collector assumes there. */
  memberRole: RoleState;
  /** The stack that carries that role; null where there is to be none, or the backend could not be asked. */
  memberStack: StackStatus["state"] | null;
  collection: AccountHistory;
  problems: AccountProblem[];
}

/** Accounts by what is known of them. */
export interface AccountTotals {
  listed: number;
  inScope: number;
  outOfScope: number;
  rolePresent: number;
  roleMissing: number;
  /** There, and not as it should be. */
  roleDiffers: number;
  roleUnknown: number;
  inNewestRun: number;
  neverCollected: number;
  withProblems: number;
}

/** What has been read. */
export interface OverviewInput {
  listing: Listing;
  /** Account of the collector, which it reads with its own role. */
  collectorAccountId: string;
  /** Accounts that were not looked at are absent. */
  roles: ReadonlyMap<string, RoleState>;
  /** By name of the stack; undefined where the backend could not be asked. */
  stacks: Readonly<Record<string, StackStatus>> | undefined;
  past: PastCollections;
}

/** Puts together what is known of each account, in order of account id. */
export function overviews({ listing, collectorAccountId, roles, stacks, past }: OverviewInput): AccountOverview[] {
  const reasons = new Map(listing.outOfScope.map(({ accountId, reason }) => [accountId, reason]));
  return listing.accounts.map(({ accountId, accountName, ouPath, organizationsState }) => {
    const reason = reasons.get(accountId) ?? null;
    const role: RoleState =
      accountId === collectorAccountId ? { state: "notNeeded" } : (roles.get(accountId) ?? { state: "notLookedAt" });
    const stack = accountId === collectorAccountId ? undefined : stacks?.[memberStack(accountId)]?.state;
    const overview = {
      accountId,
      accountName,
      ouPath,
      organizationsState: organizationsState ?? null,
      inScope: reason === null,
      reason,
      memberRole: role,
      memberStack: stack ?? null,
      collection: past.of(accountId),
    };
    return { ...overview, problems: problemsOf(overview) };
  });
}

function problemsOf({ inScope, memberRole, collection }: Omit<AccountOverview, "problems">): AccountProblem[] {
  if (!inScope) return [];
  const problems: AccountProblem[] = [];
  if (memberRole.state === "missing") problems.push("roleMissing");
  if (memberRole.state === "differs") problems.push("roleDiffers");
  if (collection.state === "never") problems.push("neverCollected");
  else if (collection.state === "earlier" || collection.state === "notLately") problems.push("notInNewestRun");
  return problems;
}

/** Whether an account is in a unit or below; all are where none is named. */
export function isWithin({ ouPath }: { ouPath: string }, ou: string | undefined): boolean {
  if (ou === undefined) return true;
  const path = ou.replace(/\/+$/, "");
  return ouPath === path || ouPath.startsWith(`${path}/`);
}

/** The accounts of a unit and below, those with problems, or both. */
export function filtered(
  accounts: readonly AccountOverview[],
  { ou, problems }: { ou?: string; problems?: boolean },
): AccountOverview[] {
  return accounts.filter((account) => isWithin(account, ou) && (!problems || account.problems.length > 0));
}

/** Counts what is told of accounts. */
export function totalsOf(accounts: readonly AccountOverview[]): AccountTotals {
  const count = (holds: (account: AccountOverview) => boolean): number => accounts.filter(holds).length;
  return {
    listed: accounts.length,
    inScope: count(({ inScope }) => inScope),
    outOfScope: count(({ inScope }) => !inScope),
    rolePresent: count(({ memberRole }) => memberRole.state === "present"),
    roleMissing: count(({ memberRole }) => memberRole.state === "missing"),
    roleDiffers: count(({ memberRole }) => memberRole.state === "differs"),
    roleUnknown: count(({ memberRole }) => memberRole.state === "unknown"),
    inNewestRun: count(({ inScope, collection }) => inScope && collection.state === "newest"),
    neverCollected: count(({ inScope, collection }) => inScope && collection.state === "never"),
    withProblems: count(({ problems }) => problems.length > 0),
  };
}
