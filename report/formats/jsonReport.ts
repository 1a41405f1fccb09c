import type { Assessment, ControlTally } from "../assessment";
import { isoTime } from "../cells";
import { CONTROLS, needsEyes, reasonOf, type Thresholds } from "../controls";
import type { ReviewedException } from "../exceptions";
import type { Change } from "../difference/difference";
import type { Manifest } from "../manifest";
import type { RowWriter } from "../rowWriter";
import type { CredentialRow } from "../rows";
import { provingCells } from "./findingText";

/** Format name and version of `report.json`. */
export const JSON_REPORT_SCHEMA = "iam-credential-reports/report/1";

/** What is known when all rows were seen. */
export interface JsonReportClosing {
  controls: readonly ControlTally[];
  exceptions: readonly ReviewedException[];
  /** Against the run before; null where there is none to compare with. */
  changes: { from: string; counts: Record<string, number>; list: readonly Change[] } | null;
}

/**
 * Writes a run as one JSON document: coverage, controls, findings with the cells that prove them, exceptions and changes. What
 * fails or cannot be decided is listed subject by subject; the rows themselves are in the consolidated CSV.
 *
 * @param closing Asked for once, at the end.
 */
export function jsonReportWriter(
  manifest: Manifest,
  thresholds: Thresholds,
  closing: () => JsonReportClosing,
): RowWriter {
  let first = true;
  const { runId, startedAt, finishedAt, organizationId, complete, counts, rows } = manifest;
  return {
    begin() {
      const missing = manifest.accounts.filter(({ state }) => state === "notCollected");
      const outOfScope = manifest.accounts.filter(({ state }) => state === "outOfScope");
      const run = { runId, startedAt, finishedAt, organizationId, complete, rows };
      const head = { schema: JSON_REPORT_SCHEMA, run, accounts: counts, missing, outOfScope, thresholds };
      return `${JSON.stringify(head).slice(0, -1)},\n"findings":[`;
    },
    add(row, assessments) {
      let text = "";
      for (const assessment of assessments) {
        const { result } = assessment;
        if (!needsEyes(result)) continue;
        text += `${first ? "" : ","}\n${JSON.stringify(finding(row, assessment, result, thresholds))}`;
        first = false;
      }
      return text;
    },
    end() {
      const { controls, exceptions, changes } = closing();
      const named = controls.map((tally) => ({ ...definitionOf(tally.control), ...tally }));
      return `\n],\n${JSON.stringify({ controls: named, exceptions, changes }).slice(1)}\n`;
    },
  };
}

function definitionOf(id: string) {
  const control = CONTROLS.find((control) => control.id === id);
  return (
    control && { title: control.title, severity: control.severity, cis: control.cis, securityHub: control.securityHub }
  );
}

function finding(
  row: CredentialRow,
  { control, exception }: Assessment,
  result: "fail" | "notDecidable",
  thresholds: Thresholds,
) {
  return {
    control: control.id,
    result,
    account_id: row.accountId,
    account_name: row.accountName,
    ou_path: row.ouPath,
    user: row.user,
    arn: row.arn,
    user_creation_time: row.created.kind === "date" ? isoTime(row.created.at) : null,
    because: reasonOf(control, result, thresholds),
    cells: Object.fromEntries(provingCells(row, control)),
    report_generated_time: row.reportGeneratedTime,
    exception: exception && { reason: exception.reason, expires: exception.expires },
  };
}
