import type { DeliveryPipelineArgs } from "./deliveryPipelineArgs";
import { buildPolicy, type DeliveryPipelineInput } from "./deliveryPipelinePolicy";
import { previewPolicy, rolloutPolicy, sameAccounts, type RolloutRights } from "./deliveryPolicy";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** The builds of a pipeline. */
export type BuildStep = "preview" | "deploy";

/** Arguments of a pipeline that its builds have rights by. */
export type BuildRights = Pick<
  DeliveryPipelineArgs,
  | "deployRoleArns"
  | "organizationId"
  | "stateBackend"
  | "stateKeyArn"
  | "previewRoleName"
  | "passphraseSecretArn"
  | "accessTokenSecretArn"
>;

/** What the role of a build may do: read the source, write its log, and what its step may do in the accounts and with the state. */
export function buildRolePolicy(step: BuildStep, args: BuildRights, input: DeliveryPipelineInput): PolicyDocument {
  return policyDocument(...buildPolicy(input).Statement, ...rightsOf(step, args, input.partition).Statement);
}

function rightsOf(step: BuildStep, args: BuildRights, partition: string): PolicyDocument {
  const { previewRoleName, passphraseSecretArn, accessTokenSecretArn } = args;
  const rights: RolloutRights = {
    ...args,
    partition,
    secretArns: [passphraseSecretArn, accessTokenSecretArn].filter((arn) => arn !== undefined),
  };
  if (step === "deploy" || previewRoleName === undefined) return rolloutPolicy(rights);
  return previewPolicy({ ...rights, deployRoleArns: sameAccounts(args.deployRoleArns, previewRoleName) });
}
