/**
 * The plan of the emulated organization: accounts, organizational units and IAM users, as plain data.
 *
 * The same number of accounts always gives the same plan, and a larger one contains the smaller ones.
 */

/** State of an account in AWS Organizations, of those that the emulator makes. */
export type AccountState = "ACTIVE" | "SUSPENDED";

/** An access key of a user. Days count back from the moment of seeding. */
export interface EmulatedKey {
  active: boolean;
  createdDaysAgo: number;
  /** Absent: never used. */
  lastUsedDaysAgo?: number;
  /** Region and service of the last use, as the report names them. */
  region: string;
  service: string;
}

/** An IAM user. */
export interface EmulatedUser {
  name: string;
  createdDaysAgo: number;
  /** Absent: no console password. `lastUsedDaysAgo` is null when it was never used. */
  password?: { changedDaysAgo: number; lastUsedDaysAgo: number | null };
  mfa: boolean;
  keys: EmulatedKey[];
}

/** The root user of an account. */
export interface EmulatedRoot {
  createdDaysAgo: number;
  mfa: boolean;
  passwordLastUsedDaysAgo: number | null;
  keys: EmulatedKey[];
}

/** An account. */
export interface EmulatedAccount {
  /** Twelve digits. */
  id: string;
  name: string;
  email: string;
  /** Id of its organizational unit or of the root. */
  parentId: string;
  /** Names from the root down, as in `Root/Workloads/Production`. */
  ouPath: string;
  state: AccountState;
  root: EmulatedRoot;
  users: EmulatedUser[];
}

/** An organizational unit. */
export interface EmulatedOrganizationalUnit {
  id: string;
  name: string;
  parentId: string;
}

/** The whole organization; it is sent to the emulator as JSON. */
export interface EmulatedOrganization {
  organizationId: string;
  managementAccountId: string;
  securityAccountId: string;
  logArchiveAccountId: string;
  region: string;
  rootId: string;
  organizationalUnits: EmulatedOrganizationalUnit[];
  accounts: EmulatedAccount[];
  /** The administrator of the management account whose key the command line uses. */
  deployer: { userName: string; accessKeyId: string; secretAccessKey: string };
}

/** The smallest organization: three central accounts, one that works and one that is suspended. */
export const MINIMUM_ACCOUNTS = 5;
/** Management account of the emulated organization. */
export const MANAGEMENT_ACCOUNT_ID = "111122223333";
/** Region of everything emulated. */
export const EMULATED_REGION = "eu-central-1";

const ROOT_ID = "r-exam";
const UNITS = {
  security: { id: "ou-exam-security", name: "Security", parentId: ROOT_ID },
  workloads: { id: "ou-exam-workloads", name: "Workloads", parentId: ROOT_ID },
  production: { id: "ou-exam-production", name: "Production", parentId: "ou-exam-workloads" },
  test: { id: "ou-exam-workloadtest", name: "Test", parentId: "ou-exam-workloads" },
  sandbox: { id: "ou-exam-sandboxes", name: "Sandbox", parentId: ROOT_ID },
  suspended: { id: "ou-exam-suspended", name: "Suspended", parentId: ROOT_ID },
};
type UnitName = keyof typeof UNITS;

const used = (createdDaysAgo: number, lastUsedDaysAgo: number, service: string): EmulatedKey => ({
  active: true,
  createdDaysAgo,
  lastUsedDaysAgo,
  region: EMULATED_REGION,
  service,
});
const unused = (createdDaysAgo: number, active: boolean): EmulatedKey => ({
  active,
  createdDaysAgo,
  region: "N/A",
  service: "N/A",
});

/** One user of each kind that a credential report can tell apart; the first three accounts have them all. */
const USERS: EmulatedUser[] = [
  {
    name: "alice.admin",
    createdDaysAgo: 900,
    password: { changedDaysAgo: 40, lastUsedDaysAgo: 1 },
    mfa: true,
    keys: [],
  },
  { name: "bob", createdDaysAgo: 420, password: { changedDaysAgo: 300, lastUsedDaysAgo: 12 }, mfa: false, keys: [] },
  { name: "ci-deploy", createdDaysAgo: 200, mfa: false, keys: [used(30, 1, "s3")] },
  { name: "backup", createdDaysAgo: 700, mfa: false, keys: [used(610, 3, "s3"), used(20, 2, "kms")] },
  {
    name: "carol",
    createdDaysAgo: 500,
    password: { changedDaysAgo: 60, lastUsedDaysAgo: 5 },
    mfa: true,
    keys: [{ ...used(480, 200, "ec2"), active: false }],
  },
  { name: "legacy-export", createdDaysAgo: 1100, mfa: false, keys: [unused(1100, true), unused(1000, false)] },
  {
    name: "dave.contractor",
    createdDaysAgo: 90,
    password: { changedDaysAgo: 90, lastUsedDaysAgo: null },
    mfa: false,
    keys: [unused(90, true)],
  },
  { name: "build+eu=prod,blue.team@example-corp_1", createdDaysAgo: 150, mfa: false, keys: [used(150, 100, "sts")] },
  {
    name: "=2+5@example.com",
    createdDaysAgo: 30,
    password: { changedDaysAgo: 30, lastUsedDaysAgo: 2 },
    mfa: true,
    keys: [],
  },
];

/** How many users the account at `index` has: all kinds in the first three, then none, one or two. */
function usersOf(index: number): EmulatedUser[] {
  const count = index < 3 ? 3 : index % 5 === 4 ? 0 : 1 + (index % 2);
  const first = index * 3;
  return Array.from({ length: count }, (_, n) => USERS[(first + n) % USERS.length]).filter(
    (user) => user !== undefined,
  );
}

/** Most root users are as they should be; every eleventh has no MFA, every thirteenth an old key in use. */
function rootOf(index: number): EmulatedRoot {
  return {
    createdDaysAgo: 1200 - Math.min(index, 1000),
    mfa: index % 11 !== 7,
    passwordLastUsedDaysAgo: index % 13 === 5 ? 9 : null,
    keys: index % 13 === 5 ? [used(800, 9, "ec2")] : [],
  };
}

function ouPath(parentId: string): string {
  const unit = Object.values(UNITS).find((candidate) => candidate.id === parentId);
  return unit === undefined ? "Root" : `${ouPath(unit.parentId)}/${unit.name}`;
}

function account(index: number, id: string, name: string, parentId: string): EmulatedAccount {
  return {
    id,
    name,
    email: `aws+${name}@example.com`,
    parentId,
    ouPath: ouPath(parentId),
    state: parentId === UNITS.suspended.id ? "SUSPENDED" : "ACTIVE",
    root: rootOf(index),
    users: usersOf(index),
  };
}

/** The account after the central ones: the fifth of all is suspended, the others share three units. */
function member(index: number): EmulatedAccount {
  const cycle: UnitName[] = ["production", "test", "sandbox"];
  const unit = index === 4 ? "suspended" : (cycle[index % cycle.length] ?? "sandbox");
  const id = String(444_400_000_000 + index);
  return account(index, id, `${unit}-${String(index).padStart(4, "0")}`, UNITS[unit].id);
}

/**
 * The plan of an organization of `accounts` accounts, the management, security and log-archive account included.
 *
 * @throws RangeError when `accounts` is not a whole number of at least {@link MINIMUM_ACCOUNTS}.
 */
export function emulatedOrganization({ accounts = 14 }: { accounts?: number } = {}): EmulatedOrganization {
  if (!Number.isInteger(accounts) || accounts < MINIMUM_ACCOUNTS) {
    throw new RangeError(
      `an emulated organization of ${accounts} accounts cannot be made: ask for ${MINIMUM_ACCOUNTS} or more`,
    );
  }
  const central = [
    account(0, MANAGEMENT_ACCOUNT_ID, "management", ROOT_ID),
    account(1, "222233334444", "security", UNITS.security.id),
    account(2, "333344445555", "log-archive", UNITS.security.id),
  ];
  return {
    organizationId: "o-exampleorgid",
    managementAccountId: MANAGEMENT_ACCOUNT_ID,
    securityAccountId: "222233334444",
    logArchiveAccountId: "333344445555",
    region: EMULATED_REGION,
    rootId: ROOT_ID,
    organizationalUnits: Object.values(UNITS),
    accounts: [...central, ...Array.from({ length: accounts - 3 }, (_, n) => member(n + 3))],
    // The example key of the AWS documentation: it opens nothing but an emulator on this machine.
    deployer: {
      userName: "deployer",
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
  };
}
