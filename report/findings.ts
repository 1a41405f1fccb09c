import { isoTime } from "./cells";
import {
  CONTROLS,
  controlsOf,
  needsEyes,
  reasonOf,
  resultOf,
  type Control,
  type Result,
  type Thresholds,
} from "./controls";
import { cellOf, type CredentialRow } from "./rows";

/** How many subjects of a control have each result. */
export interface ControlResults extends Record<Result, number> {
  /** Id of the control. */
  control: string;
}

/** What lines say of an account, as JSON, and one of its rows. */
interface AccountWords {
  row: CredentialRow;
  whose: string;
  end: string;
}

/**
 * Holds rows against every control: counts the results, and writes down those that need somebody's eyes.
 *
 * Every row has exactly one result of each control that it is a subject of.
 */
export class Findings {
  private readonly counts = new Map<Control, ControlResults>(
    CONTROLS.map((control) => [control, { control: control.id, pass: 0, fail: 0, notApplicable: 0, notDecidable: 0 }]),
  );

  private lastAccount: AccountWords | undefined;
  private readonly reasons = { fail: new Map<Control, string>(), notDecidable: new Map<Control, string>() };

  constructor(private readonly thresholds: Thresholds) {}

  /**
   * Counts a row.
   *
   * @returns Its findings in the form of `findings.json`: a line of JSON for each control that it fails or that cannot be
   * decided, in the order of the table; empty if there is none.
   */
  add(row: CredentialRow): string {
    let lines = "";
    let whose: string | undefined;
    // Controls that rest on the same cells stand beside each other.
    let cells = "";
    let before: Control | undefined;
    for (const control of controlsOf(row)) {
      const result = resultOf(control, row, this.thresholds);
      const counts = this.counts.get(control);
      if (counts) counts[result] += 1;
      if (!needsEyes(result)) continue;
      whose ??= this.account(row).whose + whoseIs(row);
      if (control.columns !== before?.columns || control.usableOnly !== before.usableOnly)
        cells = cellsOf(row, control);
      before = control;
      lines +=
        `{"control":"${control.id}","result":"${result}",${whose},"because":${this.because(control, result)},` +
        `"cells":{${cells}},${this.account(row).end}`;
    }
    return lines;
  }

  /** What lines say of the account, as JSON: the same for all rows of a report, which follow each other. */
  private account(row: CredentialRow): AccountWords {
    const last = this.lastAccount;
    if (last && isOfSameReport(last.row, row)) return last;
    const whose =
      `"account_id":${quoted(row.accountId)},"account_name":${quoted(row.accountName)},` +
      `"ou_path":${quoted(row.ouPath)},`;
    const end = `"report_generated_time":${quoted(row.reportGeneratedTime)},"run_id":${quoted(row.runId)}}\n`;
    return (this.lastAccount = { row, whose, end });
  }

  /** Why, as JSON; the same for all subjects. */
  private because(control: Control, result: "fail" | "notDecidable"): string {
    const reasons = this.reasons[result];
    let reason = reasons.get(control);
    if (reason === undefined) reasons.set(control, (reason = quoted(reasonOf(control, result, this.thresholds))));
    return reason;
  }

  /** The counts of every control over the rows so far, in the order of the table. */
  results(): ControlResults[] {
    return [...this.counts.values()].map((counts) => ({ ...counts }));
  }
}

function isOfSameReport(one: CredentialRow, other: CredentialRow): boolean {
  return (
    one.accountId === other.accountId &&
    one.reportGeneratedTime === other.reportGeneratedTime &&
    one.accountName === other.accountName &&
    one.ouPath === other.ouPath &&
    one.runId === other.runId
  );
}

function whoseIs(row: CredentialRow): string {
  const created = row.created.kind === "date" ? `"${isoTime(row.created.at)}"` : "null";
  return `"user":${quoted(row.user)},"arn":${quoted(row.arn)},"user_creation_time":${created}`;
}

function cellsOf(row: CredentialRow, control: Control): string {
  let text = "";
  for (const { column, of } of proofsOf(control)) {
    if (mayBeUsable(row, of)) text += `${text === "" ? "" : ","}"${column}":${quoted(cellOf(row, column))}`;
  }
  return text;
}

/** Columns whose cells prove a result; those of credentials that cannot be used prove nothing where only usable ones count. */
export function provingColumns(row: CredentialRow, control: Control): string[] {
  return proofsOf(control).flatMap(({ column, of }) => (mayBeUsable(row, of) ? [column] : []));
}

/** A column that proves, and the credential that has to be usable for it: the password, or the key of this index. */
interface Proof {
  column: string;
  of: "password" | 0 | 1 | null;
}

const PROOFS = new Map<Control, readonly Proof[]>();

function proofsOf(control: Control): readonly Proof[] {
  let proofs = PROOFS.get(control);
  if (!proofs) {
    proofs = control.columns.map((column) => ({ column, of: control.usableOnly ? credentialOf(column) : null }));
    PROOFS.set(control, proofs);
  }
  return proofs;
}

function credentialOf(column: string): Proof["of"] {
  if (column.startsWith("password_")) return "password";
  return column.startsWith("access_key_1") ? 0 : 1;
}

function mayBeUsable(row: CredentialRow, of: Proof["of"]): boolean {
  if (of === null) return true;
  return (of === "password" ? row.passwordEnabled : row.keys[of].active) !== false;
}

/** Text that JSON writes as it is, as nearly all cells are: to see so takes a tenth of the time of `JSON.stringify`. */
const PLAIN = /^[\w :+,./@=<>-]*$/;

/** Text as JSON. */
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
