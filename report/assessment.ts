import { CONTROLS, controlsOf, resultOf, type Control, type Result, type Thresholds } from "./controls";
import type { ControlException, Exceptions } from "./exceptions";
import type { ControlResults } from "./findings";
import type { CredentialRow } from "./rows";

/** What one control says of one subject, and whether that is excepted. */
export interface Assessment {
  control: Control;
  result: Result;
  /** The exception that holds for a subject that fails or cannot be decided. */
  exception: ControlException | null;
}

/** Holds a row against every control that it is a subject of: exactly one result each, in the order of the table. */
export function assess(row: CredentialRow, thresholds: Thresholds, exceptions: Exceptions): Assessment[] {
  return controlsOf(row).map((control) => {
    const result = resultOf(control, row, thresholds);
    return { control, result, exception: exceptions.of(row, control, result) };
  });
}

/** Results of a control over all its subjects. */
export interface ControlTally extends ControlResults {
  /** Of those that fail, how many are excepted; the others are findings that stand. */
  excepted: number;
}

/** Counts assessments by control and result. */
export class Tally {
  private readonly counts = new Map<Control, ControlTally>(
    CONTROLS.map((control) => [
      control,
      { control: control.id, pass: 0, fail: 0, notApplicable: 0, notDecidable: 0, excepted: 0 },
    ]),
  );

  add({ control, result, exception }: Assessment): void {
    const tally = this.counts.get(control);
    if (!tally) return;
    tally[result] += 1;
    if (result === "fail" && exception !== null) tally.excepted += 1;
  }

  /** In the order of {@link CONTROLS}. */
  results(): ControlTally[] {
    return [...this.counts.values()].map((tally) => ({ ...tally }));
  }
}
