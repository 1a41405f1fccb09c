import {
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  type OrganizationsClient,
} from "@aws-sdk/client-organizations";

import type { Clock } from "./clock";
import { Gate } from "./gate";
import { RunError } from "./errors";
import { allPages, nameOf, required, shown } from "./organizationPages";

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

/** An organization has some thousands of units, five levels deep; a list that gives ever new ones does not end. */
const MOST_UNITS = 50_000;

/** Walks the organization from the root down, two lists a unit. */
export async function walkOrganization(client: OrganizationsClient, clock: Clock): Promise<OrganizationTree> {
  const gate = new Gate(CALLS_AT_ONCE);
  const units: OrganizationalUnit[] = [];
  const unitOf = new Map<string, OrganizationalUnit>();

  const met = new Set<string>();

  const visit = async (unit: OrganizationalUnit): Promise<void> => {
    if (met.has(unit.id)) throw twice(unit);
    if (met.add(unit.id).size > MOST_UNITS) throw endless();
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
        return visit({ id, path: `${unit.path}/${nameOf(Name ?? id)}`, parent: unit });
      }),
    );
  };

  const roots = await allPages(clock, async (NextToken) => {
    const page = await client.send(new ListRootsCommand({ NextToken }));
    return { items: page.Roots, next: page.NextToken };
  });
  await Promise.all(
    roots.map(({ Id, Name }) =>
      visit({
        id: required(Id, "Organizations lists a root without id"),
        path: nameOf(Name ?? "Root"),
        parent: undefined,
      }),
    ),
  );
  return { units, unitOf: (accountId) => unitOf.get(accountId) };
}

function endless(): RunError {
  return new RunError(
    "TooManyUnits",
    `Organizations lists more than ${MOST_UNITS} organizational units`,
    "Run again; if it stays so, the answers of Organizations are not understood",
  );
}

/** A unit that stands within itself, or within two others, is walked for ever. */
function twice({ id, path }: OrganizationalUnit): RunError {
  return new RunError(
    "RepeatedUnit",
    `Organizations lists the unit ${shown(id)} twice, the second time as ${shown(path)}`,
    "Run again: it may have been moved while the organization was read",
  );
}
