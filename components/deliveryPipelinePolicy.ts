import { bucketArn } from "./arn";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What the policies of a pipeline depend on. */
export interface DeliveryPipelineInput {
  partition: string;
  region: string;
  /** Account in which the pipeline is. */
  accountId: string;
  pipelineName: string;
  bucketName: string;
  /** Connection to the repository. */
  connectionArn: string;
  logGroupName: string;
  /** Topic that hears of approvals that are waited for; none by default. */
  topicArn?: string;
}

/**
 * Only this pipeline assumes its role. https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
 */
export function pipelineTrustPolicy({
  partition,
  region,
  accountId,
  pipelineName,
}: DeliveryPipelineInput): PolicyDocument {
  return serviceTrust(
    "codepipeline",
    accountId,
    `arn:${partition}:codepipeline:${region}:${accountId}:${pipelineName}`,
  );
}

/** Only these projects assume a build's role. https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html */
export function buildTrustPolicy(input: DeliveryPipelineInput, project: string): PolicyDocument {
  return serviceTrust("codebuild", input.accountId, projectArn(input, project));
}

/** Neither service has a name of its own in the China Regions. */
function serviceTrust(service: string, accountId: string, source: string): PolicyDocument {
  return policyDocument({
    Sid: "ThisOneOnly",
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId }, ArnEquals: { "aws:SourceArn": source } },
  });
}

/**
 * What the pipeline may do: fetch from the one repository's connection, keep artifacts, start its builds, tell of approvals.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html#how-to-update-role-new-services
 */
export function pipelinePolicy(input: DeliveryPipelineInput): PolicyDocument {
  const bucket = bucketArn(input.partition, input.bucketName);
  return policyDocument(
    {
      Sid: "FetchTheSource",
      Effect: "Allow",
      // two names of one service: which of them is asked goes by the age of the connection
      Action: ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
      Resource: input.connectionArn,
    },
    {
      Sid: "FindTheArtifacts",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:GetBucketVersioning"],
      Resource: bucket,
    },
    {
      Sid: "KeepArtifacts",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
      Resource: `${bucket}/*`,
    },
    {
      Sid: "Build",
      Effect: "Allow",
      Action: ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
      Resource: [projectName(input.pipelineName, "preview"), projectName(input.pipelineName, "deploy")].map((name) =>
        projectArn(input, name),
      ),
    },
    input.topicArn === undefined
      ? undefined
      : { Sid: "AskForApproval", Effect: "Allow", Action: "sns:Publish", Resource: input.topicArn },
  );
}

/** What every build may do, beside its rollout: read the source, write its log. */
export function buildPolicy(input: DeliveryPipelineInput): PolicyDocument {
  const { partition, region, accountId, logGroupName } = input;
  return policyDocument(
    {
      Sid: "ReadTheSource",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `${bucketArn(partition, input.bucketName)}/*`,
    },
    {
      Sid: "WriteTheLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroupName}:*`,
    },
  );
}

/** The bucket of the artifacts is reached over TLS only. What it holds is the repository's content. */
export function artifactsBucketPolicy({
  partition,
  bucketName,
}: Pick<DeliveryPipelineInput, "partition" | "bucketName">): PolicyDocument {
  const bucket = bucketArn(partition, bucketName);
  return policyDocument({
    Sid: "DenyPlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucket, `${bucket}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/** Name of the project of a build, and of its role. */
export function projectName(pipelineName: string, step: "preview" | "deploy"): string {
  return `${pipelineName}-${step}`;
}

function projectArn({ partition, region, accountId }: DeliveryPipelineInput, name: string): string {
  return `arn:${partition}:codebuild:${region}:${accountId}:project/${name}`;
}
