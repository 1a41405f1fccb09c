/** Stands where an organization's id would, for one account that is in none: explicit, so that a missing id stays an error. */
export const NO_ORGANIZATION = "none";

/** Whether there is no organization, but one account by itself. */
export function isStandalone(organizationId: string): boolean {
  return organizationId === NO_ORGANIZATION;
}
