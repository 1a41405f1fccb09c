import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  type Account,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";

import type { AccountIdentity, OutOfScopeAccount } from "../report/manifest";
import type { Clock } from "./clock";
import { RunError } from "./errors";
import { Gate } from "./gate";
import { withRetry } from "./retry";

/** An account as Organizations lists it. */
export interface ListedAccount extends AccountIdentity {
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, …; undefined if Organizations gives none. */
  organizationsState: string | undefined;
}

/** The organization at the time of a run. */
export interface Organization {
  organizationId: string;
  /** Twelve digits. */
  managementAccountId: string;
  /** Every account, once, in order of account id. */
  accounts: ListedAccount[];
}

/** Accounts split by whether a run asks them for a report. */
export interface Scope {
  inScope: AccountIdentity[];
  outOfScope: OutOfScopeAccount[];
}

/** Organizations throttles hard and per organization: more calls at once only bring refusals. */
const CALLS_AT_ONCE = 4;

const REMEDY =
  "Run the collector in the management account, with a role that allows organizations:DescribeOrganization, ListAccounts, ListRoots, ListOrganizationalUnitsForParent and ListAccountsForParent";

/**
 * Reads the whole organization: ListAccounts says which accounts there are; a walk from the root down, two lists an
 * organizational unit, says where they are. An account that moves during the walk may be met nowhere: its path is empty.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
 * @throws {RunError} if a call is refused, or no account is listed.
 */
export async function readOrganization(client: OrganizationsClient, clock: Clock): Promise<Organization> {
  try {
    const [{ Organization: organization }, accounts, paths] = await Promise.all([
      withRetry(() => client.send(new DescribeOrganizationCommand({})), { clock }),
      listAccounts(client, clock),
      walkPaths(client, clock),
    ]);
    if (accounts.length === 0) {
      throw new RunError("NoAccounts", "Organizations lists no account, not even the management account", REMEDY);
    }
    return {
      organizationId: required(organization?.Id, "DescribeOrganization gives no organization id"),
      managementAccountId: required(
        organization?.MasterAccountId,
        "DescribeOrganization gives no management account id",
      ),
      accounts: accounts.map((account) => ({ ...account, ouPath: paths.get(account.accountId) ?? "" })),
    };
  } catch (error) {
    throw RunError.because("The accounts of the organization cannot be listed", REMEDY, error);
  }
}

/**
 * Splits accounts into those to collect and those not, with the reason in words.
 *
 * @throws {RunError} if no account is in scope: a run that asks nobody has nothing to say.
 */
export function scopeOf(accounts: readonly ListedAccount[]): Scope {
  const scope: Scope = { inScope: [], outOfScope: [] };
  for (const { organizationsState, ...identity } of accounts) {
    if (organizationsState === "ACTIVE") scope.inScope.push(identity);
    else scope.outOfScope.push({ ...identity, state: "outOfScope", reason: inactive(organizationsState) });
  }
  if (scope.inScope.length === 0) {
    throw new RunError(
      "NoAccountsInScope",
      `None of the ${accounts.length} accounts listed is in scope`,
      `Look at their states in Organizations; the first: ${scope.outOfScope[0]?.reason ?? "none listed"}`,
    );
  }
  return scope;
}

function inactive(state: string | undefined): string {
  return state === undefined ? "Organizations gives no state for the account" : `account is ${state}`;
}

async function listAccounts(client: OrganizationsClient, clock: Clock): Promise<ListedAccount[]> {
  const accounts = await allPages(clock, async (NextToken) => {
    const page = await client.send(new ListAccountsCommand({ NextToken }));
    return { items: page.Accounts, next: page.NextToken };
  });
  const byId = new Map<string, ListedAccount>();
  for (const account of accounts) {
    const accountId = accountIdOf(account);
    byId.set(accountId, {
      accountId,
      accountName: account.Name ?? "",
      ouPath: "",
      // State takes the place of Status, which AWS retires; older endpoints know Status only.
      organizationsState: account.State ?? account.Status,
    });
  }
  return [...byId.values()].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}

/** The path of every account below the root, by account id. */
async function walkPaths(client: OrganizationsClient, clock: Clock): Promise<Map<string, string>> {
  const gate = new Gate(CALLS_AT_ONCE);
  const gatedClock = gate.yieldingClock(clock);
  const paths = new Map<string, string>();

  const visit = async (parentId: string, path: string): Promise<void> => {
    const accounts = gate.run(() =>
      allPages(gatedClock, async (NextToken) => {
        const page = await client.send(new ListAccountsForParentCommand({ ParentId: parentId, NextToken }));
        return { items: page.Accounts, next: page.NextToken };
      }),
    );
    const units = gate.run(() =>
      allPages(gatedClock, async (NextToken) => {
        const page = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: parentId, NextToken }));
        return { items: page.OrganizationalUnits, next: page.NextToken };
      }),
    );
    const [below, children] = await Promise.all([accounts, units]);
    for (const account of below) paths.set(accountIdOf(account), path);
    await Promise.all(
      children.map((unit) =>
        visit(
          required(unit.Id, `Organizations lists an organizational unit without id below ${path}`),
          `${path}/${unit.Name ?? unit.Id}`,
        ),
      ),
    );
  };

  const roots = await allPages(clock, async (NextToken) => {
    const page = await client.send(new ListRootsCommand({ NextToken }));
    return { items: page.Roots, next: page.NextToken };
  });
  await Promise.all(
    roots.map((root) => visit(required(root.Id, "Organizations lists a root without id"), root.Name ?? "Root")),
  );
  return paths;
}

/** Follows a list to its end: a page may be empty and yet not be the last. */
async function allPages<T>(
  clock: Clock,
  fetch: (token: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await withRetry(() => fetch(token), { clock });
    items.push(...(page.items ?? []));
    if (page.next !== undefined && page.next === token) {
      throw new RunError("RepeatedPage", "Organizations gives the same page token twice", "Run again");
    }
    token = page.next;
  } while (token);
  return items;
}

function accountIdOf(account: Account): string {
  return required(account.Id, `Organizations lists an account without id (${account.Name ?? "no name"})`);
}

function required(value: string | undefined, problem: string): string {
  if (value) return value;
  throw new RunError(
    "IncompleteAnswer",
    problem,
    "Run again; if it stays so, the answer of Organizations is not understood",
  );
}
