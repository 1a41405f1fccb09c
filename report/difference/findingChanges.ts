import type { UserChange } from "./change";
import { controlsOf, reasonOf, resultOf, type Control, type Result, type Thresholds } from "../controls";
import type { CredentialRow } from "../rows";

/**
 * Findings of a user that were opened or closed, in the order of the table of controls.
 *
 * @param before Undefined if there was no such user.
 * @param after Undefined if there is none any more.
 */
export function* changesOfFindings(
  user: string,
  before: CredentialRow | undefined,
  after: CredentialRow | undefined,
  thresholds: Thresholds,
): Generator<UserChange, void, undefined> {
  const subject = after ?? before;
  if (!subject) return;
  for (const control of controlsOf(subject)) {
    const was = before && resultOf(control, before, thresholds);
    const is = after && resultOf(control, after, thresholds);
    if ((was === "fail") === (is === "fail")) continue;
    yield {
      kind: is === "fail" ? "findingOpened" : "findingClosed",
      user,
      control: control.id,
      before: inWords(control, was, thresholds),
      after: inWords(control, is, thresholds),
    };
  }
}

function inWords(control: Control, result: Result | undefined, thresholds: Thresholds): string | null {
  switch (result) {
    case undefined:
      return null;
    case "pass":
      return "pass";
    case "notApplicable":
      return "not applicable";
    case "fail":
      return `fail: ${reasonOf(control, result, thresholds)}`;
    case "notDecidable":
      return `not decidable: ${reasonOf(control, result, thresholds)}`;
  }
}
