import { DescribeAccountCommand, type OrganizationsClient } from "@aws-sdk/client-organizations";

import { stateOf } from "./accounts";
import { errorCode } from "./errors";
import { Gate } from "./gate";

/**
 * Accounts looked up again in a run. An account is rarely closed in the minutes of a run; where more than these refuse the
 * collector, they are not closed but have no role, and looking each up would take from Organizations what the listing needs.
 */
const MOST_LOOKED_UP = 100;
const CALLS_AT_ONCE = 2;

/** Tells accounts that were closed, or left, after they were listed from accounts that refuse the collector. */
export class GoneAccounts {
  private readonly gate = new Gate(CALLS_AT_ONCE);
  private lookedUp = 0;

  constructor(private readonly client: OrganizationsClient) {}

  /**
   * Why an account that was listed as active cannot be reached any more, in words, if Organizations says so. Undefined if
   * nothing changed, or nothing can be learned: the account then stays a missing one. Never throws.
   */
  async reason(accountId: string): Promise<string | undefined> {
    this.lookedUp += 1;
    if (this.lookedUp > MOST_LOOKED_UP) return undefined;
    try {
      const command = new DescribeAccountCommand({ AccountId: accountId });
      const { Account: account } = await this.gate.run(() => this.client.send(command));
      const state = account && stateOf(account);
      return state === undefined || state === "ACTIVE" ? undefined : `account became ${state} during the run`;
    } catch (error) {
      return errorCode(error) === "AccountNotFoundException"
        ? "account left the organization during the run"
        : undefined;
    }
  }
}
