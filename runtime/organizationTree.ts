import {
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";

import type { Clock } from "./clock";
import { Gate } from "./gate";
import { allPages, required } from "./organizationPages";

/** A root or an organizational unit. */
export interface OrganizationalUnit {
  /** As in `r-ab12` or `ou-ab12-11111111`. */
  id: string;
  /** Names from the root down, joined by `/`. */
  path: string;
  /** The unit above; undefined for the root. */
  parent: OrganizationalUnit | undefined;
}

/** Where the accounts of the organization are. */
export interface OrganizationTree {
  /** The root and every unit. */
  units: readonly OrganizationalUnit[];
  /** The unit that holds an account; undefined for an account that moved while the tree was walked. */
  unitOf(accountId: string): OrganizationalUnit | undefined;
}

/** Organizations throttles hard and per organization: more calls at once only bring refusals. */
const CALLS_AT_ONCE = 4;

/** Walks the organization from the root down, two lists a unit. */
export async function walkOrganization(client: OrganizationsClient, clock: Clock): Promise<OrganizationTree> {
  const gate = new Gate(CALLS_AT_ONCE);
  const units: OrganizationalUnit[] = [];
  const unitOf = new Map<string, OrganizationalUnit>();

  const visit = async (unit: OrganizationalUnit): Promise<void> => {
    units.push(unit);
    const accounts = allPages(
      clock,
      async (NextToken) => {
        const page = await client.send(new ListAccountsForParentCommand({ ParentId: unit.id, NextToken }));
        return { items: page.Accounts?.map(({ Id }) => Id), next: page.NextToken };
      },
      gate,
    );
    const children = allPages(
      clock,
      async (NextToken) => {
        const page = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: unit.id, NextToken }));
        return { items: page.OrganizationalUnits, next: page.NextToken };
      },
      gate,
    );
    const [below, further] = await Promise.all([accounts, children]);
    for (const accountId of below) if (accountId) unitOf.set(accountId, unit);
    await Promise.all(
      further.map(({ Id, Name }) => {
        const id = required(Id, `Organizations lists an organizational unit without id below ${unit.path}`);
        return visit({ id, path: `${unit.path}/${Name ?? id}`, parent: unit });
      }),
    );
  };

  const roots = await allPages(clock, async (NextToken) => {
    const page = await client.send(new ListRootsCommand({ NextToken }));
    return { items: page.Roots, next: page.NextToken };
  });
  await Promise.all(
    roots.map(({ Id, Name }) =>
      visit({ id: required(Id, "Organizations lists a root without id"), path: Name ?? "Root", parent: undefined }),
    ),
  );
  return { units, unitOf: (accountId) => unitOf.get(accountId) };
}
