import type { Assessment } from "../assessment";
import { needsEyes } from "../controls";
import type { RowWriter } from "../rowWriter";
import type { CredentialRow } from "../rows";

/**
 * Writes JSON Lines: a finding for each subject that fails a control or cannot be decided, in the order of the rows and of the
 * controls.
 *
 * @param passes Also writes what passes or does not apply.
 * @param findingOf One assessment in the format that is written.
 */
export function findingLines(
  passes: boolean | undefined,
  findingOf: (row: CredentialRow, assessment: Assessment) => object,
): RowWriter {
  return {
    begin: () => "",
    add(row, assessments) {
      let lines = "";
      for (const assessment of assessments) {
        if (passes === true || needsEyes(assessment.result)) lines += `${JSON.stringify(findingOf(row, assessment))}\n`;
      }
      return lines;
    },
    end: () => "",
  };
}
