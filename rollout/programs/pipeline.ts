import sdk from "@pulumi/pulumi/package.json";
import { DeliveryPipeline } from "../../components/deliveryPipeline";
import { GitHubDelivery } from "../../components/gitHubDelivery";
import { isStandalone } from "../../components/organization";
import type { Settings } from "../configuration/configSchema";
import { programContext, type Outputs } from "./context";

/**
 * What rolls the other stacks out by itself: a pipeline, or roles for a workflow of GitHub Actions. It is no part of what it rolls out: it is
 * deployed by hand, once, and after changes to its settings.
 */
export async function pipelineProgram(): Promise<Outputs> {
  const { settings, tags } = await programContext("pipeline");
  return settings.deliverBy === "github" ? byGitHub(settings, tags) : byCodePipeline(settings, tags);
}

function byCodePipeline(settings: Settings, tags: Record<string, string>): Outputs {
  const pipeline = new DeliveryPipeline("pipeline", {
    ...rightsOf(settings),
    pipelineName: settings.deliveryName,
    connectionArn: settings.connectionArn,
    branch: settings.branch,
    passphraseSecretArn: settings.passphraseSecretArn || undefined,
    accessTokenSecretArn: settings.accessTokenSecretArn || undefined,
    previewRoleName: settings.previewRoleName || undefined,
    // the engine's version is that of its SDK, which the project pins
    pulumiVersion: sdk.version,
    approvalEmails: settings.approvalEmails,
    tags,
  });
  const { pipelineName, deployRoleArn, previewRoleArn } = pipeline;
  return { pipelineName, deployRoleArn, previewRoleArn };
}

function byGitHub(settings: Settings, tags: Record<string, string>): Outputs {
  const { deployRoleArn, previewRoleArn } = new GitHubDelivery("github", {
    ...rightsOf(settings),
    roleName: settings.deliveryName,
    previewRoleName: settings.previewRoleName,
    tags,
  });
  return { deployRoleArn, previewRoleArn };
}

function rightsOf({ repository, stateBackend, stateKeyArn, deployRoleArns, organizationId, ...roles }: Settings) {
  return {
    rolePath: roles.rolePath,
    permissionsBoundary: roles.permissionsBoundary || undefined,
    ...{ repository, stateBackend, deployRoleArns },
    ...(stateKeyArn && { stateKeyArn }),
    ...(organizationId && !isStandalone(organizationId) && { organizationId }),
  };
}
