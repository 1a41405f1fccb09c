import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { buildsLink } from "../report/consoleLink";
import { BUCKET_GUARDS, guardBucket } from "./bucketGuards";
import { makeBuild } from "./deliveryBuild";
import type { DeliveryPipelineArgs, DeliveryPipelineChildren } from "./deliveryPipelineArgs";
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
import { childMaker } from "./transform";

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
