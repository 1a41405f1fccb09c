import { ListAccountAliasesCommand, type IAMClient } from "@aws-sdk/client-iam";

import type { AccountIdentity } from "../report/manifest";
import type { Clock } from "./clock";
import { RunError } from "./errors";
import type { Listing, ListingEvents } from "./listing";
import { withRetry } from "./retry";
import type { ScopeRules } from "./scope";

/**
 * The listing of an account that is in no organization: itself. Organizations is not asked. The account is called by its alias where
 * it has one that may be read, else by its id; it stands in no organizational unit.
 *
 * @throws {RunError} if the rules choose among accounts: there is but one.
 */
export async function listStandalone(
  client: IAMClient,
  clock: Clock,
  accountId: string,
  rules: ScopeRules,
  events: ListingEvents,
): Promise<Listing> {
  const [rule] = [...rules.include, ...rules.exclude];
  if (rule) {
    throw new RunError(
      "NothingToChoose",
      `include or exclude has ${rule.text}, and there is one account, ${accountId}, which is in no organization`,
      "Leave include and exclude away: they choose among the accounts of an organization",
    );
  }
  const account: AccountIdentity = {
    accountId,
    accountName: (await aliasOf(client, clock)) ?? accountId,
    ouPath: "",
  };
  events.inScope(account);
  return {
    organizationId: null,
    managementAccountId: null,
    accounts: [{ ...account, organizationsState: undefined }],
    outOfScope: [],
  };
}

/** An account has one alias at most. What keeps it from being read keeps nobody from collecting the account. */
async function aliasOf(client: IAMClient, clock: Clock): Promise<string | undefined> {
  try {
    const { AccountAliases = [] } = await withRetry(() => client.send(new ListAccountAliasesCommand({})), { clock });
    return AccountAliases[0]?.toWellFormed();
  } catch {
    return undefined;
  }
}
