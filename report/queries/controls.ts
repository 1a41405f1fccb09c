import { DEFAULT_THRESHOLDS, type Thresholds } from "../controls";
import { atLeastDaysOld, DEFAULT_WINDOW_DAYS, newestRun, USER } from "./sql";

/**
 * The controls as SQL over the typed rows, in the three-valued logic of SQL: a cell that says neither true nor false is null,
 * and a condition that stays null is not decidable.
 */

/** What decides a control, as SQL conditions on a typed row. */
interface ControlConditions {
  subjects: "root" | "user";
  /** Where the control applies; everywhere if absent. */
  applies?: string;
  fails: string;
}

const KEYS = [1, 2] as const;
const anyKey = (condition: (n: 1 | 2) => string): string => KEYS.map((n) => `(${condition(n)})`).join(" OR ");
const ANY_ACTIVE_KEY = anyKey((n) => `access_key_${n}_active`);

/** When a credential was last used; when it was set up, if it never was; null where the report does not say. */
const lastUsedOrSet = (used: string, set: string): string =>
  `CASE ${used}_state WHEN 'date' THEN ${used} WHEN 'never' THEN ${set} END`;

/** Since when each usable credential is unused: password first, then the keys. */
const USABLE: readonly { usable: string; since: string }[] = [
  { usable: "password_enabled", since: lastUsedOrSet("password_last_used", "password_last_changed") },
  ...KEYS.map((n) => ({
    usable: `access_key_${n}_active`,
    since: lastUsedOrSet(`access_key_${n}_last_used_date`, `access_key_${n}_last_rotated`),
  })),
];

const unusedFor = (days: number): ControlConditions => ({
  subjects: "user",
  applies: `password_enabled OR ${ANY_ACTIVE_KEY}`,
  fails: USABLE.map(({ usable, since }) => `(${usable} AND ${atLeastDaysOld(`(${since})`, days)})`).join(" OR "),
});

const usedWithin = (column: string, days: number): string =>
  `CASE WHEN ${column}_state = 'date' THEN NOT (${atLeastDaysOld(column, days)}) ` +
  `WHEN ${column}_state IN ('never', 'none') THEN false END`;

function conditionsOf(thresholds: Thresholds): Record<string, ControlConditions> {
  const rootUses = ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"];
  return {
    "root-access-key": { subjects: "root", fails: ANY_ACTIVE_KEY },
    "root-mfa": { subjects: "root", fails: "NOT mfa_active" },
    "root-mfa-or-no-password": {
      subjects: "root",
      // not_supported is what AWS writes of most root users, and does not say that there is no password
      fails:
        "NOT mfa_active AND CASE password_enabled_state WHEN 'false' THEN false WHEN 'unknown' THEN NULL ELSE true END",
    },
    "root-hardware-mfa": { subjects: "root", fails: "CAST(NULL AS boolean)" },
    "root-use": {
      subjects: "root",
      fails: rootUses.map((column) => `(${usedWithin(column, thresholds.rootUseDays)})`).join(" OR "),
    },
    "console-mfa": { subjects: "user", applies: "password_enabled", fails: "NOT mfa_active" },
    "user-mfa": { subjects: "user", fails: "NOT mfa_active" },
    "initial-access-key": {
      subjects: "user",
      applies: "password_enabled",
      fails: anyKey(
        (n) =>
          `access_key_${n}_active AND CASE access_key_${n}_last_used_date_state ` +
          "WHEN 'never' THEN true WHEN 'date' THEN false END",
      ),
    },
    "unused-credentials": unusedFor(thresholds.unusedDays),
    "dormant-credentials": unusedFor(thresholds.dormantDays),
    "single-access-key": {
      subjects: "user",
      applies: ANY_ACTIVE_KEY,
      fails: "access_key_1_active AND access_key_2_active",
    },
    "access-key-rotation": {
      subjects: "user",
      applies: ANY_ACTIVE_KEY,
      // more than so many whole days: one day more at least
      fails: anyKey(
        (n) =>
          `access_key_${n}_active AND ${atLeastDaysOld(`access_key_${n}_last_rotated`, thresholds.keyAgeDays + 1)}`,
      ),
    },
  };
}

/** Ids of the controls that have a query, in order. */
export const CONTROL_QUERY_IDS: readonly string[] = Object.keys(conditionsOf(DEFAULT_THRESHOLDS));

/**
 * A query of `subjects` for one control: a row each, with `control` and `result` (`pass`, `fail`, `notApplicable`,
 * `notDecidable`).
 *
 * @throws RangeError for a control without a query, or a threshold below one day.
 */
export function controlSelect(control: string, thresholds: Thresholds = DEFAULT_THRESHOLDS): string {
  const conditions = conditionsOf(thresholds);
  const found = Object.hasOwn(conditions, control) ? conditions[control] : undefined;
  if (!found) throw new RangeError(`no query for the control ${control}; there are ${CONTROL_QUERY_IDS.join(", ")}`);
  const { subjects, applies, fails } = found;
  const where = subjects === "root" ? "is_root" : "NOT is_root";
  const cases = applies
    ? `WHEN NOT (${applies}) THEN 'notApplicable'
    WHEN (${applies}) AND (${fails}) THEN 'fail'
    WHEN (${applies}) AND NOT (${fails}) THEN 'pass'`
    : `WHEN (${fails}) THEN 'fail'
    WHEN NOT (${fails}) THEN 'pass'`;
  return `SELECT account_id, account_name, ou_path, ${USER}, arn, '${control}' AS control,
  CASE
    ${cases}
    ELSE 'notDecidable'
  END AS result
FROM subjects
WHERE ${where}`;
}

/** The saved query of one control over the newest run, worst first. */
export function controlQuery(
  control: string,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
  windowDays = DEFAULT_WINDOW_DAYS,
): string {
  return `${newestRun(windowDays)}
${controlSelect(control, thresholds)}
ORDER BY result, account_id, ${USER}`;
}

/** All controls of the newest run in one table: for dashboards. */
export function allControlsQuery(
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
  windowDays = DEFAULT_WINDOW_DAYS,
): string {
  const selects = CONTROL_QUERY_IDS.map((control) => controlSelect(control, thresholds));
  return `${newestRun(windowDays)}
${selects.join("\nUNION ALL\n")}`;
}

/** Subjects by control and result in the newest run. */
export function controlTotalsQuery(
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
  windowDays = DEFAULT_WINDOW_DAYS,
): string {
  const selects = CONTROL_QUERY_IDS.map((control) => controlSelect(control, thresholds));
  return `${newestRun(windowDays)}, results AS (
${selects.join("\nUNION ALL\n")}
)
SELECT control, result, count(*) AS subjects
FROM results
GROUP BY control, result
ORDER BY control, result`;
}
