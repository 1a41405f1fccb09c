import { COLLECTOR_ACTIONS } from "./matrixActionsCollector";
import { EVIDENCE_ACTIONS } from "./matrixActionsEvidence";
import { KEY_ACTIONS } from "./matrixActionsKeys";
import type { MatrixAction } from "./matrixRequests";

/** Everything that the matrix says of somebody: by the heading of the table, then by the text of the row. */
export const ACTIONS: Readonly<Record<string, Readonly<Record<string, MatrixAction>>>> = {
  ...COLLECTOR_ACTIONS,
  ...EVIDENCE_ACTIONS,
  ...KEY_ACTIONS,
};
