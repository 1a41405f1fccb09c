import type { Change, ChangeKind } from "../../report/difference/change";
import { countKinds, type Difference } from "../../report/difference/difference";

/** A change of a user of the management account. */
export const change = (kind: ChangeKind, user: string): Change => ({
  ...{ kind, accountId: "111122223333", accountName: "Management", ouPath: "Root", user },
  ...{ control: null, before: null, after: null },
});

/** A difference of these changes. */
export function differenceWith(changes: Change[]): Difference {
  const run = { finishedAt: "2026-11-19T02:18:42Z", complete: true };
  return { from: { ...run, runId: "older" }, to: { ...run, runId: "newer" }, counts: countKinds(changes), changes };
}
