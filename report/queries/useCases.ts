import type { Thresholds } from "../controls";
import { atLeastDaysOld, daysOld, DEFAULT_WINDOW_DAYS, newestOf, newestRun, sinceDays, USER } from "./sql";
import { CREDENTIALS_TYPED, FINDINGS } from "./tables";

/** The saved queries that answer what auditors ask, besides the controls. */

/** A query that is saved in the workgroup. */
export interface SavedQuery {
  /** Letters, digits and hyphens; stable. */
  id: string;
  /** One line, in the words of the one who asks. */
  description: string;
  sql: string;
}

const WHO = `account_id, account_name, ou_path, ${USER}, arn`;
const KEYS = [1, 2] as const;
const LAST_ACTIVITY = newestOf(["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"]);
const keyExists = (n: 1 | 2): string => `(access_key_${n}_active OR access_key_${n}_last_rotated_state = 'date')`;

/** The use cases over the newest run of the last days. */
export function useCaseQueries(thresholds: Thresholds, windowDays = DEFAULT_WINDOW_DAYS): SavedQuery[] {
  const newest = newestRun(windowDays);
  const ofNewest = (id: string, description: string, select: string): SavedQuery => ({
    id,
    description,
    sql: `${newest}\n${select}`,
  });
  return [
    ofNewest(
      "iam-users",
      "All IAM users with creation time",
      `SELECT ${WHO}, user_creation_time, user_creation_time_state, report_generated_time
FROM subjects
WHERE NOT is_root
ORDER BY account_id, ${USER}`,
    ),
    ofNewest(
      "console-access",
      "Console access and MFA of every IAM user",
      `SELECT ${WHO}, password_enabled_state AS console_access, mfa_active_state AS mfa, password_last_used, password_last_used_state
FROM subjects
WHERE NOT is_root
ORDER BY account_id, ${USER}`,
    ),
    ofNewest(
      "access-keys",
      "Access keys with age, last use and service; an owner may have two",
      `${KEYS.map(keySelect).join("\nUNION ALL\n")}
ORDER BY account_id, ${USER}, key_number`,
    ),
    ofNewest(
      "password-age",
      "Passwords by age, oldest first",
      `SELECT ${WHO}, password_last_changed, ${daysOld("password_last_changed")} AS password_days, password_next_rotation, password_last_used
FROM subjects
WHERE NOT is_root AND password_enabled
ORDER BY password_last_changed, account_id, ${USER}`,
    ),
    ofNewest(
      "dormant-users",
      `Users of whose usable credentials none was used for ${thresholds.dormantDays} days`,
      dormant(thresholds),
    ),
    ofNewest(
      "root-users",
      "Root users with their last use, MFA and keys, newest use first",
      `SELECT ${WHO}, ${LAST_ACTIVITY} AS last_used, password_last_used_state, password_enabled_state, mfa_active_state,
  access_key_1_active_state, access_key_2_active_state
FROM subjects
WHERE is_root
ORDER BY last_used DESC NULLS LAST, account_id`,
    ),
    ofNewest(
      "accounts-without-users",
      "Covered accounts that have no IAM user; accounts that were not collected are in the manifest only",
      `SELECT account_id, account_name, ou_path
FROM subjects
GROUP BY account_id, account_name, ou_path
HAVING count(*) FILTER (WHERE NOT is_root) = 0
ORDER BY account_id`,
    ),
    ofNewest(
      "totals-by-account",
      "Users, passwords, keys and MFA of each account",
      totals("account_id, account_name, ou_path", thresholds),
    ),
    ofNewest("totals-by-ou", "The same for each organizational unit", totals("ou_path", thresholds)),
    ofNewest(
      "user-access-review",
      "Every user with what a reviewer must see, and two columns to sign",
      `SELECT ${WHO}, user_creation_time, password_enabled_state AS console_access, mfa_active_state AS mfa,
  access_key_1_active_state AS key_1_active, access_key_2_active_state AS key_2_active,
  ${LAST_ACTIVITY} AS last_activity, report_generated_time, '' AS decision, '' AS reviewed_by_and_date
FROM subjects
WHERE NOT is_root
ORDER BY account_id, ${USER}`,
    ),
    {
      id: "coverage",
      description: "Accounts of the newest run, and those that earlier runs had and it lacks",
      sql: coverage(windowDays),
    },
    {
      id: "changes",
      description: "What changed from the run before the newest to the newest",
      sql: changes(windowDays),
    },
    {
      id: "findings",
      description: "Findings of the newest run, as the collector recorded them",
      sql: `${newest}
SELECT f.account_id, f.account_name, f.ou_path, f.${USER}, f.arn, f.control, f.result, f.because, f.run_id
FROM ${FINDINGS} f
JOIN newest n ON f.run_id = n.run_id AND f.run_date = n.run_date
WHERE ${sinceDays(windowDays, "f.")}
ORDER BY f.result, f.control, f.account_id, f.${USER}`,
    },
  ];
}

function keySelect(n: 1 | 2): string {
  return `SELECT ${WHO}, ${n} AS key_number, access_key_${n}_active_state AS active, access_key_${n}_last_rotated AS last_rotated,
  ${daysOld(`access_key_${n}_last_rotated`)} AS key_days, access_key_${n}_last_used_date AS last_used,
  access_key_${n}_last_used_date_state AS last_used_state, access_key_${n}_last_used_service AS service, access_key_${n}_last_used_region AS region
FROM subjects
WHERE ${keyExists(n)}`;
}

/** A credential that was never used counts from the day it was set up. */
function dormant({ dormantDays }: Thresholds): string {
  const idle = (usable: string, used: string, set: string): string =>
    `(NOT ${usable} OR ${atLeastDaysOld(`(CASE ${used}_state WHEN 'date' THEN ${used} WHEN 'never' THEN ${set} END)`, dormantDays)})`;
  return `SELECT ${WHO}, user_creation_time, ${LAST_ACTIVITY} AS last_activity
FROM subjects
WHERE NOT is_root
  AND (password_enabled OR access_key_1_active OR access_key_2_active)
  AND ${idle("password_enabled", "password_last_used", "password_last_changed")}
  AND ${KEYS.map((n) => idle(`access_key_${n}_active`, `access_key_${n}_last_used_date`, `access_key_${n}_last_rotated`)).join("\n  AND ")}
ORDER BY last_activity NULLS FIRST, account_id, ${USER}`;
}

function totals(by: string, { keyAgeDays }: Thresholds): string {
  const countIf = (condition: string): string => `count(*) FILTER (WHERE ${condition})`;
  const oldKey = (n: 1 | 2): string =>
    countIf(`access_key_${n}_active AND ${atLeastDaysOld(`access_key_${n}_last_rotated`, keyAgeDays + 1)}`);
  return `SELECT ${by},
  count(DISTINCT account_id) AS accounts,
  ${countIf("NOT is_root")} AS users,
  ${countIf("NOT is_root AND password_enabled")} AS users_with_console_access,
  ${countIf("NOT is_root AND password_enabled AND NOT mfa_active")} AS console_users_without_mfa,
  ${KEYS.map((n) => countIf(`access_key_${n}_active`)).join(" + ")} AS active_keys,
  ${KEYS.map(oldKey).join(" + ")} AS active_keys_over_${keyAgeDays}_days,
  ${countIf("is_root AND mfa_active")} AS root_users_with_mfa,
  min(report_generated_time) AS oldest_report
FROM subjects
GROUP BY ${by}
ORDER BY ${by}`;
}

/** Accounts that no run of the window reached are not in the tables: the manifest names them. */
function coverage(windowDays: number): string {
  return `WITH accounts AS (
  SELECT run_id, account_id, account_name, ou_path, report_generated_time, count(*) FILTER (WHERE NOT is_root) AS users
  FROM ${CREDENTIALS_TYPED}
  WHERE ${sinceDays(windowDays)}
  GROUP BY run_id, account_id, account_name, ou_path, report_generated_time
), newest AS (
  SELECT max(run_id) AS run_id FROM accounts
), last_seen AS (
  SELECT account_id, max(run_id) AS run_id FROM accounts GROUP BY account_id
)
SELECT a.account_id, a.account_name, a.ou_path,
  CASE WHEN a.run_id = n.run_id THEN 'covered' ELSE 'missing' END AS coverage,
  a.run_id AS last_run, a.report_generated_time, a.users
FROM accounts a
JOIN last_seen s ON a.account_id = s.account_id AND a.run_id = s.run_id
CROSS JOIN newest n
ORDER BY coverage DESC, a.account_id`;
}

/**
 * A user that was deleted and made again under its name has another creation time: it is removed and added. Accounts that only
 * one of the runs covers are no change of their users.
 */
function changes(windowDays: number): string {
  const changed: [change: string, condition: string][] = [
    ["user added", "p.arn IS NULL"],
    ["user removed", "c.arn IS NULL"],
    ["console access gained", "c.password_enabled AND NOT p.password_enabled"],
    ["console access lost", "NOT c.password_enabled AND p.password_enabled"],
    ["MFA gained", "c.mfa_active AND NOT p.mfa_active"],
    ["MFA lost", "NOT c.mfa_active AND p.mfa_active"],
    ["password changed", "c.password_last_changed > p.password_last_changed"],
    ["root used", `c.is_root AND c.last_activity > COALESCE(p.last_activity, TIMESTAMP '1970-01-01 00:00:00')`],
    ...KEYS.flatMap((n): [string, string][] => {
      const [rotated, active] = [`access_key_${n}_last_rotated`, `access_key_${n}_active`];
      return [
        [
          `key ${n} added`,
          `c.arn IS NOT NULL AND p.arn IS NOT NULL AND c.${rotated} IS NOT NULL AND p.${rotated} IS NULL`,
        ],
        [
          `key ${n} removed`,
          `c.arn IS NOT NULL AND p.arn IS NOT NULL AND c.${rotated} IS NULL AND p.${rotated} IS NOT NULL`,
        ],
        [`key ${n} rotated`, `c.${rotated} > p.${rotated} AND c.${active}`],
        [`key ${n} deactivated`, `NOT c.${active} AND p.${active} AND c.${rotated} IS NOT NULL`],
        [`key ${n} activated`, `c.${active} AND NOT p.${active} AND p.${rotated} IS NOT NULL`],
      ];
    }),
  ];
  const select = ([change, condition]: [string, string]): string =>
    `SELECT COALESCE(c.account_id, p.account_id) AS account_id, COALESCE(c.${USER}, p.${USER}) AS ${USER},
  COALESCE(c.arn, p.arn) AS arn, '${change}' AS change
FROM after_it c
FULL JOIN before_it p ON c.arn = p.arn AND c.made = p.made
WHERE ${condition}`;
  const rowsOf = (name: string, run: string, other: string): string =>
    `${name} AS (
  SELECT r.*, COALESCE(r.user_creation_time, TIMESTAMP '1970-01-01 00:00:00') AS made, ${LAST_ACTIVITY} AS last_activity
  FROM ${CREDENTIALS_TYPED} r
  JOIN ${run} x ON r.run_id = x.run_id AND r.run_date = x.run_date
  WHERE ${sinceDays(windowDays, "r.")}
    AND r.account_id IN (
      SELECT o.account_id FROM ${CREDENTIALS_TYPED} o JOIN ${other} y ON o.run_id = y.run_id AND o.run_date = y.run_date
      WHERE ${sinceDays(windowDays, "o.")}
    )
)`;
  return `WITH newest AS (
  SELECT max(run_id) AS run_id, max(run_date) AS run_date
  FROM ${CREDENTIALS_TYPED}
  WHERE ${sinceDays(windowDays)}
), previous AS (
  SELECT max(r.run_id) AS run_id, max(r.run_date) AS run_date
  FROM ${CREDENTIALS_TYPED} r
  CROSS JOIN newest n
  WHERE ${sinceDays(windowDays, "r.")} AND r.run_id < n.run_id
), ${rowsOf("after_it", "newest", "previous")}, ${rowsOf("before_it", "previous", "newest")}
${changed.map(select).join("\nUNION ALL\n")}
ORDER BY account_id, ${USER}, change`;
}
