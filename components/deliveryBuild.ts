import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { deliveryBuildspec } from "./deliveryBuildspec";
import type { DeliveryPipelineArgs, DeliveryPipelineChildren } from "./deliveryPipelineArgs";
import { buildRolePolicy, type BuildStep } from "./deliveryBuildPolicy";
import { buildTrustPolicy, projectName, type DeliveryPipelineInput } from "./deliveryPipelinePolicy";
import { secretVariable } from "./deliveryPolicy";
import type { MakeChild } from "./transform";

/** Minutes that a build may take; a StackSet of thousands of accounts takes hours, and CodeBuild allows eight. */
const MINUTES: Record<BuildStep, number> = { preview: 60, deploy: 480 };

/** What a build is made of. */
export interface BuildParts {
  parent: pulumi.Resource;
  /** Name of the component. */
  name: string;
  input: pulumi.Output<DeliveryPipelineInput>;
  logGroup: aws.cloudwatch.LogGroup;
  args: DeliveryPipelineArgs;
  /** ARN of the permissions boundary of its role. */
  permissionsBoundary: pulumi.Output<string> | undefined;
  make: MakeChild<DeliveryPipelineChildren>;
}

/** Makes the project of a build, with a role of its own. */
export function makeBuild(
  step: BuildStep,
  { parent, name, input, logGroup, args, permissionsBoundary, make }: BuildParts,
): { role: aws.iam.Role; project: aws.codebuild.Project } {
  const child = { parent };
  const { tags } = args;
  const called = projectName(args.pipelineName, step);
  const role = make(
    "buildRole",
    aws.iam.Role,
    `${name}-${step}`,
    {
      name: called,
      path: args.rolePath,
      permissionsBoundary,
      description: `Build that ${step === "preview" ? "previews" : "rolls out"} the collector of IAM credential reports`,
      assumeRolePolicy: input.apply((input) => JSON.stringify(buildTrustPolicy(input, called))),
      tags,
    },
    child,
  );
  const policy = make(
    "buildRolePolicy",
    aws.iam.RolePolicy,
    `${name}-${step}`,
    {
      name: step,
      role: role.name,
      policy: input.apply((input) => JSON.stringify(buildRolePolicy(step, args, input))),
    },
    child,
  );
  const project = make(
    "project",
    aws.codebuild.Project,
    `${name}-${step}`,
    {
      name: called,
      description: `${step === "preview" ? "Previews" : "Rolls out"} the collector of IAM credential reports`,
      serviceRole: role.arn,
      source: { type: "CODEPIPELINE", buildspec: JSON.stringify(deliveryBuildspec({ step, ...args })) },
      artifacts: { type: "CODEPIPELINE" },
      environment: {
        type: "LINUX_CONTAINER",
        // a plug-in a stack takes some hundred MB, four at a time
        computeType: "BUILD_GENERAL1_MEDIUM",
        image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        environmentVariables: [
          { name: "PULUMI_BACKEND_URL", value: args.stateBackend },
          ...secretVariable("PULUMI_CONFIG_PASSPHRASE", args.passphraseSecretArn),
          ...secretVariable("PULUMI_ACCESS_TOKEN", args.accessTokenSecretArn),
        ],
      },
      logsConfig: { cloudwatchLogs: { groupName: logGroup.name, streamName: step } },
      buildTimeout: MINUTES[step],
      concurrentBuildLimit: 1,
      tags,
    },
    { ...child, dependsOn: [policy] },
  );
  return { role, project };
}
