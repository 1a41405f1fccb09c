/** What CloudFormation says of an account that failed, and what to do about it. The first that fits counts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /already exists/i,
    "Remove the role of that name there, which is not the StackSet's (a member stack that was left over is removed by: destroy --members), then run up again",
  ],
  [
    /with an explicit deny|service control policy/i,
    "A service control policy forbids it there: except the roles of StackSets (stacksets-exec-*), then run up again",
  ],
  [
    /not authorized|access ?denied/i,
    "Let the roles of StackSets in that account (stacksets-exec-*) make and change IAM roles, then run up again",
  ],
  [
    /trusted access|service-linked role|AWSServiceRoleForCloudFormationStackSetsOrgMember|cannot be assumed|should have 'AWSCloudFormation/i,
    "Activate trusted access for StackSets in the organization (CloudFormation console, StackSets), then run up again",
  ],
  [/limit ?exceeded|quota/i, "Raise the quota in that account, or remove what is not needed there, then run up again"],
  [/throttl|rate exceeded|timed? ?out/i, "Run up again"],
];

/** What to do about an account that failed. */
export function remedyOf(status: string, reason: string): string {
  if (status === "CANCELLED") {
    return "It was not tried, since more accounts failed than may: correct those, or raise stackSetTolerancePercent, then run up again";
  }
  return (
    REMEDIES.find(([expression]) => expression.test(reason))?.[1] ??
    "Look at the events of the StackSet's stack in that account (CloudFormation console), correct the cause, then run up again"
  );
}
