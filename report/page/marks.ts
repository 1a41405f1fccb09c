import type { Assessment } from "../assessment";
import { CONTROLS, reasonOf, type Control, type Thresholds } from "../controls";

/**
 * How the results of the controls mark a row: what fails, what of it is excepted, what cannot be decided for want of a cell.
 */

/** Short words for a failure, by control. */
const MARKS: Readonly<Record<string, string>> = {
  "root-access-key": "root key",
  "root-mfa": "root, no MFA",
  "root-mfa-or-no-password": "password without MFA",
  "root-hardware-mfa": "no hardware MFA",
  "root-use": "root used",
  "console-mfa": "console, no MFA",
  "user-mfa": "no MFA",
  "initial-access-key": "key of set-up",
  "unused-credentials": "unused",
  "dormant-credentials": "dormant",
  "single-access-key": "two keys",
  "access-key-rotation": "old key",
};

/** Root users fail the critical ones and root-use alone, so that they come before all others. */
const WEIGHTS = { critical: 1000, high: 100, medium: 10, low: 1 };

/** Bits of the state of one control in {@link statesOf}. */
export const STATE_BITS = 3;

/** States as numbers; 0 is that of a control that is not about the row. */
const STATES = { pass: 1, fail: 2, notApplicable: 3, notDecidable: 4 };
const EXCEPTED_STATES = { pass: 1, fail: 5, notApplicable: 3, notDecidable: 6 };

/** The states by name, as numbers, for the script of the page. */
export const STATE_NUMBERS = {
  pass: [STATES.pass],
  fail: [STATES.fail, EXCEPTED_STATES.fail],
  excepted: [EXCEPTED_STATES.fail],
  notApplicable: [STATES.notApplicable],
  notDecidable: [STATES.notDecidable, EXCEPTED_STATES.notDecidable],
} as const;

/** The states of a row in one number: that of its first control in the lowest bits. */
export function statesOf(assessments: readonly Assessment[]): number {
  let states = 0;
  for (let n = assessments.length - 1; n >= 0; n -= 1) {
    const { result, exception } = assessments[n]!;
    states = (states << STATE_BITS) | (exception === null ? STATES : EXCEPTED_STATES)[result];
  }
  return states;
}

/** How much attention a row draws: by the severity of what fails without exception. */
export function weightOf(assessments: readonly Assessment[]): number {
  let weight = 0;
  for (const { control, result, exception } of assessments) {
    if (result === "fail" && exception === null) weight += WEIGHTS[control.severity];
  }
  return weight;
}

/** Whether a result shows at its row. What no report can decide marks none. */
export function isMarked({ control, result }: Pick<Assessment, "control" | "result">): boolean {
  return result === "fail" || (result === "notDecidable" && control.undecided === undefined);
}

/** What a control says at a row that it marks; the script of the page says the same. */
export interface ControlWords {
  id: string;
  title: string;
  subjects: Control["subjects"];
  mark: string;
  weight: number;
  /** Its id, and that of Security Hub. */
  names: string;
  failure: string;
  unclear: string;
  columns: readonly string[];
  usableOnly: boolean;
  /** Whether no report can decide it. */
  undecidable: boolean;
}

/** The words of every control, in the order of the table. */
export function controlWords(thresholds: Thresholds): ControlWords[] {
  return CONTROLS.map((control) => ({
    id: control.id,
    title: control.title,
    subjects: control.subjects,
    mark: markOf(control),
    weight: WEIGHTS[control.severity],
    names: control.securityHub === null ? control.id : `${control.id}, ${control.securityHub}`,
    failure: reasonOf(control, "fail", thresholds),
    unclear: reasonOf(control, "notDecidable", thresholds),
    columns: control.columns,
    usableOnly: control.usableOnly ?? false,
    undecidable: control.undecided !== undefined,
  }));
}

function markOf({ id }: Control): string {
  return MARKS[id] ?? id;
}
