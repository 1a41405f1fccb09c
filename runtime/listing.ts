import type { OrganizationsClient } from "@aws-sdk/client-organizations";

import type { AccountIdentity, OutOfScopeAccount } from "../report/manifest";
import { checkAny, describeOrganization, inOrder, listAccounts, tagsOf, type ListedAccount } from "./accounts";
import type { Clock } from "./clock";
import { RunError } from "./errors";
import { Gate } from "./gate";
import { walkOrganization } from "./organizationTree";
import { checkAccounts, checkUnits, outOfScope, uses, type AccountFacts, type ScopeRules } from "./scope";

/** The organization as a run found it, or the one account that is in none, and which accounts the run leaves out. */
export interface Listing {
  /** Null where there is no organization. */
  organizationId: string | null;
  managementAccountId: string | null;
  /** Every account, once, in order of account id. */
  accounts: ListedAccount[];
  outOfScope: OutOfScopeAccount[];
}

/** What the listing tells while it goes on. */
export interface ListingEvents {
  /** Called for every account in scope, as early as its scope can be told. Its path is not known yet. */
  inScope(account: AccountIdentity): void;
}

/** Tags are asked account by account; Organizations takes few calls at once. */
const TAG_CALLS_AT_ONCE = 4;

/**
 * Lists the organization and says of every account, as soon as can be, whether it is in scope: at once while pages are still
 * being listed, unless a selector names a unit (then the organization is walked first) or an account (then all are listed
 * first, since a name that nobody bears must fail the run before it asks anyone).
 *
 * @param options.noneInScope A run over nobody fails; who only looks is told that nobody is.
 * @throws {RunError} if the organization has no accounts, none is in scope, or a selector names what it does not have.
 */
export async function listScope(
  client: OrganizationsClient,
  clock: Clock,
  rules: ScopeRules,
  events: ListingEvents,
  { noneInScope = "fails" }: { noneInScope?: "fails" | "isTold" } = {},
): Promise<Listing> {
  const walk = walkOrganization(client, clock);
  // Awaited below, maybe long after it has failed.
  walk.catch(() => undefined);
  const identity = await describeOrganization(client, clock);

  const known = uses(rules, "unit", "path") ? await walk : undefined;
  if (known) checkUnits(rules, known);
  const gate = new Gate(TAG_CALLS_AT_ONCE);
  const out: OutOfScopeAccount[] = [];

  const judge = async (account: ListedAccount): Promise<void> => {
    const facts: AccountFacts = { unit: known?.unitOf(account.accountId) };
    if (account.organizationsState === "ACTIVE" && uses(rules, "tag")) {
      facts.tags = await gate.run(() => tagsOf(client, clock, account.accountId));
    }
    const { accountId, accountName, ouPath } = account;
    const identified: AccountIdentity = { accountId, accountName, ouPath };
    const reason = outOfScope(account, rules, facts);
    if (reason === undefined) events.inScope(identified);
    else out.push({ ...identified, state: "outOfScope", reason });
  };

  const accounts: ListedAccount[] = [];
  const allFirst = uses(rules, "account");
  for await (const page of listAccounts(client, clock)) {
    accounts.push(...page);
    if (!allFirst) await Promise.all(page.map(judge));
  }
  checkAny(accounts.length);
  if (allFirst) {
    const listed = new Set(accounts.map(({ accountId }) => accountId));
    checkAccounts(rules, (accountId) => listed.has(accountId));
    await Promise.all(accounts.map(judge));
  }
  if (out.length === accounts.length && noneInScope === "fails") throw nobody(out);

  const tree = await walk;
  const pathOf = (accountId: string) => tree.unitOf(accountId)?.path ?? "";
  for (const account of [...accounts, ...out]) account.ouPath = pathOf(account.accountId);
  return { ...identity, accounts: inOrder(accounts), outOfScope: inOrder(out) };
}

function nobody(out: readonly OutOfScopeAccount[]): RunError {
  return new RunError(
    "NoAccountsInScope",
    `None of the ${out.length} accounts listed is in scope`,
    `Look at their states in Organizations and at include and exclude; the first: ${out[0]?.reason ?? "none listed"}`,
  );
}
