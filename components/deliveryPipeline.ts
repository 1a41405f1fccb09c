import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { buildsLink } from "../report/consoleLink";
import { BUCKET_GUARDS, guardBucket, type BucketGuardChildren } from "./bucketGuards";
import { makeBuild } from "./deliveryBuild";
import {
  artifactsBucketPolicy,
  pipelinePolicy,
  pipelineTrustPolicy,
  projectName,
  type DeliveryPipelineInput,
} from "./deliveryPipelinePolicy";
import { deliveryStages } from "./deliveryStages";
import { boundaryArn } from "./permissionsBoundary";
import type { PolicyDocument } from "./policyDocument";
import { providerContext } from "./providerContext";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link DeliveryPipeline}, with their arguments. */
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

/** Arguments of {@link DeliveryPipeline}. */
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

/** Days that artifacts are kept: longer than an approval may wait, which is seven. */
const ARTIFACT_DAYS = 30;

/** Days that the logs of builds are kept. */
const LOG_DAYS = 365;

/**
 * A pipeline that rolls the stacks out: from a commit of the branch by way of a preview and somebody's approval.
 *
 * Preview, approval and rollout are actions of one stage, because a stage holds one execution at a time, in order: nothing else is rolled
 * out between what was previewed and what was approved, and both work on the artifact that the source action made of one commit.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
 */
export class DeliveryPipeline extends pulumi.ComponentResource {
  /** Name of the pipeline. */
  readonly pipelineName: pulumi.Output<string>;
  /** ARN of the role of the rollout, which the deploy roles have to trust. */
  readonly deployRoleArn: pulumi.Output<string>;
  /** ARN of the role of the preview, which the roles named `previewRoleName` have to trust, or else the deploy roles. */
  readonly previewRoleArn: pulumi.Output<string>;

  constructor(name: string, args: DeliveryPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:DeliveryPipeline", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<DeliveryPipelineChildren>(
      `DeliveryPipeline ${name}`,
      [
        ...["bucket", ...BUCKET_GUARDS, "lifecycle", "bucketPolicy", "logGroup", "topic", "subscription"],
        ...["role", "rolePolicy", "buildRole", "buildRolePolicy", "project", "pipeline"],
      ] as (keyof DeliveryPipelineChildren)[],
      args.transform,
    );
    const { pipelineName, tags } = args;
    const where = pulumi.output(providerContext(child));
    const bucketName = where.apply(({ accountId, region }) => `${pipelineName}-${accountId}-${region}`);

    const bucket = make("bucket", aws.s3.Bucket, name, { bucket: bucketName, forceDestroy: true, tags }, child);
    // what is in it is in the repository, too: the key that AWS manages does
    const { publicAccess, ...guards } = guardBucket(name, bucket.bucket, undefined, child, make);
    const lifecycle = make(
      "lifecycle",
      aws.s3.BucketLifecycleConfiguration,
      name,
      {
        bucket: bucket.bucket,
        rules: [
          {
            id: "artifacts",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days: ARTIFACT_DAYS },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      child,
    );
    const bucketPolicy = make(
      "bucketPolicy",
      aws.s3.BucketPolicy,
      name,
      {
        bucket: bucket.bucket,
        policy: pulumi
          .all([where, bucketName])
          .apply(([{ partition }, bucketName]) => JSON.stringify(artifactsBucketPolicy({ partition, bucketName }))),
      },
      { ...child, dependsOn: [publicAccess] },
    );
    const logGroup = make(
      "logGroup",
      aws.cloudwatch.LogGroup,
      name,
      { name: `/aws/codebuild/${pipelineName}`, retentionInDays: LOG_DAYS, tags },
      child,
    );
    const topic =
      args.approvalEmails.length === 0
        ? undefined
        : make(
            "topic",
            aws.sns.Topic,
            name,
            // the pipeline's own role publishes, so the key that AWS manages does
            { name: `${pipelineName}-approvals`, kmsMasterKeyId: "alias/aws/sns", tags },
            child,
          );
    for (const endpoint of topic ? args.approvalEmails : []) {
      const subscription = { topic: topic?.arn ?? "", protocol: "email", endpoint };
      make("subscription", aws.sns.TopicSubscription, `${name}-${endpoint}`, subscription, child);
    }

    const input = pulumi
      .all([where, bucketName, logGroup.name, topic?.arn])
      .apply(([where, bucketName, logGroupName, topicArn]): DeliveryPipelineInput => ({
        ...where,
        pipelineName,
        bucketName,
        connectionArn: args.connectionArn,
        logGroupName,
        ...(topicArn !== undefined && { topicArn }),
      }));
    const document = (of: (input: DeliveryPipelineInput) => PolicyDocument): pulumi.Output<string> =>
      input.apply((input) => JSON.stringify(of(input)));

    const permissionsBoundary = boundaryArn(where, args.permissionsBoundary);
    const builds = { parent: this, name, input, logGroup, args, permissionsBoundary, make };
    const preview = makeBuild("preview", builds);
    const deploy = makeBuild("deploy", builds);

    const role = make(
      "role",
      aws.iam.Role,
      name,
      {
        name: pipelineName,
        path: args.rolePath,
        permissionsBoundary,
        description: "Pipeline that rolls out the collector of IAM credential reports",
        assumeRolePolicy: document(pipelineTrustPolicy),
        tags,
      },
      child,
    );
    const rolePolicy = make(
      "rolePolicy",
      aws.iam.RolePolicy,
      name,
      { name: "pipeline", role: role.name, policy: document(pipelinePolicy) },
      child,
    );
    const approvalLink = where.apply(({ partition, region, accountId }) =>
      buildsLink(partition, region, accountId, projectName(pipelineName, "preview")),
    );
    const pipeline = make(
      "pipeline",
      aws.codepipeline.Pipeline,
      name,
      {
        name: pipelineName,
        pipelineType: "V2",
        // in the order of the commits, and none overtakes another that waits for approval
        executionMode: "QUEUED",
        roleArn: role.arn,
        artifactStores: [{ type: "S3", location: bucket.bucket }],
        stages: pulumi
          .all([preview.project.name, deploy.project.name, approvalLink, topic?.arn])
          .apply(([previewProject, deployProject, approvalLink, topicArn]) => {
            const { connectionArn, repository, branch } = args;
            const projects = { previewProject, deployProject };
            return deliveryStages({ connectionArn, repository, branch, ...projects, approvalLink, topicArn });
          }),
        tags,
      },
      { ...child, dependsOn: [rolePolicy, bucketPolicy, lifecycle, guards.encryption, guards.ownership] },
    );

    this.pipelineName = pipeline.name;
    this.deployRoleArn = deploy.role.arn;
    this.previewRoleArn = preview.role.arn;
    this.registerOutputs({
      pipelineName: this.pipelineName,
      deployRoleArn: this.deployRoleArn,
      previewRoleArn: this.previewRoleArn,
    });
  }
}
