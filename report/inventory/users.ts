import { lastActivity } from "../ages";
import type { Assessment } from "../assessment";
import type { Thresholds } from "../controls";
import type { AccessKey, CredentialRow } from "../rows";
import type { RowWriter } from "../rowWriter";
import { headerOf, lineOf, type Column } from "./columns";
import { dormancyOf } from "./dormancy";
import { certificateWord, days, flagWord, keyWord, NOT_APPLICABLE, resultWord, timeWord } from "./words";

/** A row with what the controls say of it. */
interface Subject {
  row: CredentialRow;
  assessments: readonly Assessment[];
}

const DORMANCY = { yes: "yes", no: "no", none: NOT_APPLICABLE, unknown: "not known" };

/** Ids of the controls that a test picks, joined by spaces. */
const ids = ({ assessments }: Subject, picks: (assessment: Assessment) => boolean): string | null => {
  let text = "";
  for (const assessment of assessments) {
    if (picks(assessment)) text += `${text === "" ? "" : " "}${assessment.control.id}`;
  }
  return text === "" ? null : text;
};

const keyColumns = (n: 1 | 2): Column<Subject>[] => {
  const key = ({ row }: Subject): AccessKey => row.keys[n === 1 ? 0 : 1];
  return [
    { name: `key_${n}`, of: (subject) => keyWord(key(subject)) },
    { name: `key_${n}_last_rotated`, of: (subject) => timeWord(key(subject).lastRotated) },
    { name: `key_${n}_days`, of: (subject) => days(key(subject).lastRotated, subject.row) },
    { name: `key_${n}_last_used`, of: (subject) => timeWord(key(subject).lastUsed) },
    { name: `key_${n}_days_since_use`, of: (subject) => days(key(subject).lastUsed, subject.row) },
    { name: `key_${n}_last_used_service`, of: (subject) => key(subject).service },
    { name: `key_${n}_last_used_region`, of: (subject) => key(subject).region },
  ];
};

const certificateColumns = (n: 1 | 2): Column<Subject>[] => [
  { name: `cert_${n}`, of: ({ row }) => certificateWord(row.certificates[n === 1 ? 0 : 1]) },
  { name: `cert_${n}_last_rotated`, of: ({ row }) => timeWord(row.certificates[n === 1 ? 0 : 1].lastRotated) },
];

const columnsOf = ({ dormantDays }: Thresholds): Column<Subject>[] => [
  { name: "account_id", of: ({ row }) => row.accountId },
  { name: "account_name", of: ({ row }) => row.accountName },
  { name: "ou_path", of: ({ row }) => row.ouPath },
  { name: "user", of: ({ row }) => row.user },
  { name: "arn", of: ({ row }) => row.arn },
  { name: "is_root", of: ({ row }) => flagWord(row.isRoot) },
  { name: "user_creation_time", of: ({ row }) => timeWord(row.created) },
  { name: "user_days", of: ({ row }) => days(row.created, row) },
  { name: "console_access", of: ({ row }) => flagWord(row.passwordEnabled) },
  { name: "mfa", of: ({ row }) => flagWord(row.mfaActive) },
  { name: "password_last_used", of: ({ row }) => timeWord(row.passwordLastUsed) },
  { name: "password_days_since_use", of: ({ row }) => days(row.passwordLastUsed, row) },
  { name: "password_last_changed", of: ({ row }) => timeWord(row.passwordLastChanged) },
  { name: "password_days", of: ({ row }) => days(row.passwordLastChanged, row) },
  ...keyColumns(1),
  ...keyColumns(2),
  ...certificateColumns(1),
  ...certificateColumns(2),
  { name: "last_activity", of: ({ row }) => timeWord(lastActivity(row)) },
  { name: "days_since_activity", of: ({ row }) => days(lastActivity(row), row) },
  { name: "dormant", of: ({ row }) => (row.isRoot ? NOT_APPLICABLE : DORMANCY[dormancyOf(row, dormantDays)]) },
  {
    name: "dormant_credentials",
    of: ({ assessments }) =>
      resultWord(assessments.find(({ control }) => control.id === "dormant-credentials")?.result),
  },
  { name: "failing_controls", of: (subject) => ids(subject, ({ result }) => result === "fail") },
  { name: "excepted_controls", of: (subject) => ids(subject, ({ exception }) => exception !== null) },
  { name: "undecided_controls", of: (subject) => ids(subject, ({ result }) => result === "notDecidable") },
  { name: "report_generated_time", of: ({ row }) => row.reportGeneratedTime },
];

/**
 * `users.csv`: a line for every IAM user and every root user, with creation time, console access, MFA, password and keys with their
 * ages and last use, and the controls that fail. Nothing is kept in memory.
 */
export function usersWriter({ thresholds }: { thresholds: Thresholds }): RowWriter {
  const columns = columnsOf(thresholds);
  return {
    begin: () => headerOf(columns),
    add: (row, assessments) => lineOf(columns, { row, assessments }),
    end: () => "",
  };
}
