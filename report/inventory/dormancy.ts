import { ageInDays } from "../ages";
import type { DateCell, Flag } from "../cells";
import type { CredentialRow } from "../rows";

/**
 * Whether a user is dormant, as the saved query `dormant-users` asks it: there is a usable credential (password, active key), and each
 * of them is unused for so many days; one that was never used counts from its set-up.
 *
 * It is stricter than the control `dormant-credentials`, which one unused credential fails even where another is in daily use.
 *
 * @returns `none` without a usable credential; `unknown` where the report does not say.
 */
export function dormancyOf(row: CredentialRow, dormantDays: number): "yes" | "no" | "none" | "unknown" {
  const credentials: [usable: Flag, used: DateCell, set: DateCell][] = [
    [row.passwordEnabled, row.passwordLastUsed, row.passwordLastChanged],
    [row.keys[0].active, row.keys[0].lastUsed, row.keys[0].lastRotated],
    [row.keys[1].active, row.keys[1].lastUsed, row.keys[1].lastRotated],
  ];
  let anyUsable = false;
  let unknown = false;
  for (const [usable, used, set] of credentials) {
    if (usable === false) continue;
    if (usable === true) anyUsable = true;
    const days = ageInDays(used.kind === "never" ? set : used, row);
    const idle = days === undefined ? undefined : days >= dormantDays;
    if (usable === true && idle === false) return "no";
    // A credential of which it is not known whether it can be used says something only where it would not matter.
    if (idle !== true) unknown = true;
  }
  if (!anyUsable) return credentials.every(([usable]) => usable === false) ? "none" : "unknown";
  return unknown ? "unknown" : "yes";
}
