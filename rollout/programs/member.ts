import { MemberRole } from "../../components/memberRole";
import { collectorAccountOf } from "../configuration/settings";
import { programContext, type Outputs } from "./context";

/** The role of one member account. */
export async function memberProgram(): Promise<Outputs> {
  const { settings, externalId, tags } = await programContext("member");
  const role = new MemberRole("member-role", {
    roleName: settings.memberRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    externalId,
    securityHub: settings.securityHub,
    tags,
  });
  return { memberRoleArn: role.roleArn };
}
