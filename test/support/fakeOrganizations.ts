import { AwsFault, type FakeRequest, type FakeResponse } from "./fakeWire";
import type { FakeAccount, FakeAwsOptions } from "./fakeAws";

/** Speaks the part of Organizations (JSON 1.1) that lists accounts and units. */
export function answerOrganizations(request: FakeRequest, options: FakeAwsOptions): FakeResponse {
  const answer = actions[request.action];
  if (!answer) throw new AwsFault(400, "UnknownOperationException", request.action);
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(answer(request, options)),
  };
}

const actions: Record<string, ((request: FakeRequest, options: FakeAwsOptions) => object) | undefined> = {
  DescribeOrganization: (_, { managementAccountId }) => ({
    Organization: { Id: "o-exampleorg", MasterAccountId: managementAccountId },
  }),
  ListRoots: (request, options) => page("Roots", [{ Id: "r-root", Name: "Root" }], request, options),
  ListAccounts: (request, options) => page("Accounts", options.accounts.map(describe), request, options),
  ListAccountsForParent: (request, options) => {
    const path = pathOf(request.fields["ParentId"] ?? "");
    const below = options.accounts.filter((account) => (account.ou ?? "") === path);
    return page("Accounts", below.map(describe), request, options);
  },
  ListOrganizationalUnitsForParent: (request, options) => {
    const path = pathOf(request.fields["ParentId"] ?? "");
    const units = unitPaths(options.accounts).filter((unit) => parentOf(unit) === path);
    const described = units.map((unit) => ({ Id: idOf(unit), Name: unit.split("/").at(-1) }));
    return page("OrganizationalUnits", described, request, options);
  },
};

function describe(account: FakeAccount): object {
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

function page(name: string, items: object[], request: FakeRequest, options: FakeAwsOptions): object {
  const size = options.pageSize ?? 20;
  const [from, emptied] = (request.fields["NextToken"] ?? "0-").split("-");
  const start = Number(from);
  if (options.emptyPages && emptied !== "e") return { [name]: [], NextToken: `${start}-e` };
  const rest = items.length > start + size ? { NextToken: `${start + size}-` } : {};
  return { [name]: items.slice(start, start + size), ...rest };
}

function unitPaths(accounts: readonly FakeAccount[]): string[] {
  const paths = new Set<string>();
  for (const { ou = "" } of accounts) {
    for (let path = ou; path !== ""; path = parentOf(path)) paths.add(path);
  }
  return [...paths].sort();
}

function parentOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

function idOf(path: string): string {
  return path === "" ? "r-root" : `ou-${Buffer.from(path).toString("hex")}`;
}

function pathOf(id: string): string {
  return id === "r-root" ? "" : Buffer.from(id.replace(/^ou-/, ""), "hex").toString();
}
