import type { EmulatedOrganization } from "./organization";

/** What a seeding made; both are 0 when the state folder already held it all. */
export interface SeedResult {
  accounts: number;
  users: number;
}

/**
 * Makes in the emulator what `plan` has and its state has not: organization, organizational units, accounts, the
 * `OrganizationAccountAccessRole` of each member, IAM users with passwords, MFA devices and keys, and the deployer.
 *
 * It is one request: the emulator makes what AWS has no call for (organization id, account ids, a suspended account,
 * dates in the past) and the rest in the same go.
 *
 * @throws Error when the emulator refuses, for instance because its state holds another organization.
 */
export async function seedOrganization(
  endpoint: string,
  plan: EmulatedOrganization,
  log: (line: string) => void,
): Promise<SeedResult> {
  const response = await fetch(new URL("/_emulated/seed", endpoint), { method: "POST", body: JSON.stringify(plan) });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(
      `the emulated organization could not be seeded (HTTP ${response.status}): ${text}. ` +
        "Remove the state folder of the emulator to start from nothing.",
    );
  }
  const result = JSON.parse(text) as SeedResult;
  log(
    result.accounts === 0
      ? `emulated organization ${plan.organizationId}: nothing to seed`
      : `emulated organization ${plan.organizationId}: seeded ${result.accounts} accounts, ${result.users} users`,
  );
  return result;
}
