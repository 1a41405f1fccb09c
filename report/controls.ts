import { ageInDays } from "./ages";
import type { DateCell, Flag } from "./cells";
import type { AccessKey, CredentialRow } from "./rows";

/**
 * What a credential report can prove: the controls of the CIS AWS Foundations Benchmark and of AWS Security Hub that rest on its
 * columns, as one table with a small rule each.
 *
 * Rules speak three-valued logic: a cell that says neither yes nor no decides nothing, unless another cell decides without it.
 */

/** Thresholds of the controls, in whole days, 1 or more. */
export interface Thresholds {
  /** A root user used within fewer days fails. */
  rootUseDays: number;
  /** A usable credential unused for so many days or more fails (CIS; Security Hub IAM.22). */
  unusedDays: number;
  /** The same for Security Hub IAM.8. */
  dormantDays: number;
  /** An active access key older than this fails. */
  keyAgeDays: number;
}

/** Thresholds of the benchmarks. CIS names no time for root's use: root has not been used for the time that IAM.8 asks. */
export const DEFAULT_THRESHOLDS: Thresholds = { rootUseDays: 90, unusedDays: 45, dormantDays: 90, keyAgeDays: 90 };

/** What a control says of one subject. */
export type Result = "pass" | "fail" | "notApplicable" | "notDecidable";

/** Results that need somebody's eyes: what is written down as a finding. */
export function needsEyes(result: Result): result is "fail" | "notDecidable" {
  return result === "fail" || result === "notDecidable";
}

/** Versions of the CIS AWS Foundations Benchmark that the table knows. */
export type CisVersion = "1.4" | "1.5" | "3.0" | "5.0" | "6.0" | "7.0";

/** True, false, or undefined where the report does not say. */
type Answer = boolean | undefined;

type Rule = (row: CredentialRow, thresholds: Thresholds) => Answer;

/** One control. */
export interface Control {
  /** Stable name, used in files and on the command line. */
  id: string;
  /** What is wanted, in words. */
  title: string;
  /** Whom it is about: root users only, or IAM users only. */
  subjects: "root" | "user";
  /** As Security Hub grades it. */
  severity: "critical" | "high" | "medium" | "low";
  /** Its number in each version of the benchmark that has it. */
  cis: Readonly<Partial<Record<CisVersion, string>>>;
  /** Its id in Security Hub; null where that has none. */
  securityHub: string | null;
  /** Columns of the report that decide: the cells that prove a result. */
  columns: readonly string[];
  /** Columns of passwords and keys prove something only where these can be used. */
  usableOnly?: true;
  /** Whether it is about this subject at all; always, where absent. */
  applies?: Rule;
  /** Whether the subject fails. */
  fails: Rule;
  /** Why it failed, in words. */
  failure: (thresholds: Thresholds) => string;
  /** Why it cannot be decided, where that is not for want of a cell. */
  undecided?: string;
}

const known = (flag: Flag): Answer => (typeof flag === "boolean" ? flag : undefined);
const not = (answer: Answer): Answer => (answer === undefined ? undefined : !answer);

function any(...answers: Answer[]): Answer {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function both(one: Answer, other: Answer): Answer {
  if (one === false || other === false) return false;
  return one === undefined || other === undefined ? undefined : true;
}

function atLeast(days: number | undefined, limit: number): Answer {
  return days === undefined ? undefined : days >= limit;
}

const anyKey = (row: CredentialRow, rule: (key: AccessKey) => Answer): Answer =>
  any(rule(row.keys[0]), rule(row.keys[1]));
const anyActiveKey: Rule = (row) => anyKey(row, (key) => known(key.active));
const hasPassword: Rule = (row) => known(row.passwordEnabled);
const hasNoMfa: Rule = (row) => not(known(row.mfaActive));

/** Never used is not the same as recently used: what was never used is unused since it was set up. */
const unusedSince = (used: DateCell, set: DateCell): DateCell => (used.kind === "never" ? set : used);

// Functions of the module, not of the rule: a rule is asked millions of times.
const unused = (usable: Flag, used: DateCell, set: DateCell, row: CredentialRow, days: number): Answer =>
  both(known(usable), atLeast(ageInDays(unusedSince(used, set), row), days));

const unusedKey = ({ active, lastUsed, lastRotated }: AccessKey, row: CredentialRow, days: number): Answer =>
  unused(active, lastUsed, lastRotated, row, days);

const unusedFor =
  (limit: (thresholds: Thresholds) => number): Rule =>
  (row, thresholds) => {
    const days = limit(thresholds);
    const { passwordEnabled, passwordLastUsed, passwordLastChanged, keys } = row;
    return any(
      unused(passwordEnabled, passwordLastUsed, passwordLastChanged, row, days),
      unusedKey(keys[0], row, days),
      unusedKey(keys[1], row, days),
    );
  };

const usedWithin = (cell: DateCell, row: CredentialRow, days: number): Answer =>
  cell.kind === "never" || cell.kind === "none" ? false : not(atLeast(ageInDays(cell, row), days));

/** Whether root signed in or called so lately; never is not lately. */
const rootUsed: Rule = (row, { rootUseDays: days }) =>
  any(
    usedWithin(row.passwordLastUsed, row, days),
    usedWithin(row.keys[0].lastUsed, row, days),
    usedWithin(row.keys[1].lastUsed, row, days),
  );

/** Only `false` says that the password was removed; root's usual `not_supported` says that AWS does not report it. */
const rootHasPassword: Rule = (row) => (row.passwordEnabled === "unknown" ? undefined : row.passwordEnabled !== false);

/** The number that versions up to 3.0 share, then those of 5.0, 6.0 and 7.0. */
const cis = (upTo3: string, v5: string, v6: string, v7: string | null) => ({
  "1.4": upTo3,
  "1.5": upTo3,
  "3.0": upTo3,
  "5.0": v5,
  "6.0": v6,
  ...(v7 === null ? {} : { "7.0": v7 }),
});

const KEYS_ACTIVE = ["access_key_1_active", "access_key_2_active"];
const KEYS_ROTATED = ["access_key_1_last_rotated", "access_key_2_last_rotated"];
const KEYS_USED = ["access_key_1_last_used_date", "access_key_2_last_used_date"];
const CREDENTIALS = [
  ...["password_enabled", "password_last_used", "password_last_changed"],
  ...KEYS_ACTIVE,
  ...KEYS_USED,
  ...KEYS_ROTATED,
];

/**
 * Every control, root users' first.
 *
 * @see https://www.cisecurity.org/benchmark/amazon_web_services
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
 */
export const CONTROLS: readonly Control[] = [
  {
    id: "root-access-key",
    title: "Root has no active access key",
    subjects: "root",
    severity: "critical",
    cis: cis("1.4", "1.3", "2.3", "2.4"),
    securityHub: "IAM.4",
    columns: KEYS_ACTIVE,
    usableOnly: true,
    fails: anyActiveKey,
    failure: () => "root has an active access key",
  },
  {
    id: "root-mfa",
    title: "Root has MFA",
    subjects: "root",
    severity: "critical",
    cis: { "1.4": "1.5", "1.5": "1.5", "3.0": "1.5" },
    securityHub: "IAM.9",
    columns: ["mfa_active"],
    fails: hasNoMfa,
    failure: () => "root has no MFA",
  },
  {
    id: "root-mfa-or-no-password",
    title: "Root has MFA, or no password to protect",
    subjects: "root",
    severity: "critical",
    cis: { "5.0": "1.4", "6.0": "2.4", "7.0": "2.5" },
    securityHub: null,
    columns: ["password_enabled", "mfa_active"],
    fails: (row, thresholds) => both(hasNoMfa(row, thresholds), rootHasPassword(row, thresholds)),
    failure: () => "root has no MFA, and its password is not known to be removed",
  },
  {
    id: "root-hardware-mfa",
    title: "Root has hardware MFA",
    subjects: "root",
    severity: "critical",
    cis: cis("1.6", "1.5", "2.5", "2.6"),
    securityHub: "IAM.6",
    columns: ["mfa_active"],
    fails: () => undefined,
    failure: () => "root has no hardware MFA",
    undecided: "a credential report says whether root has MFA, not of which kind",
  },
  {
    id: "root-use",
    title: "Root is not used",
    subjects: "root",
    severity: "high",
    cis: cis("1.7", "1.6", "2.6", "2.7"),
    securityHub: null,
    columns: ["password_last_used", ...KEYS_USED],
    fails: rootUsed,
    failure: ({ rootUseDays }) => `root was used within ${rootUseDays} days before the report`,
  },
  {
    id: "console-mfa",
    title: "Users with a console password have MFA",
    subjects: "user",
    severity: "medium",
    cis: cis("1.10", "1.9", "2.9", "2.10"),
    securityHub: "IAM.5",
    columns: ["password_enabled", "mfa_active"],
    applies: hasPassword,
    fails: hasNoMfa,
    failure: () => "has a console password and no MFA",
  },
  {
    id: "user-mfa",
    title: "All users have MFA",
    subjects: "user",
    severity: "medium",
    cis: {},
    securityHub: "IAM.19",
    columns: ["mfa_active"],
    fails: hasNoMfa,
    failure: () => "has no MFA",
  },
  {
    id: "initial-access-key",
    title: "No access key is made when a console user is set up",
    subjects: "user",
    severity: "medium",
    cis: cis("1.11", "1.10", "2.10", null),
    securityHub: null,
    columns: ["password_enabled", ...KEYS_ACTIVE, ...KEYS_USED],
    usableOnly: true,
    applies: hasPassword,
    fails: (row) =>
      anyKey(row, (key) =>
        both(known(key.active), key.lastUsed.kind === "never" || (key.lastUsed.kind === "date" ? false : undefined)),
      ),
    failure: () => "has a console password and an active access key that was never used",
  },
  {
    id: "unused-credentials",
    title: "Unused credentials are disabled",
    subjects: "user",
    severity: "medium",
    cis: cis("1.12", "1.11", "2.11", "2.11"),
    securityHub: "IAM.22",
    columns: CREDENTIALS,
    usableOnly: true,
    applies: (row, thresholds) => any(hasPassword(row, thresholds), anyActiveKey(row, thresholds)),
    fails: unusedFor(({ unusedDays }) => unusedDays),
    failure: ({ unusedDays }) => `has a usable credential that was not used for ${unusedDays} days or more`,
  },
  {
    id: "dormant-credentials",
    title: "Credentials unused for long are removed",
    subjects: "user",
    severity: "medium",
    cis: {},
    securityHub: "IAM.8",
    columns: CREDENTIALS,
    usableOnly: true,
    applies: (row, thresholds) => any(hasPassword(row, thresholds), anyActiveKey(row, thresholds)),
    fails: unusedFor(({ dormantDays }) => dormantDays),
    failure: ({ dormantDays }) => `has a usable credential that was not used for ${dormantDays} days or more`,
  },
  {
    id: "single-access-key",
    title: "A user has one active access key at most",
    subjects: "user",
    severity: "low",
    cis: cis("1.13", "1.12", "2.12", null),
    securityHub: null,
    columns: KEYS_ACTIVE,
    usableOnly: true,
    applies: anyActiveKey,
    fails: (row) => both(known(row.keys[0].active), known(row.keys[1].active)),
    failure: () => "has two active access keys",
  },
  {
    id: "access-key-rotation",
    title: "Access keys are rotated",
    subjects: "user",
    severity: "medium",
    cis: cis("1.14", "1.13", "2.13", "2.12"),
    securityHub: "IAM.3",
    columns: [...KEYS_ACTIVE, ...KEYS_ROTATED],
    usableOnly: true,
    applies: anyActiveKey,
    fails: (row, { keyAgeDays }) =>
      anyKey(row, (key) => both(known(key.active), atLeast(ageInDays(key.lastRotated, row), keyAgeDays + 1))),
    failure: ({ keyAgeDays }) => `has an active access key more than ${keyAgeDays} days old`,
  },
];

/**
 * The control of a name: its id (`console-mfa`), its number in a version of the CIS benchmark (`cis-3.0:1.10`), or its id in
 * Security Hub (`IAM.5`), in any case; undefined if there is none.
 */
export function controlNamed(name: string): Control | undefined {
  const wanted = name.toLowerCase();
  return CONTROLS.find((control) => namesOf(control).some((known) => known.toLowerCase() === wanted));
}

/**
 * The controls of a name: one by {@link controlNamed}, all of a version of the CIS benchmark (`cis-3.0`), all that Security Hub has
 * (`security-hub`), or `all`; none for a name that says nothing.
 */
export function controlsNamed(name: string): readonly Control[] {
  const wanted = name.toLowerCase();
  if (wanted === "all") return CONTROLS;
  if (wanted === "security-hub") return CONTROLS.filter(({ securityHub }) => securityHub !== null);
  const ofVersion = CONTROLS.filter(({ cis }) => Object.keys(cis).some((version) => wanted === `cis-${version}`));
  const one = controlNamed(name);
  return one ? [one] : ofVersion;
}

/** Every name of a control that {@link controlNamed} takes, its id first. */
export function namesOf({ id, cis, securityHub }: Control): string[] {
  const numbers = Object.entries(cis).map(([version, number]) => `cis-${version}:${number}`);
  return [id, ...numbers, ...(securityHub === null ? [] : [securityHub])];
}

/** Controls about root users, and those about IAM users, in the order of {@link CONTROLS}. */
const CONTROLS_OF = {
  root: CONTROLS.filter(({ subjects }) => subjects === "root"),
  user: CONTROLS.filter(({ subjects }) => subjects === "user"),
};

/** The controls that a row is a subject of. */
export function controlsOf(row: Pick<CredentialRow, "isRoot">): readonly Control[] {
  return row.isRoot ? CONTROLS_OF.root : CONTROLS_OF.user;
}

/** What a control says of a row that is a subject of it. */
export function resultOf(control: Control, row: CredentialRow, thresholds: Thresholds): Result {
  const applies = control.applies ? control.applies(row, thresholds) : true;
  if (applies === false) return "notApplicable";
  const fails = control.fails(row, thresholds);
  if (applies === undefined || fails === undefined) return "notDecidable";
  return fails ? "fail" : "pass";
}

/** Why a control has this result where it is `fail` or `notDecidable`, in words. */
export function reasonOf(control: Control, result: "fail" | "notDecidable", thresholds: Thresholds): string {
  if (result === "fail") return control.failure(thresholds);
  return control.undecided ?? "the cells that decide say neither yes nor no";
}
