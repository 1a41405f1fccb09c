import * as pulumi from "@pulumi/pulumi";
import { regionOfEveryAccount } from "../runtime/regions";
import { Provider, StackSet, type ProviderArgs, type StackSetArgs } from "./cloudControl";
import { memberRoleTemplate } from "./memberRoleTemplate";
import { providerContext } from "./providerContext";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link MemberRoleStackSet}, with their arguments. */
export interface MemberRoleStackSetChildren {
  provider: ProviderArgs;
  stackSet: StackSetArgs;
}

/** Arguments of {@link MemberRoleStackSet}. */
export interface MemberRoleStackSetArgs {
  /** Name of the StackSet, unique in its account and Region. @example "iam-credential-reports-member" */
  stackSetName: pulumi.Input<string>;
  /** Organization root (r-…) or organizational units (ou-…) whose accounts, present and future, get the role. */
  targets: pulumi.Input<pulumi.Input<string>[]>;
  /** Name of the role, the same in every member account. */
  roleName: pulumi.Input<string>;
  /** Path of the role; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary: name of a managed policy that every account has, or ARN of one of AWS's own; none by default. */
  permissionsBoundary?: pulumi.Input<string>;
  /** Account in which the collector runs. */
  collectorAccountId: pulumi.Input<string>;
  /** Name of the collector's role in that account; it need not exist yet. */
  collectorRoleName: pulumi.Input<string>;
  /** Path of that role; `/` by default. @example "/security/" */
  collectorRolePath?: pulumi.Input<string>;
  /** `sts:ExternalId` that the collector must present; none by default. */
  externalId?: pulumi.Input<string>;
  /** Let the collector import each account's findings into its Security Hub; false by default. */
  securityHub?: boolean;
  /** `DELEGATED_ADMIN` where the stack's account is a delegated administrator for StackSets and not the management account. */
  callAs: pulumi.Input<"SELF" | "DELEGATED_ADMIN">;
  /** Accounts in which an operation may fail before it stops, in percent of all. */
  failureTolerancePercentage: pulumi.Input<number>;
  /** Accounts that an operation works on at the same time, in percent of all. */
  maxConcurrentPercentage: pulumi.Input<number>;
  /** Role on the way into the stack's account, if one is assumed; as the stack's other provider has it. */
  assumeRole?: pulumi.Input<{ roleArn: string; externalId?: string; sessionName?: string }>;
  /** Tags of the StackSet and of the roles. */
  tags?: Record<string, string>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<MemberRoleStackSetChildren>;
}

/**
 * The member role in every account of the chosen units, carried there by CloudFormation: a StackSet with service-managed permissions,
 * which needs trusted access for StackSets in the organization. Accounts that join a unit get the role by themselves; those that
 * leave it lose it. The management account gets none: service-managed StackSets never deploy there. Where the collector runs in
 * it, it is read with the collector's own role; else it needs a {@link MemberRole}.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
 */
export class MemberRoleStackSet extends pulumi.ComponentResource {
  /** Name of the StackSet, known once its first operation has ended. */
  readonly stackSetName: pulumi.Output<string>;

  constructor(name: string, args: MemberRoleStackSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:MemberRoleStackSet", name, {}, opts);
    const make = childMaker<MemberRoleStackSetChildren>(
      `MemberRoleStackSet ${name}`,
      ["provider", "stackSet"],
      args.transform,
    );
    const where = pulumi.output(providerContext({ parent: this }));
    const template = pulumi
      .all([
        where,
        args.roleName,
        args.rolePath,
        args.permissionsBoundary,
        args.collectorAccountId,
        args.collectorRoleName,
        args.collectorRolePath,
        args.externalId,
      ])
      .apply(([{ partition }, roleName, rolePath, boundary, collectorAccountId, collectorRoleName, path, externalId]) =>
        memberRoleTemplate({
          partition,
          roleName,
          rolePath,
          permissionsBoundary: boundary,
          collectorAccountId,
          collectorRoleName,
          collectorRolePath: path,
          externalId,
          securityHub: args.securityHub,
          ...(args.tags && { tags: args.tags }),
        }),
      );
    // It reads its own configuration by default, and that of the stack is the other provider's.
    const provider = make(
      "provider",
      Provider,
      name,
      {
        region: where.region,
        allowedAccountIds: [where.accountId],
        ...(args.assumeRole && { assumeRole: args.assumeRole }),
      },
      { parent: this },
    );
    const stackSet = make(
      "stackSet",
      StackSet,
      name,
      {
        stackSetName: args.stackSetName,
        description: "Role for the collector of IAM credential reports in every member account",
        permissionModel: "SERVICE_MANAGED",
        callAs: args.callAs,
        capabilities: ["CAPABILITY_NAMED_IAM"],
        templateBody: template.apply((document) => JSON.stringify(document)),
        autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
        // an account that joins meanwhile does not make an update fail
        managedExecution: { active: true },
        operationPreferences: {
          regionConcurrencyType: "PARALLEL",
          // the strict mode works on one account more at a time than may fail
          concurrencyMode: "SOFT_FAILURE_TOLERANCE",
          failureTolerancePercentage: args.failureTolerancePercentage,
          maxConcurrentPercentage: args.maxConcurrentPercentage,
        },
        // roles are of no Region; one is enough, and every account has to have it
        stackInstancesGroup: [
          {
            deploymentTargets: { organizationalUnitIds: args.targets },
            regions: [where.region.apply(regionOfEveryAccount)],
          },
        ],
        ...(args.tags && { tags: Object.entries(args.tags).map(([key, value]) => ({ key, value })) }),
      },
      // thousands of accounts take hours
      { parent: this, provider, customTimeouts: { create: "12h", update: "12h", delete: "12h" } },
    );

    this.stackSetName = pulumi.all([stackSet.stackSetName, stackSet.id]).apply(([stackSetName]) => stackSetName);
    this.registerOutputs({ stackSetName: this.stackSetName });
  }
}
