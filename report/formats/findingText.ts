import type { Assessment } from "../assessment";
import { isoTime } from "../cells";
import { reasonOf, type Control, type Result, type Thresholds } from "../controls";
import { provingColumns } from "../findings";
import { cellOf, type CredentialRow } from "../rows";

/**
 * What the outputs for other tools say of a finding, in one place: the same names and words in AWS Security Finding Format and OCSF.
 */

/** Name of this project as a finding's product. */
export const PRODUCT = "iam-credential-reports";

/** The standard behind the numbers of {@link requirementsOf}. */
export const CIS_BENCHMARK = "CIS AWS Foundations Benchmark";

/**
 * Names a subject's result of a control, the same in every run, so that a later run brings a finding up to date.
 *
 * A user is known by name and creation time: one that was deleted and made again under the same name is another.
 */
export function findingId(row: CredentialRow, control: Control): string {
  const created = row.created.kind === "date" ? isoTime(row.created.at) : "unknown";
  const subject = row.isRoot ? "root" : `user/${row.user}/${created}`;
  return `${PRODUCT}/${row.accountId}/${control.id}/${subject}`;
}

const VERDICTS: Record<Result, string> = {
  fail: "Not met",
  notDecidable: "Cannot be decided",
  pass: "Met",
  notApplicable: "Does not apply",
};

/** The control and its result; the same for all subjects, so that tools can group by it. */
export function titleOf({ control, result }: Assessment): string {
  return `${VERDICTS[result]}: ${control.title}`;
}

/** Who has which result and why, as a sentence. */
export function descriptionOf(
  row: CredentialRow,
  { control, result }: Pick<Assessment, "control" | "result">,
  thresholds: Thresholds,
): string {
  const name = row.accountName === "" ? "" : ` (${row.accountName})`;
  const user = row.isRoot ? "root user" : `user ${row.user}`;
  return `Account ${row.accountId}${name}, ${user}: ${becauseOf(control, result, thresholds)}.`;
}

/** Why a subject has a result, in words. */
export function becauseOf(control: Control, result: Result, thresholds: Thresholds): string {
  switch (result) {
    case "pass":
      return "meets the control";
    case "notApplicable":
      return "has nothing that the control is about";
    default:
      return reasonOf(control, result, thresholds);
  }
}

/** The control's numbers as Security Hub writes them: `CIS AWS Foundations Benchmark v3.0.0/1.10`, oldest version first. */
export function requirementsOf({ cis }: Control): string[] {
  return Object.entries(cis).map(([version, number]) => `${CIS_BENCHMARK} v${version}.0/${number}`);
}

/** The cells that prove a result, as AWS wrote them. */
export function provingCells(row: CredentialRow, control: Control): [column: string, cell: string][] {
  return provingColumns(row, control).map((column) => [column, cellOf(row, column)]);
}

/** What an ARN of IAM says: `arn:PARTITION:iam::ACCOUNT:user/PATH/NAME`; null where it is none. */
export function readArn(arn: string): { partition: string; path: string | null } | null {
  const match = /^arn:([^:]+):iam::\d{12}:(?:root|user(\/(?:[^]*\/)?)[^/]+)$/.exec(arn);
  return match?.[1] === undefined ? null : { partition: match[1], path: match[2] ?? null };
}

/** Cuts text that is longer than `length` UTF-16 code units, whole characters only, and says so by an ellipsis. */
export function limited(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
