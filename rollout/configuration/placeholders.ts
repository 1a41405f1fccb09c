/**
 * Stands in a preview for the id of a key that does not exist yet. It shows in the previewed policies, and is never deployed:
 * `up` takes the key's ARN from the security stack.
 */
export const PLACEHOLDER_KEY_ID = "00000000-0000-0000-0000-000000000000";
