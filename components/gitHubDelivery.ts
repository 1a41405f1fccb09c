import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { previewPolicy, rolloutPolicy, sameAccounts, type RolloutRights } from "./deliveryPolicy";
import { GITHUB_ENVIRONMENTS, gitHubTrustPolicy } from "./gitHubTrustPolicy";
import { boundaryArn } from "./permissionsBoundary";
import type { PolicyDocument } from "./policyDocument";
import { providerContext } from "./providerContext";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link GitHubDelivery}, with their arguments. */
export interface GitHubDeliveryChildren {
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
}

/** Arguments of {@link GitHubDelivery}. */
export interface GitHubDeliveryArgs {
  /** What the names of the roles begin with. @example "iam-credential-reports-delivery" */
  roleName: string;
  /** The repository, as GitHub's tokens name it: `owner/name`, or `owner@id/name@id`. */
  repository: string;
  /** Address of Pulumi's state, as `pulumi login` takes it. @example "s3://example-state?region=eu-central-1" */
  stateBackend: string;
  /** Key of the state's bucket, of its secrets, or of both. */
  stateKeyArn?: string;
  /** Roles that a rollout may assume: the first of `aws:assumeRoles` of each stack. */
  deployRoleArns: readonly string[];
  /** Role that a preview assumes in place of those, in the same accounts: it runs code that nobody has reviewed. */
  previewRoleName: string;
  /** Organization that the roles' accounts are of; not asked for where there is none. */
  organizationId?: string;
  /** Path of the roles; `/` by default. @example "/security/" */
  rolePath?: string;
  /** Permissions boundary of the roles: name of a managed policy of the account, or ARN of one of AWS's own; none by default. */
  permissionsBoundary?: string;
  /** Tags of the roles. */
  tags?: Record<string, string>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<GitHubDeliveryChildren>;
}

/** Longest sessions, which nothing makes anew while a job runs; a rollout takes hours where a StackSet has thousands of accounts. */
const SECONDS = { preview: 3600, deploy: 21_600 };

type Step = keyof typeof GITHUB_ENVIRONMENTS;

/**
 * Roles for a workflow of GitHub Actions: one for previews, which only reads, and one for rollouts. Each is for jobs of one environment of
 * one repository. GitHub's OIDC provider has to be in the account already; it is one for all roles there.
 */
export class GitHubDelivery extends pulumi.ComponentResource {
  /** ARN of the role of rollouts. */
  readonly deployRoleArn: pulumi.Output<string>;
  /** ARN of the role of previews. */
  readonly previewRoleArn: pulumi.Output<string>;

  constructor(name: string, args: GitHubDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:GitHubDelivery", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<GitHubDeliveryChildren>(`GitHubDelivery ${name}`, ["role", "rolePolicy"], args.transform);
    const where = pulumi.output(providerContext(child));
    const roleFor = (step: Step, rights: (input: RolloutRights) => PolicyDocument): pulumi.Output<string> => {
      const environment = GITHUB_ENVIRONMENTS[step];
      const role = make(
        "role",
        aws.iam.Role,
        `${name}-${step}`,
        {
          name: `${args.roleName}-${step}`,
          path: args.rolePath,
          permissionsBoundary: boundaryArn(where, args.permissionsBoundary),
          description: `Jobs of ${args.repository} in the environment ${environment}, for the collector of IAM credential reports`,
          assumeRolePolicy: where.apply(({ partition, accountId }) =>
            JSON.stringify(gitHubTrustPolicy({ partition, accountId, repository: args.repository, environment })),
          ),
          maxSessionDuration: SECONDS[step],
          tags: args.tags,
        },
        child,
      );
      const policy = make(
        "rolePolicy",
        aws.iam.RolePolicy,
        `${name}-${step}`,
        {
          name: step,
          role: role.name,
          policy: where.apply(({ partition }) => JSON.stringify(rights({ ...args, partition }))),
        },
        child,
      );
      return pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    };
    this.deployRoleArn = roleFor("deploy", rolloutPolicy);
    this.previewRoleArn = roleFor("preview", (rights) =>
      previewPolicy({ ...rights, deployRoleArns: sameAccounts(args.deployRoleArns, args.previewRoleName) }),
    );
    this.registerOutputs({ deployRoleArn: this.deployRoleArn, previewRoleArn: this.previewRoleArn });
  }
}
