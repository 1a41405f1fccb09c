import { activeKeys, ageInDays } from "../ages";
import type { Assessment } from "../assessment";
import type { Thresholds } from "../controls";
import { keyExists, type CredentialRow } from "../rows";
import type { Column } from "./columns";
import { dormancyOf } from "./dormancy";

/**
 * What is counted over the rows of an account or of a unit. Each number means what the saved queries `totals-by-account` and
 * `dormant-users` and the controls mean.
 */
export class Totals {
  /** IAM users, root users left out. */
  users = 0;
  /** Of the users, those with a password. */
  console = 0;
  /** Of those, by MFA; where the report says neither, by neither. */
  consoleWithMfa = 0;
  consoleWithoutMfa = 0;
  /** Keys of users and of root. */
  activeKeys = 0;
  /** Active keys more than `keyAgeDays` old. */
  oldKeys = 0;
  /** In whole days; null without an active key of known age. */
  oldestActiveKey: number | null = null;
  inactiveKeys = 0;
  /** Users of whose usable credentials none was used for `dormantDays`. */
  dormant = 0;
  /** Users that fail `dormant-credentials`: one such credential is enough. */
  withDormantCredentials = 0;
  rootUsers = 0;
  rootUsersWithMfa = 0;
  rootUsersWithActiveKey = 0;
  /** Subjects that fail, one for each control; those with an exception included. */
  failing = 0;
  /** Of those that fail, how many are excepted. */
  excepted = 0;
  /** Subjects that cannot be decided, one for each control. */
  undecided = 0;
  /** When the oldest report was generated, in milliseconds since 1970; null without a row. */
  oldestReport: number | null = null;

  constructor(private readonly thresholds: Thresholds) {}

  /** Counts a row. */
  add(row: CredentialRow, assessments: readonly Assessment[]): void {
    if (row.isRoot) this.addRoot(row);
    else this.addUser(row);
    this.addKeys(row);
    for (const { control, result, exception } of assessments) {
      if (result === "notDecidable") this.undecided += 1;
      if (result !== "fail") continue;
      this.failing += 1;
      if (exception !== null) this.excepted += 1;
      if (control.id === "dormant-credentials") this.withDormantCredentials += 1;
    }
    this.oldestReport = extreme(Math.min, this.oldestReport, row.generatedAt);
  }

  /** Adds what others counted. */
  addAll(others: Totals): void {
    for (const name of SUMS) this[name] += others[name];
    this.oldestActiveKey = extreme(Math.max, this.oldestActiveKey, others.oldestActiveKey);
    this.oldestReport = extreme(Math.min, this.oldestReport, others.oldestReport);
  }

  private addUser(row: CredentialRow): void {
    this.users += 1;
    if (row.passwordEnabled === true) {
      this.console += 1;
      if (row.mfaActive === true) this.consoleWithMfa += 1;
      if (row.mfaActive === false) this.consoleWithoutMfa += 1;
    }
    if (dormancyOf(row, this.thresholds.dormantDays) === "yes") this.dormant += 1;
  }

  private addRoot(row: CredentialRow): void {
    this.rootUsers += 1;
    if (row.mfaActive === true) this.rootUsersWithMfa += 1;
    if (activeKeys(row).length > 0) this.rootUsersWithActiveKey += 1;
  }

  private addKeys(row: CredentialRow): void {
    for (const key of row.keys) {
      if (key.active === true) {
        const days = ageInDays(key.lastRotated, row) ?? null;
        this.activeKeys += 1;
        if (days !== null && days > this.thresholds.keyAgeDays) this.oldKeys += 1;
        this.oldestActiveKey = extreme(Math.max, this.oldestActiveKey, days);
      } else if (key.active === false && keyExists(key)) {
        this.inactiveKeys += 1;
      }
    }
  }
}

/** What adds up. */
const SUMS = [
  "users",
  "console",
  "consoleWithMfa",
  "consoleWithoutMfa",
  "activeKeys",
  "oldKeys",
  "inactiveKeys",
  "dormant",
  "withDormantCredentials",
  "rootUsers",
  "rootUsersWithMfa",
  "rootUsersWithActiveKey",
  "failing",
  "excepted",
  "undecided",
] as const satisfies readonly (keyof Totals)[];

/** The smaller or larger of two numbers, of which any may be missing. */
function extreme(of: (a: number, b: number) => number, one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return of(one, other);
}

/** The columns of credentials that accounts and units share, named as in the saved queries; empty where nothing was collected. */
export function totalsColumns({ keyAgeDays }: Thresholds): Column<Totals | null>[] {
  const count = (name: string, of: (totals: Totals) => number | null): Column<Totals | null> => ({
    name,
    of: (totals) => (totals === null ? null : of(totals)),
  });
  return [
    count("users", ({ users }) => users),
    count("users_with_console_access", ({ console }) => console),
    count("console_users_with_mfa", ({ consoleWithMfa }) => consoleWithMfa),
    count("console_users_without_mfa", ({ consoleWithoutMfa }) => consoleWithoutMfa),
    count("active_keys", ({ activeKeys }) => activeKeys),
    count(`active_keys_over_${keyAgeDays}_days`, ({ oldKeys }) => oldKeys),
    count("oldest_active_key_days", ({ oldestActiveKey }) => oldestActiveKey),
    count("inactive_keys", ({ inactiveKeys }) => inactiveKeys),
    count("dormant_users", ({ dormant }) => dormant),
    count("users_with_dormant_credentials", ({ withDormantCredentials }) => withDormantCredentials),
    count("failing_findings", ({ failing }) => failing),
    count("excepted_findings", ({ excepted }) => excepted),
    count("undecided_findings", ({ undecided }) => undecided),
  ];
}
