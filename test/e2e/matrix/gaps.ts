import type { Effect } from "../../support/permissionMatrix";

/** Cells in which the emulator is wrong: what it does there, and why that is not what AWS does. */
export interface Gap {
  /** Asset and action, as in `Evidence: list the runs`. */
  row: string;
  principals: readonly string[];
  emulator: Effect;
  why: string;
}

/** The known gaps; a test fails as soon as one is closed. */
export const GAPS: readonly Gap[] = [
  {
    row: "Collector: write log lines",
    principals: ["collector role"],
    emulator: "deny",
    why:
      "the emulator judges PutLogEvents by the ARN of the log group; AWS by that of the stream, which begins with the group's and a colon " +
      "(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html)",
  },
];

/** The gap at a cell, if there is one. */
export function gapAt(row: string, principal: string): Gap | undefined {
  return GAPS.find((gap) => gap.row === row && gap.principals.includes(principal));
}
