import { createHash } from "node:crypto";

import { AwsFault, type FakeRequest, type FakeResponse } from "./fakeWire";

/** What Organizations knows of an account. */
export interface FakeOrganizationAccount {
  /** Twelve digits. */
  id: string;
  name?: string;
  /** Path of its organizational unit below the root, as in `Workloads/Production`; the root by default. */
  ou?: string;
  /** Organizations state, `ACTIVE` by default. */
  state?: string;
  /** Which field carries the state: `State` by default; `both` sends `Status: ACTIVE` beside it. */
  stateField?: "Status" | "both" | "none";
  /** Listed on two pages, as may happen while accounts come and go. */
  listedTwice?: boolean;
  /** Organizations lists it as active although it is closed by the time it is asked. */
  closesAfterListing?: boolean;
  tags?: Record<string, string>;
}

/** How the lists come. */
export interface FakePaging {
  /** Items on a page; 20 by default, the most that AWS gives. */
  pageSize?: number;
  /** Each page is preceded by an empty one that carries a token. */
  emptyPages?: boolean;
}

/** An organization, sorted for quick answers. */
export interface OrganizationTree extends FakePaging {
  managementAccountId: string;
  byId: Map<string, FakeOrganizationAccount>;
  /** As ListAccounts gives them. */
  listed: FakeOrganizationAccount[];
  /** Accounts by the path of their unit. */
  accountsBelow: Map<string, FakeOrganizationAccount[]>;
  /** Paths of the units by the path of their parent. */
  unitsBelow: Map<string, string[]>;
  pathById: Map<string, string>;
}

/** Sorts accounts into the units that their paths name. */
export function organizationTree(
  managementAccountId: string,
  accounts: readonly FakeOrganizationAccount[],
  paging: FakePaging = {},
): OrganizationTree {
  const units = new Set<string>();
  for (const { ou = "" } of accounts) {
    for (let path = ou; path !== "" && !units.has(path); path = parentOf(path)) units.add(path);
  }
  return {
    ...paging,
    managementAccountId,
    byId: new Map(accounts.map((account) => [account.id, account])),
    listed: [...accounts, ...accounts.filter(({ listedTwice }) => listedTwice)],
    accountsBelow: grouped(accounts, ({ ou }) => ou ?? ""),
    unitsBelow: grouped([...units].sort(), parentOf),
    pathById: new Map(["", ...units].map((path) => [unitId(path), path])),
  };
}

/** The id of the organizational unit of that path; "" is the root. */
export function unitId(path: string): string {
  return path === "" ? "r-root" : `ou-root-${createHash("sha256").update(path).digest("hex").slice(0, 10)}`;
}

/** Speaks the part of Organizations (JSON 1.1) that lists accounts, units and tags. */
export function answerOrganizations(request: FakeRequest, tree: OrganizationTree): FakeResponse {
  const answer = actions[request.action];
  if (!answer) throw new AwsFault(400, "UnknownOperationException", request.action);
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(answer(request, tree)),
  };
}

const actions: Record<string, ((request: FakeRequest, tree: OrganizationTree) => object) | undefined> = {
  DescribeOrganization: (_, { managementAccountId }) => ({
    Organization: { Id: "o-exampleorg", MasterAccountId: managementAccountId },
  }),
  DescribeAccount: ({ fields }, { byId }) => {
    const account = byId.get(fields["AccountId"] ?? "");
    if (!account) throw new AwsFault(400, "AccountNotFoundException", "There is no such account in the organization");
    return { Account: describe({ ...account, ...(account.closesAfterListing ? { state: "SUSPENDED" } : {}) }) };
  },
  ListRoots: (request, tree) => page("Roots", [""], () => ({ Id: unitId(""), Name: "Root" }), request, tree),
  ListAccounts: (request, tree) => page("Accounts", tree.listed, describe, request, tree),
  ListAccountsForParent: (request, tree) => {
    const below = tree.accountsBelow.get(parentPath(request, tree)) ?? [];
    return page("Accounts", below, describe, request, tree);
  },
  ListOrganizationalUnitsForParent: (request, tree) => {
    const units = tree.unitsBelow.get(parentPath(request, tree)) ?? [];
    return page("OrganizationalUnits", units, describeUnit, request, tree);
  },
  ListTagsForResource: ({ fields }, { byId }) => ({
    Tags: Object.entries(byId.get(fields["ResourceId"] ?? "")?.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  }),
};

function describe(account: FakeOrganizationAccount): object {
  const { state = "ACTIVE" } = account;
  return {
    Id: account.id,
    Name: account.name ?? `account-${account.id}`,
    // The old and the new field, as AWS sends them before and after it retires the old one.
    ...(account.stateField === "both" ? { Status: "ACTIVE", State: state } : {}),
    ...(account.stateField === "Status" ? { Status: state } : {}),
    ...(account.stateField === undefined ? { State: state } : {}),
  };
}

function describeUnit(path: string): object {
  return { Id: unitId(path), Name: path.split("/").at(-1) };
}

function page<T>(
  name: string,
  items: readonly T[],
  describeItem: (item: T) => object,
  request: FakeRequest,
  { pageSize = 20, emptyPages = false }: FakePaging,
): object {
  const [from, emptied] = (request.fields["NextToken"] ?? "0-").split("-");
  const start = Number(from);
  if (emptyPages && emptied !== "e") return { [name]: [], NextToken: `${start}-e` };
  const rest = items.length > start + pageSize ? { NextToken: `${start + pageSize}-` } : {};
  return { [name]: items.slice(start, start + pageSize).map(describeItem), ...rest };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function parentOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

function parentPath({ fields }: FakeRequest, { pathById }: OrganizationTree): string {
  const path = pathById.get(fields["ParentId"] ?? "");
  if (path === undefined) throw new AwsFault(400, "ParentNotFoundException", "There is no such parent");
  return path;
}
