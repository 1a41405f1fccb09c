import { activeKeys, ageInDays } from "./ages";
import type { Assessment } from "./assessment";
import type { Flag } from "./cells";
import type { CredentialRow } from "./rows";

/** What the rows of one account, or of all accounts of an organizational unit, show. Each count is one of rows. */
export interface CredentialFigures {
  /** IAM users, root users left out. */
  users: number;
  /** Users and root users that fail a control, excepted or not. */
  failing: number;
  /** Users with a console password. */
  console: number;
  /** Users that pass, fail, or cannot be decided for the control of console users' MFA. */
  consoleWithMfa: number;
  consoleWithoutMfa: number;
  consoleMfaUnknown: number;
  /** Users with an active access key, root users included. */
  withActiveKey: number;
  /** Whole days; null without an active key of known age. */
  oldestActiveKey: number | null;
}

/** State of a root user's MFA. `passwordRemoved`: no MFA, and no password to protect. */
export type RootMfa = Flag | "passwordRemoved";

/** Figures without any row. */
export function noFigures(): CredentialFigures {
  return {
    users: 0,
    failing: 0,
    console: 0,
    consoleWithMfa: 0,
    consoleWithoutMfa: 0,
    consoleMfaUnknown: 0,
    withActiveKey: 0,
    oldestActiveKey: null,
  };
}

/** Counts the rows of one account. */
export class AccountCounter {
  readonly figures = noFigures();
  /** Unknown as long as there was no root row. */
  rootMfa: RootMfa = "unknown";

  add(row: CredentialRow, assessments: readonly Assessment[]): void {
    const { figures } = this;
    if (row.isRoot) this.rootMfa = rootMfa(row);
    else {
      figures.users += 1;
      if (row.passwordEnabled === true) figures.console += 1;
    }
    let fails = false;
    for (const { control, result } of assessments) {
      if (result === "fail") fails = true;
      if (control.id !== "console-mfa") continue;
      if (result === "pass") figures.consoleWithMfa += 1;
      else if (result === "fail") figures.consoleWithoutMfa += 1;
      else if (result === "notDecidable") figures.consoleMfaUnknown += 1;
    }
    if (fails) figures.failing += 1;
    const keys = activeKeys(row);
    if (keys.length > 0) figures.withActiveKey += 1;
    for (const key of keys) {
      const days = ageInDays(key.lastRotated, row);
      if (days !== undefined) figures.oldestActiveKey = Math.max(days, figures.oldestActiveKey ?? 0);
    }
  }
}

/** Adds the figures of an account to those of a unit that it is in. */
export function addFigures(unit: CredentialFigures, account: CredentialFigures): void {
  unit.users += account.users;
  unit.failing += account.failing;
  unit.console += account.console;
  unit.consoleWithMfa += account.consoleWithMfa;
  unit.consoleWithoutMfa += account.consoleWithoutMfa;
  unit.consoleMfaUnknown += account.consoleMfaUnknown;
  unit.withActiveKey += account.withActiveKey;
  if (account.oldestActiveKey !== null) {
    unit.oldestActiveKey = Math.max(account.oldestActiveKey, unit.oldestActiveKey ?? 0);
  }
}

function rootMfa(root: CredentialRow): RootMfa {
  return root.mfaActive === false && root.passwordEnabled === false ? "passwordRemoved" : root.mfaActive;
}
