import type * as pulumi from "@pulumi/pulumi";

/*
 * What these stacks use of @pulumi/aws-native. Its own declarations are 13 MB, which everybody would wait for who compiles a program by
 * hand (4 s and 400 MB more, with or without a StackSet), so the few that are needed stand here; a test holds them against the package's.
 */

/** Arguments of {@link StackSet}. https://www.pulumi.com/registry/packages/aws-native/api-docs/cloudformation/stackset/ */
export interface StackSetArgs {
  stackSetName: pulumi.Input<string>;
  description: pulumi.Input<string>;
  permissionModel: "SERVICE_MANAGED";
  callAs: pulumi.Input<"SELF" | "DELEGATED_ADMIN">;
  capabilities: "CAPABILITY_NAMED_IAM"[];
  templateBody: pulumi.Input<string>;
  autoDeployment: { enabled: boolean; retainStacksOnAccountRemoval: boolean };
  managedExecution: { active: boolean };
  operationPreferences: {
    regionConcurrencyType: "PARALLEL";
    concurrencyMode: "SOFT_FAILURE_TOLERANCE";
    failureTolerancePercentage: pulumi.Input<number>;
    maxConcurrentPercentage: pulumi.Input<number>;
  };
  stackInstancesGroup: {
    deploymentTargets: { organizationalUnitIds: pulumi.Input<pulumi.Input<string>[]> };
    regions: pulumi.Input<string>[];
  }[];
  tags?: { key: string; value: string }[];
}

/** A StackSet as a resource. */
export interface StackSet extends pulumi.CustomResource {
  readonly stackSetName: pulumi.Output<string>;
}

/** Arguments of {@link Provider}. */
export interface ProviderArgs {
  region: pulumi.Input<string>;
  allowedAccountIds?: pulumi.Input<string>[];
  assumeRole?: pulumi.Input<{ roleArn: string; externalId?: string; sessionName?: string }>;
}

type Class<Args, Options, Instance> = new (name: string, args: Args, options?: Options) => Instance;

/* eslint-disable @typescript-eslint/no-require-imports -- an import would bring the declarations along */

/** `AWS::CloudFormation::StackSet`, which the provider makes by the Cloud Control API. */
export const { StackSet } = require("@pulumi/aws-native/cloudformation/stackSet") as {
  StackSet: Class<StackSetArgs, pulumi.CustomResourceOptions, StackSet>;
};

/** The provider of the Cloud Control API. */
export const { Provider } = require("@pulumi/aws-native/provider") as {
  Provider: Class<ProviderArgs, pulumi.ResourceOptions, pulumi.ProviderResource>;
};
