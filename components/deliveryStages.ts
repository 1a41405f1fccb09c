import type * as aws from "@pulumi/aws";
import { PREVIEW_BUILD } from "./deliveryBuildspec";

/** What the stages of the pipeline depend on. */
export interface DeliveryStagesInput {
  connectionArn: string;
  repository: string;
  branch: string;
  previewProject: string;
  deployProject: string;
  /** Where the log of the preview is, for whoever approves; none where no console is known. */
  approvalLink?: string;
  /** Topic that hears of it. */
  topicArn?: string;
}

type Stage = aws.types.input.codepipeline.PipelineStage;
type Action = aws.types.input.codepipeline.PipelineStageAction;

/** The one artifact: what the source action made of one commit. */
const SOURCE = "source";

/**
 * The stages: the commit; then, in one stage, preview, approval and rollout of it.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
 */
export function deliveryStages(input: DeliveryStagesInput): Stage[] {
  const { connectionArn, repository, branch, approvalLink, topicArn } = input;
  const source: Action = {
    ...action("Source", "Source", "CodeStarSourceConnection", {
      ConnectionArn: connectionArn,
      FullRepositoryId: repository,
      BranchName: branch,
    }),
    namespace: "Source",
    outputArtifacts: [SOURCE],
  };
  const approval = action("Approval", "Approval", "Manual", {
    CustomData:
      "Roll out commit #{Source.CommitId}? What would change is in the log of the action Preview: " +
      `build #{Preview.${PREVIEW_BUILD}}`,
    ...(approvalLink !== undefined && { ExternalEntityLink: approvalLink }),
    ...(topicArn !== undefined && { NotificationArn: topicArn }),
  });
  return [
    { name: "Source", actions: [source] },
    {
      name: "Rollout",
      actions: [
        { ...build("Preview", input.previewProject), namespace: "Preview", runOrder: 1 },
        { ...approval, runOrder: 2 },
        { ...build("Deploy", input.deployProject), runOrder: 3 },
      ],
    },
  ];
}

function build(name: string, project: string): Action {
  return { ...action(name, "Build", "CodeBuild", { ProjectName: project }), inputArtifacts: [SOURCE] };
}

function action(name: string, category: string, provider: string, configuration: Record<string, string>): Action {
  return { name, category, owner: "AWS", provider, version: "1", configuration };
}
