import type { Effect } from "../../support/permissionMatrix";
import type { Attempt } from "./world";

/** How services name that somebody may not. */
const REFUSED =
  /^(AccessDenied|AccessDeniedException|AuthorizationError(Exception)?|KMSAccessDenied(Exception)?|AWSOrganizationsNotInUseException|MissingAuthenticationToken(Exception)?|NotAuthorized(Exception)?)$/;

/** How they name that there is nothing: to who is of another account it may as well not be there. */
const NOT_FOUND = /NotFound|NoSuch|NonExistent|DoesNotExist/;

/** What is answered to a request that nobody signed. */
const UNSIGNED = /^MissingAuthenticationToken(Exception)?$/;

/**
 * What an unsigned request came to. The emulator tells by the signature which service is asked, but for S3: where it answers anything but
 * that the signature is missing, it took the request for another.
 *
 * @param ofBucket whether it is one of S3
 */
export async function outcomeUnsigned(call: Promise<unknown>, ofBucket: boolean): Promise<Effect | undefined> {
  try {
    await call;
    return "allow";
  } catch (error) {
    const { name } = error as Error;
    return UNSIGNED.test(name) || (ofBucket && name === "AccessDenied") ? "deny" : undefined;
  }
}

/**
 * What a request came to.
 *
 * @param foreign whether the caller is of another account than what he asks for
 * @throws Error where the answer says neither: then nothing was tried
 */
export async function outcomeOf(attempt: Attempt, call: Promise<unknown>, foreign: boolean): Promise<Effect> {
  try {
    await call;
    return "allow";
  } catch (error) {
    const { name } = error as Error;
    if (REFUSED.test(name) || (foreign && NOT_FOUND.test(name))) return "deny";
    if (attempt.beyond?.includes(name)) return "allow";
    throw new Error(`the answer says neither that it is allowed nor that it is refused: ${name}`, { cause: error });
  }
}
