import { ageInDays } from "../ages";
import { isoTime, type DateCell, type Flag } from "../cells";
import type { Result } from "../controls";
import { keyExists, type AccessKey, type CredentialRow, type SigningCertificate } from "../rows";

/** What the cells of the inventory say, in the words of the report's page. */

/** Yes, no, or that the report does not say. */
export function flagWord(flag: Flag): string {
  if (typeof flag === "boolean") return flag ? "yes" : "no";
  return flag === "unsupported" ? "not reported" : "not known";
}

/** The time in UTC, or what the report says instead. */
export function timeWord(cell: DateCell): string {
  switch (cell.kind) {
    case "date":
      return isoTime(cell.at);
    case "never":
    case "none":
      return cell.kind;
    case "unsupported":
      return "not reported";
    case "unknown":
      return "not known";
  }
}

/** Whole days from a cell to the row's report; null where it holds no date. */
export function days(cell: DateCell, row: CredentialRow): number | null {
  return ageInDays(cell, row) ?? null;
}

/** What a credential is: active, inactive, none, or that the report does not say. */
export function keyWord(key: AccessKey): string {
  return usableWord(key.active, keyExists(key));
}

/** The same for a signing certificate. */
export function certificateWord({ active, lastRotated }: SigningCertificate): string {
  return usableWord(active, active === true || lastRotated.kind === "date");
}

function usableWord(active: Flag, exists: boolean): string {
  if (active === true) return "active";
  if (active === false) return exists ? "inactive" : "none";
  return flagWord(active);
}

/** Whether a subject fails a control; a control that is not about it says so. */
export function resultWord(result: Result | undefined): string {
  switch (result) {
    case "fail":
      return "yes";
    case "pass":
      return "no";
    case "notDecidable":
      return "not known";
    default:
      return NOT_APPLICABLE;
  }
}

/** The answer to a question that need not apply to a subject. */
export const NOT_APPLICABLE = "not applicable";
