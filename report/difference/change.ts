/** The kinds of changes between two runs, in the order in which they are told. */
export const CHANGE_KINDS = [
  "accountEntered",
  "accountLeft",
  "userAdded",
  "userRemoved",
  "userRecreated",
  "userRenamed",
  "keyAdded",
  "keyRemoved",
  "keyRotated",
  "keyActivated",
  "keyDeactivated",
  "mfaGained",
  "mfaLost",
  "consoleGained",
  "consoleLost",
  "rootUsed",
  "findingOpened",
  "findingClosed",
] as const;

/** What kind of change it is. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One change between two runs. */
export interface Change {
  kind: ChangeKind;
  /** Twelve digits. */
  accountId: string;
  /** As the newer run says, or the older where the newer does not list the account. */
  accountName: string;
  ouPath: string;
  /** The user's name in the newer run, in the older where he was removed; null for accounts. */
  user: string | null;
  /** Id of the control of a finding; null for other changes. */
  control: string | null;
  /** What was before, in words with ISO 8601 times; null where there was nothing. */
  before: string | null;
  /** What is now, likewise. */
  after: string | null;
}

/** A change within an account. */
export type UserChange = Pick<Change, "kind" | "user" | "control" | "before" | "after">;
