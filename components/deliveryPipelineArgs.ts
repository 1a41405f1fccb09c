import type * as aws from "@pulumi/aws";
import type { BucketGuardChildren } from "./bucketGuards";
import type { Transforms } from "./transform";

/** Children of the delivery pipeline, with their arguments. */
export interface DeliveryPipelineChildren extends BucketGuardChildren {
  bucket: aws.s3.BucketArgs;
  lifecycle: aws.s3.BucketLifecycleConfigurationArgs;
  bucketPolicy: aws.s3.BucketPolicyArgs;
  logGroup: aws.cloudwatch.LogGroupArgs;
  topic: aws.sns.TopicArgs;
  subscription: aws.sns.TopicSubscriptionArgs;
  role: aws.iam.RoleArgs;
  rolePolicy: aws.iam.RolePolicyArgs;
  buildRole: aws.iam.RoleArgs;
  buildRolePolicy: aws.iam.RolePolicyArgs;
  project: aws.codebuild.ProjectArgs;
  pipeline: aws.codepipeline.PipelineArgs;
}

/** Arguments of the delivery pipeline. */
export interface DeliveryPipelineArgs {
  /** Name of the pipeline; names of roles, projects, log group, topic and bucket begin with it. @example "iam-credential-reports-delivery" */
  pipelineName: string;
  /** ARN of the connection to where the repository is hosted; somebody has to have confirmed it in the console. */
  connectionArn: string;
  /** The repository with your configuration, by owner and name. @example "example/iam-credential-reports" */
  repository: string;
  /** Branch that is rolled out. */
  branch: string;
  /** Address of Pulumi's state, as `pulumi login` takes it. @example "s3://example-state?region=eu-central-1" */
  stateBackend: string;
  /** Key of the state's bucket, of its secrets, or of both. */
  stateKeyArn?: string;
  /** Secret or parameter, by ARN, with the passphrase of the stacks; none where their secrets provider is a key. */
  passphraseSecretArn?: string;
  /** Secret or parameter, by ARN, with the access token of Pulumi Cloud, where the state is there. */
  accessTokenSecretArn?: string;
  /** Roles that the builds may assume: the first of `aws:assumeRoles` of each stack. */
  deployRoleArns: readonly string[];
  /** Role that the preview assumes in place of those, in the same accounts; without it, the preview may do what the rollout may. */
  previewRoleName?: string;
  /** Organization that the roles' accounts are of; not asked for where there is none. */
  organizationId?: string;
  /** Version of the Pulumi CLI that the builds install. @example "3.259.0" */
  pulumiVersion: string;
  /** Addresses that are told of a rollout that waits for approval. */
  approvalEmails: readonly string[];
  /** Path of the roles; `/` by default. @example "/security/" */
  rolePath?: string;
  /** Permissions boundary of the roles: name of a managed policy of the account, or ARN of one of AWS's own; none by default. */
  permissionsBoundary?: string;
  /** Tags of everything. */
  tags?: Record<string, string>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<DeliveryPipelineChildren>;
}
