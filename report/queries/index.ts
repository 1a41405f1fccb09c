import { DEFAULT_THRESHOLDS, type Thresholds } from "../controls";
import { allControlsQuery, CONTROL_QUERY_IDS, controlQuery, controlTotalsQuery } from "./controls";
import { DEFAULT_WINDOW_DAYS } from "./sql";
import { useCaseQueries, type SavedQuery } from "./useCases";

export type { SavedQuery } from "./useCases";

/**
 * Every query that is saved in the workgroup: the use cases, then one for each control.
 *
 * @param windowDays How far back the newest run is looked for.
 */
export function savedQueries(
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
  windowDays = DEFAULT_WINDOW_DAYS,
): SavedQuery[] {
  return [
    ...useCaseQueries(thresholds, windowDays),
    {
      id: "control-totals",
      description: "Subjects by control and result",
      sql: controlTotalsQuery(thresholds, windowDays),
    },
    {
      id: "control-results",
      description: "Every control and subject with its result",
      sql: allControlsQuery(thresholds, windowDays),
    },
    ...CONTROL_QUERY_IDS.map((control) => ({
      id: `control-${control}`,
      description: `Result of the control ${control} for every subject`,
      sql: controlQuery(control, thresholds, windowDays),
    })),
  ];
}
