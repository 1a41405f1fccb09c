import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { boundaryArn } from "./permissionsBoundary";
import { memberRoleDefinition } from "./memberRolePolicy";
import { providerContext } from "./providerContext";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link MemberRole}, with their arguments. */
export interface MemberRoleChildren {
  role: aws.iam.RoleArgs;
  policy: aws.iam.RolePolicyArgs;
}

/** Arguments of {@link MemberRole}. */
export interface MemberRoleArgs {
  /** Name of the role, the same in every member account. @example "iam-credential-reports-member" */
  roleName: pulumi.Input<string>;
  /** Path of the role; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary: name of a managed policy of the account, or ARN of one of AWS's own; none by default. @example "boundaries/audit" */
  permissionsBoundary?: pulumi.Input<string>;
  /** Account in which the collector runs. */
  collectorAccountId: pulumi.Input<string>;
  /** Name of the collector's role in that account; it need not exist yet. */
  collectorRoleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. @example "/security/" */
  collectorRolePath?: pulumi.Input<string>;
  /** `sts:ExternalId` that the collector must present; none by default. */
  externalId?: pulumi.Input<string>;
  /** Let the collector import the account's findings into its Security Hub; false by default. */
  securityHub?: boolean;
  /** Tags of the role. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<MemberRoleChildren>;
}

/**
 * The role of a member account that lets the collector have the credential report made and read it, and nothing else.
 *
 * @example new MemberRole("member-role", { roleName: "iam-credential-reports-member", collectorAccountId: "111122223333", … })
 */
export class MemberRole extends pulumi.ComponentResource {
  /** ARN of the role, known once its policy is in place. */
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: MemberRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:MemberRole", name, {}, opts);
    const make = childMaker<MemberRoleChildren>(`MemberRole ${name}`, ["role", "policy"], args.transform);
    const where = pulumi.output(providerContext({ parent: this }));
    const definition = pulumi
      .all([where, args.collectorAccountId, args.collectorRoleName, args.collectorRolePath, args.externalId])
      .apply(([{ partition }, collectorAccountId, collectorRoleName, collectorRolePath, externalId]) =>
        memberRoleDefinition({
          partition,
          collectorAccountId,
          collectorRoleName,
          collectorRolePath,
          externalId,
          securityHub: args.securityHub,
        }),
      );

    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: args.roleName,
        path: args.rolePath,
        permissionsBoundary: boundaryArn(where, args.permissionsBoundary),
        description: definition.description,
        assumeRolePolicy: definition.apply(({ assumeRolePolicy }) => JSON.stringify(assumeRolePolicy)),
        maxSessionDuration: definition.maxSessionDuration,
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = make(
      "policy",
      aws.iam.RolePolicy,
      name,
      {
        name: definition.policyName,
        role: role.name,
        policy: definition.apply(({ policy }) => JSON.stringify(policy)),
      },
      { parent: this },
    );

    this.roleArn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
