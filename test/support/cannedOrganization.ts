import { callerIdentity, type CannedAnswer, type CannedAnswers } from "./cannedAws";

/** An answer of a service that speaks JSON. */
export const json = (value: unknown): CannedAnswer => ({ status: 200, body: JSON.stringify(value) });

/** What an organization of one root answers its management account 111122223333. */
export const cannedOrganization = (...members: { Id: string; Name: string; State: string }[]): CannedAnswers => ({
  GetCallerIdentity: callerIdentity("111122223333"),
  DescribeOrganization: json({ Organization: { Id: "o-exampleorgid", MasterAccountId: "111122223333" } }),
  ListAccounts: json({ Accounts: [{ Id: "111122223333", Name: "Management", State: "ACTIVE" }, ...members] }),
  ListRoots: json({ Roots: [] }),
});

/** An active member account. */
export const PRODUCTION = { Id: "444455556666", Name: "Production", State: "ACTIVE" };

/** A member account that AWS suspended. */
export const SUSPENDED = { Id: "555566667777", Name: "Closing", State: "SUSPENDED" };
