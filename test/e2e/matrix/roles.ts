import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { Attempt, World } from "./world";

/** Trying to assume a role. */
export const assuming = (
  owner: Attempt["owner"],
  roleArn: (world: World) => string,
  externalId: (world: World) => string | undefined = () => undefined,
): Attempt => ({
  owner,
  call: (world, { sts }) =>
    sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn(world), RoleSessionName: "matrix", ExternalId: externalId(world) }),
    ),
});

/** Trying to say whom a role trusts: the same as it does. IAM is asked by name, and so in one's own account only. */
export const trusting = (owner: Attempt["owner"], pathAndName: (world: World) => string): Attempt => ({
  owner,
  inside: true,
  call: async (world, { iam }) => {
    const RoleName = pathAndName(world).split("/").at(-1) ?? "";
    const { Role } = await world.as[owner].iam.send(new GetRoleCommand({ RoleName }));
    const PolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    return iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  },
});
