/** What `policy` prints a policy for. */
export const POLICY_SUBJECTS = ["key", "bucket", "member-role", "member-trust", "member-template"] as const;

/** One of {@link POLICY_SUBJECTS}. */
export type PolicySubject = (typeof POLICY_SUBJECTS)[number];
