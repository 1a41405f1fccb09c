import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListTagsForResourceCommand,
  type Account,
  type OrganizationsClient,
  type Tag,
} from "@aws-sdk/client-organizations";

import type { AccountIdentity } from "../report/manifest";
import type { Clock } from "./clock";
import { CallError, errorCode, RunError } from "./errors";
import { allPages, nameOf, pages, required, shown } from "./organizationPages";
import { walkOrganization } from "./organizationTree";
import { withRetry } from "./retry";

/** An account as Organizations lists it. */
export interface ListedAccount extends AccountIdentity {
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, …; undefined if Organizations gives none. */
  organizationsState: string | undefined;
}

/** Who the organization is. */
export interface OrganizationIdentity {
  organizationId: string;
  /** Twelve digits. */
  managementAccountId: string;
}

/** The organization at one time. */
export interface Organization extends OrganizationIdentity {
  /** Every account, once, in order of account id. */
  accounts: ListedAccount[];
}

const REMEDY =
  "Run the collector in the management account or in that of a delegated administrator, with a role that allows organizations:DescribeOrganization, ListAccounts, ListRoots, ListOrganizationalUnitsForParent and ListAccountsForParent, and for selectors by tag ListTagsForResource";

/** The error with which Organizations answers an account that is in none. */
const NOT_IN_USE = "AWSOrganizationsNotInUseException";

const STANDALONE_REMEDY =
  "The account is in no organization. To collect this one account, set organizationId to none in Pulumi.logarchive.yaml and " +
  "Pulumi.management.yaml (collect --local: add --standalone); else use credentials of the organization that you mean";

/** The error of a run that cannot read the organization. */
export function unreadable(error: unknown): RunError {
  const code = error instanceof CallError ? error.code : errorCode(error);
  const remedy = code === NOT_IN_USE ? STANDALONE_REMEDY : REMEDY;
  return RunError.because("The accounts of the organization cannot be listed", remedy, error);
}

/**
 * Reads the whole organization: ListAccounts says which accounts there are, a walk from the root down where they are. An account
 * that moves during the walk may be met nowhere: its path is empty.
 *
 * @throws {RunError} if a call is refused, or no account is listed.
 */
export async function readOrganization(client: OrganizationsClient, clock: Clock): Promise<Organization> {
  try {
    const [identity, accounts, tree] = await Promise.all([
      describeOrganization(client, clock),
      listAll(client, clock),
      walkOrganization(client, clock),
    ]);
    checkAny(accounts.length);
    return {
      ...identity,
      accounts: inOrder(accounts).map((account) => ({
        ...account,
        ouPath: tree.unitOf(account.accountId)?.path ?? "",
      })),
    };
  } catch (error) {
    throw unreadable(error);
  }
}

/** @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html */
export async function describeOrganization(client: OrganizationsClient, clock: Clock): Promise<OrganizationIdentity> {
  const { Organization: organization } = await withRetry(() => client.send(new DescribeOrganizationCommand({})), {
    clock,
  });
  return {
    organizationId: required(organization?.Id, "DescribeOrganization gives no organization id"),
    managementAccountId: required(organization?.MasterAccountId, "DescribeOrganization gives no management account id"),
  };
}

/**
 * Lists the accounts page by page, each account once, without their paths.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
 */
export async function* listAccounts(
  client: OrganizationsClient,
  clock: Clock,
): AsyncGenerator<ListedAccount[], void, undefined> {
  const seen = new Set<string>();
  const list = pages<Account>(clock, async (NextToken) => {
    const page = await client.send(new ListAccountsCommand({ NextToken }));
    return { items: page.Accounts, next: page.NextToken };
  });
  for await (const page of list) {
    const accounts = page.map(listed).filter(({ accountId }) => !seen.has(accountId) && seen.add(accountId));
    if (accounts.length > 0) yield accounts;
  }
}

/** The tags of an account, by key. */
export async function tagsOf(
  client: OrganizationsClient,
  clock: Clock,
  accountId: string,
): Promise<ReadonlyMap<string, string>> {
  const tags = await allPages<Tag>(clock, async (NextToken) => {
    const page = await client.send(new ListTagsForResourceCommand({ ResourceId: accountId, NextToken }));
    return { items: page.Tags, next: page.NextToken };
  });
  return new Map(tags.map(({ Key, Value }) => [nameOf(Key), nameOf(Value)]));
}

/** @throws {RunError} if there is no account: a list that is empty is a list that was not understood. */
export function checkAny(listed: number): void {
  if (listed > 0) return;
  throw new RunError("NoAccounts", "Organizations lists no account, not even the management account", REMEDY);
}

/** Accounts in order of id. */
export function inOrder<T extends { accountId: string }>(accounts: readonly T[]): T[] {
  return [...accounts].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
}

async function listAll(client: OrganizationsClient, clock: Clock): Promise<ListedAccount[]> {
  const accounts: ListedAccount[] = [];
  for await (const page of listAccounts(client, clock)) accounts.push(...page);
  return accounts;
}

function listed(account: Account): ListedAccount {
  return {
    accountId: accountIdOf(account),
    accountName: nameOf(account.Name),
    ouPath: "",
    organizationsState: stateOf(account),
  };
}

/** It becomes part of keys, paths and ARNs, so it has to be what it is everywhere: twelve digits. */
function accountIdOf({ Id, Name }: Account): string {
  const id = required(Id, `Organizations lists an account without id (${shown(Name ?? "no name")})`);
  return required(/^\d{12}$/.test(id) ? id : undefined, `Organizations lists an account with the id ${shown(id)}`);
}

/** State takes the place of Status, which AWS retires; older endpoints know Status only. */
export function stateOf(account: Account): string | undefined {
  return account.State ?? account.Status;
}
