import { parseArn } from "../../components/arn";
import type { CentralStack, OrganizationConfig } from "../configuration/organizationConfig";
import type { AssumeRole } from "../configuration/stackFiles";

const ASSUME_ROLES = "aws:assumeRoles";

/**
 * The configuration with roles of another name in place of those that lead into the accounts, as for somebody who may only read there. What
 * a role of that name asks for besides, such as an external id, is as in the files. Where a stack assumes no role, it stays so.
 */
export function withRoleName(config: OrganizationConfig, roleName: string): OrganizationConfig {
  const central = ({ file, settings }: CentralStack): CentralStack => {
    const written = file.document.config?.[ASSUME_ROLES];
    const config = Array.isArray(written)
      ? { ...file.document.config, [ASSUME_ROLES]: written.map((role: AssumeRole) => renamed(role, roleName)) }
      : file.document.config;
    return {
      settings: { ...settings, deployRoleName: roleName },
      file: {
        ...file,
        assumeRoles: file.assumeRoles.map((role) => renamed(role, roleName)),
        // as it is written there, so that what is encrypted stays so
        document: { ...file.document, config },
      },
    };
  };
  return {
    ...config,
    security: central(config.security),
    logarchive: central(config.logarchive),
    management: central(config.management),
  };
}

function renamed(role: AssumeRole, roleName: string): AssumeRole {
  const parts = parseArn(role.roleArn);
  if (parts === undefined) return role;
  const { partition, accountId } = parts;
  return { ...role, roleArn: `arn:${partition}:iam::${accountId}:role/${roleName}` };
}
