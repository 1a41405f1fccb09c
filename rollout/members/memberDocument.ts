import { regionOfEveryAccount } from "../../runtime/regions";
import { CENTRAL_STACKS, type OrganizationConfig } from "../configuration/organizationConfig";
import { PROJECT } from "../configuration/settings";
import { encryptionOf, hasOwnProvider, holdsSecret, type StackFile } from "../configuration/stackFiles";
import { RolloutError } from "../errors";
import { rolesInto, type MemberAccess } from "./memberAccess";

/**
 * The configuration document of a member account's stack: it follows the management stack's. A secret of that one goes over as it is,
 * encrypted, and with it what it is encrypted by: no secret is in the clear on the way.
 *
 * @throws RolloutError if a secret cannot go over
 */
export function memberDocument(
  config: OrganizationConfig,
  access: MemberAccess,
  accountId: string,
): StackFile["document"] {
  const { file, settings } = config.management;
  const written = file.document.config ?? {};
  const writtenRoles = (written["aws:assumeRoles"] ?? []) as unknown[];
  const values = {
    // roles are of no Region; an account is entered where it has one
    "aws:region": regionOfEveryAccount(file.region),
    "aws:allowedAccountIds": [accountId],
    "aws:assumeRoles": rolesInto(access, accountId, settings.deployRoleName).map((role) => {
      const index = file.assumeRoles.indexOf(role);
      return index < 0 ? role : writtenRoles[index];
    }),
    [`${PROJECT}:managementAccountId`]: settings.managementAccountId,
    ...(settings.collectorAccountId ? { [`${PROJECT}:collectorAccountId`]: settings.collectorAccountId } : {}),
    [`${PROJECT}:collectorRoleName`]: settings.collectorRoleName,
    [`${PROJECT}:memberRoleName`]: settings.memberRoleName,
    ...(settings.rolePath !== "/" && { [`${PROJECT}:rolePath`]: settings.rolePath }),
    ...(settings.securityHub && { [`${PROJECT}:securityHub`]: true }),
    ...(settings.permissionsBoundary && { [`${PROJECT}:permissionsBoundary`]: settings.permissionsBoundary }),
    ...(Object.keys(settings.tags).length > 0 && { [`${PROJECT}:tags`]: settings.tags }),
    ...(settings.externalId ? { [`${PROJECT}:externalId`]: written[`${PROJECT}:externalId`] } : {}),
  };
  if (holdsSecret(values) && !hasOwnProvider(file.document)) {
    throw new RolloutError(
      "Pulumi.management.yaml holds a secret that member stacks take, and Pulumi Cloud encrypted it for that stack alone: encrypt it by a " +
        "key of yours (pulumi stack change-secrets-provider --stack management awskms://…)",
    );
  }
  return {
    ...encryptionOf(file.document),
    ...(file.document.environment !== undefined && { environment: file.document.environment }),
    config: values,
  };
}

/** The configuration document of any stack of the project, by its name. */
export function stackDocument(config: OrganizationConfig, access: MemberAccess, stack: string): StackFile["document"] {
  const central = CENTRAL_STACKS.find((name) => name === stack);
  return central ? config[central].file.document : memberDocument(config, access, stack.slice("member-".length));
}
