/** What a build does. */
export interface DeliveryBuildInput {
  step: "preview" | "deploy";
  /** Version of the Pulumi CLI, as in `3.259.0`. */
  pulumiVersion: string;
  /** Role that the preview assumes in place of the deploy roles; it looks at less then, since that role only reads. */
  previewRoleName?: string;
}

/** Node that starts the orchestrator; it runs on the one that the project pins. Older ones cannot read its packages. */
const NODE = 22;

/** Where the build's identifier is for the approval to name. */
export const PREVIEW_BUILD = "PREVIEW_BUILD";

/**
 * The buildspec of a build, as an object; JSON is YAML.
 *
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
 */
export function deliveryBuildspec(input: DeliveryBuildInput): object {
  const { pulumiVersion: version } = input;
  return {
    version: "0.2",
    env: { shell: "bash", ...(input.step === "preview" && { "exported-variables": [PREVIEW_BUILD] }) },
    phases: {
      install: {
        "runtime-versions": { nodejs: NODE },
        "on-failure": "ABORT",
        commands: [
          "curl -fsSL --retry 3 https://get.pulumi.com/install.sh -o /tmp/install-pulumi.sh",
          `sh /tmp/install-pulumi.sh --no-edit-path --install-root /opt/pulumi --version ${version}`,
          "ln -sf /opt/pulumi/bin/* /usr/local/bin/",
          `test "$(pulumi version)" = v${version}`,
        ],
      },
      build: { "on-failure": "ABORT", commands: commandsOf(input) },
    },
  };
}

function commandsOf({ step, previewRoleName }: DeliveryBuildInput): string[] {
  const orchestrate = (rest: string): string => `npm run -s orchestrate -- ${rest}`;
  if (step === "deploy") return [orchestrate("up"), orchestrate("status")];
  return [
    `export ${PREVIEW_BUILD}="$CODEBUILD_BUILD_ID"`,
    // what a role that only reads cannot do, doctor would call wrong
    ...(previewRoleName === undefined
      ? [orchestrate("doctor"), orchestrate("preview")]
      : [orchestrate(`preview --role-name ${previewRoleName}`)]),
  ];
}
