import * as pulumi from "@pulumi/pulumi";
import { permissionsBoundaryArn } from "./arn";
import type { ProviderContext } from "./providerContext";

/** The permissions boundary of a role where the provider works, by the name or ARN that is given; undefined where none is. */
export function boundaryArn(
  where: pulumi.Output<ProviderContext>,
  boundary: pulumi.Input<string> | undefined,
): pulumi.Output<string> | undefined {
  if (boundary === undefined) return undefined;
  return pulumi
    .all([where, boundary])
    .apply(([{ partition, accountId }, name]) => permissionsBoundaryArn(partition, accountId, name));
}
