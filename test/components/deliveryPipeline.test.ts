import { expect } from "chai";
import { deliveryBuildspec } from "../../components/deliveryBuildspec";
import { DeliveryPipeline } from "../../components/deliveryPipeline";
import type { DeliveryPipelineArgs } from "../../components/deliveryPipelineArgs";
import {
  artifactsBucketPolicy,
  buildPolicy,
  buildTrustPolicy,
  pipelinePolicy,
  pipelineTrustPolicy,
  type DeliveryPipelineInput,
} from "../../components/deliveryPipelinePolicy";
import { deliveryStages } from "../../components/deliveryStages";
import type { PolicyDocument } from "../../components/policyDocument";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type MockedPlace, type Registered } from "../support/pulumiMocks";

const CONNECTION = "arn:aws:codeconnections:eu-central-1:111122223333:connection/1234";
const PASSPHRASE = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:passphrase-AbCdEf";
const ARGS: DeliveryPipelineArgs = {
  pipelineName: "delivery",
  connectionArn: CONNECTION,
  repository: "example/reports",
  branch: "main",
  stateBackend: "s3://state",
  deployRoleArns: ["arn:aws:iam::222233334444:role/rollout"],
  pulumiVersion: "3.259.0",
  approvalEmails: [],
};
const INPUT: DeliveryPipelineInput = {
  partition: "aws",
  region: "eu-central-1",
  accountId: "111122223333",
  pipelineName: "delivery",
  bucketName: "delivery-111122223333-eu-central-1",
  connectionArn: CONNECTION,
  logGroupName: "/aws/codebuild/delivery",
};
const PROJECT = "aws:codebuild/project:Project";
const statement = (policy: PolicyDocument, sid: string) => policy.Statement.find(({ Sid }) => Sid === sid);

interface Action {
  name: string;
  provider: string;
  runOrder?: number;
  inputArtifacts?: string[];
  configuration: Record<string, string>;
}

async function deployed(more: Partial<DeliveryPipelineArgs> = {}, place: MockedPlace = {}): Promise<Registered[]> {
  const registered = mockPulumi({ accountId: "111122223333", ...place });
  const pipeline = new DeliveryPipeline("pipeline", { ...ARGS, ...more });
  expect(await valueOf(pipeline.deployRoleArn)).to.contain(":role/delivery-deploy");
  await settled();
  return registered;
}

function actionsOf(registered: readonly Registered[], stage: string): Action[] {
  const { stages } = only(registered, "aws:codepipeline/pipeline:Pipeline") as {
    stages: { name: string; actions: Action[] }[];
  };
  return stages.find(({ name }) => name === stage)?.actions ?? [];
}

function named(registered: readonly Registered[], type: string, name: string): Record<string, unknown> {
  const found = registered.find(({ type: of, inputs }) => of === type && inputs["name"] === name);
  if (!found) throw new Error(`no ${type} of the name ${name}`);
  return found.inputs;
}

function policyOf(registered: readonly Registered[], roleName: string): PolicyDocument {
  const found = registered.find(
    ({ type, inputs }) => type === "aws:iam/rolePolicy:RolePolicy" && inputs["role"] === roleName,
  );
  return JSON.parse(String(found?.inputs["policy"])) as PolicyDocument;
}

describe("DeliveryPipeline", () => {
  let registered: Registered[];
  before(async () => {
    registered = await deployed({ approvalEmails: ["platform@example.com"], passphraseSecretArn: PASSPHRASE });
  });

  it("previews, waits for approval and rolls out in one stage, so that nothing comes between", () => {
    const pipeline = only(registered, "aws:codepipeline/pipeline:Pipeline");
    expect(pipeline).to.include({ pipelineType: "V2", executionMode: "QUEUED" });
    expect((pipeline["stages"] as { name: string }[]).map(({ name }) => name)).to.deep.equal(["Source", "Rollout"]);
    const actions = actionsOf(registered, "Rollout");
    expect(actions.map(({ name, provider, runOrder }) => [name, provider, runOrder])).to.deep.equal([
      ["Preview", "CodeBuild", 1],
      ["Approval", "Manual", 2],
      ["Deploy", "CodeBuild", 3],
    ]);
  });

  it("rolls out the very artifact that was previewed: both builds take the one that the source action made", () => {
    const [source] = actionsOf(registered, "Source") as [Action & { outputArtifacts: string[] }];
    expect(source.outputArtifacts).to.deep.equal(["source"]);
    expect(source.configuration).to.deep.equal({
      ConnectionArn: CONNECTION,
      FullRepositoryId: "example/reports",
      BranchName: "main",
    });
    const [preview, approval, deploy] = actionsOf(registered, "Rollout");
    expect(preview?.inputArtifacts).to.deep.equal(["source"]);
    expect(deploy?.inputArtifacts).to.deep.equal(["source"]);
    expect(approval).not.to.have.property("inputArtifacts");
    expect(preview?.configuration).to.deep.equal({ ProjectName: "delivery-preview" });
    expect(deploy?.configuration).to.deep.equal({ ProjectName: "delivery-deploy" });
  });

  it("asks for approval with the commit, the build that previewed it, where its log is, and by mail", () => {
    const [, approval] = actionsOf(registered, "Rollout");
    expect(approval?.configuration["CustomData"])
      .to.contain("#{Source.CommitId}")
      .and.to.contain("#{Preview.PREVIEW_BUILD}");
    expect(approval?.configuration).to.include({
      ExternalEntityLink:
        "https://eu-central-1.console.aws.amazon.com/codesuite/codebuild/111122223333/projects/delivery-preview/history?region=eu-central-1",
      NotificationArn: "arn:aws:sns:eu-central-1:111122223333:delivery-approvals",
    });
    expect(only(registered, "aws:sns/topic:Topic")).to.include({ kmsMasterKeyId: "alias/aws/sns" });
    expect(only(registered, "aws:sns/topicSubscription:TopicSubscription")).to.include({
      protocol: "email",
      endpoint: "platform@example.com",
    });
  });

  it("has no topic where nobody is to hear of it, and no link where no console is known", async () => {
    const quiet = await deployed({}, { partition: "aws-iso" });
    expect(quiet.filter(({ type }) => type.startsWith("aws:sns/"))).to.deep.equal([]);
    expect(actionsOf(quiet, "Rollout")[1]?.configuration).to.have.all.keys("CustomData");
    expect(allowedActions(policyOf(quiet, "delivery"))).not.to.include("sns:Publish");
  });

  it("closes its bucket: encrypted, private, over TLS only, emptied by its life cycle", () => {
    expect(only(registered, "aws:s3/bucket:Bucket")).to.include({ bucket: INPUT.bucketName });
    const encryption = only(
      registered,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    );
    expect(encryption["rules"]).to.deep.equal([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true },
    ]);
    expect(only(registered, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).to.include({
      blockPublicAcls: true,
      restrictPublicBuckets: true,
    });
    const { policy } = only(registered, "aws:s3/bucketPolicy:BucketPolicy");
    expect(JSON.parse(String(policy))).to.deep.equal(artifactsBucketPolicy(INPUT));
    const { rules } = only(registered, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");
    expect(rules).to.have.nested.property("[0].expiration.days", 30);
  });

  it("gives its builds the state by its address and secrets by their names, never by their values", () => {
    for (const step of ["preview", "deploy"]) {
      const { environment } = named(registered, PROJECT, `delivery-${step}`) as {
        environment: { environmentVariables: object[]; privilegedMode?: boolean };
      };
      expect(environment.environmentVariables).to.deep.equal([
        { name: "PULUMI_BACKEND_URL", value: "s3://state" },
        { name: "PULUMI_CONFIG_PASSPHRASE", type: "SECRETS_MANAGER", value: PASSPHRASE },
      ]);
      expect(environment).not.to.have.property("privilegedMode");
    }
  });

  it("runs one build of a kind at a time, and writes their logs into a group that expires", () => {
    expect(only(registered, "aws:cloudwatch/logGroup:LogGroup")).to.include({ retentionInDays: 365 });
    for (const [step, buildTimeout] of [
      ["preview", 60],
      ["deploy", 480],
    ] as const) {
      const project = named(registered, PROJECT, `delivery-${step}`);
      expect(project).to.include({ concurrentBuildLimit: 1, buildTimeout });
      expect(project["logsConfig"]).to.deep.equal({
        cloudwatchLogs: { groupName: "/aws/codebuild/delivery", streamName: step },
      });
    }
  });

  it("gives each build a role of its own, which only its project assumes", () => {
    for (const step of ["preview", "deploy"]) {
      const role = named(registered, "aws:iam/role:Role", `delivery-${step}`);
      expect(JSON.parse(String(role["assumeRolePolicy"]))).to.deep.equal(buildTrustPolicy(INPUT, `delivery-${step}`));
    }
  });

  it("lets a preview without a role of its own do what the rollout may, and with one only read", async () => {
    const policyOfPreview = policyOf(registered, "delivery-preview");
    expect(statement(policyOfPreview, "EnterTheAccounts")?.Resource).to.deep.equal(ARGS.deployRoleArns);
    expect(allowedActions(policyOfPreview)).to.have.members(allowedActions(policyOf(registered, "delivery-deploy")));
    const reading = await deployed({ previewRoleName: "only-reads" });
    const narrow = policyOf(reading, "delivery-preview");
    expect(statement(narrow, "EnterTheAccounts")?.Resource).to.deep.equal([
      "arn:aws:iam::222233334444:role/only-reads",
    ]);
    expect(allowedActions(narrow)).not.to.include.oneOf(["s3:PutObject", "s3:DeleteObject"]);
    const wide = policyOf(reading, "delivery-deploy");
    expect(statement(wide, "EnterTheAccounts")?.Resource).to.deep.equal(ARGS.deployRoleArns);
    const { source } = named(reading, PROJECT, "delivery-preview") as { source: { buildspec: string } };
    expect(JSON.parse(source.buildspec)).to.deep.equal(
      deliveryBuildspec({ step: "preview", pulumiVersion: "3.259.0", previewRoleName: "only-reads" }),
    );
  });

  it("knows no partition of its own", async () => {
    const american = await deployed(
      { connectionArn: "", deployRoleArns: [] },
      { partition: "aws-us-gov", region: "us-gov-west-1" },
    );
    expect(JSON.stringify(american.filter(({ type }) => type.startsWith("aws:")))).not.to.contain("arn:aws:");
  });
});

describe("deliveryBuildspec", () => {
  const phases = (step: "preview" | "deploy", previewRoleName?: string) =>
    (
      deliveryBuildspec({ step, pulumiVersion: "3.259.0", previewRoleName }) as {
        phases: { install: { commands: string[]; "runtime-versions": object }; build: { commands: string[] } };
      }
    ).phases;

  it("installs the engine of the very version, sees that it is, and takes a Node that reads the project's packages", () => {
    const { install } = phases("deploy");
    expect(install["runtime-versions"]).to.deep.equal({ nodejs: 22 });
    expect(install.commands.filter((command) => command.includes("3.259.0"))).to.deep.equal([
      "sh /tmp/install-pulumi.sh --no-edit-path --install-root /opt/pulumi --version 3.259.0",
      'test "$(pulumi version)" = v3.259.0',
    ]);
  });

  it("looks and previews, and deploys nothing; by a role that only reads, it previews alone", () => {
    expect(phases("preview").build.commands.slice(1)).to.deep.equal([
      "npm run -s orchestrate -- doctor",
      "npm run -s orchestrate -- preview",
    ]);
    expect(phases("preview", "only-reads").build.commands.slice(1)).to.deep.equal([
      "npm run -s orchestrate -- preview --role-name only-reads",
    ]);
  });

  it("tells the approval which build previewed", () => {
    expect(deliveryBuildspec({ step: "preview", pulumiVersion: "3.259.0" })).to.have.nested.property(
      "env.exported-variables[0]",
      "PREVIEW_BUILD",
    );
    expect(phases("preview").build.commands[0]).to.equal('export PREVIEW_BUILD="$CODEBUILD_BUILD_ID"');
  });

  it("rolls out, and fails where not everything is as it should be then", () => {
    expect(phases("deploy").build.commands).to.deep.equal([
      "npm run -s orchestrate -- up",
      "npm run -s orchestrate -- status",
    ]);
  });
});

describe("the policies of the pipeline", () => {
  const documents = [
    pipelinePolicy({ ...INPUT, topicArn: "arn:aws:sns:eu-central-1:111122223333:approvals" }),
    buildPolicy(INPUT),
    artifactsBucketPolicy(INPUT),
    pipelineTrustPolicy(INPUT),
    buildTrustPolicy(INPUT, "delivery-deploy"),
  ];

  it("let the pipeline fetch by its connection, keep artifacts, start its two builds and ask for approval, no more", () => {
    const [pipeline] = documents as [PolicyDocument];
    expect(pipeline.Statement.map(({ Sid }) => Sid)).to.deep.equal([
      "FetchTheSource",
      "FindTheArtifacts",
      "KeepArtifacts",
      "Build",
      "AskForApproval",
    ]);
    expect(statement(pipeline, "FetchTheSource")?.Resource).to.equal(CONNECTION);
    expect(statement(pipeline, "Build")?.Resource).to.deep.equal([
      "arn:aws:codebuild:eu-central-1:111122223333:project/delivery-preview",
      "arn:aws:codebuild:eu-central-1:111122223333:project/delivery-deploy",
    ]);
    expect(allowedActions(pipeline)).not.to.include.oneOf(["sts:AssumeRole", "iam:PassRole", "s3:DeleteObject"]);
  });

  it("let a build read the source and write its log, no more", () => {
    expect(allowedActions(buildPolicy(INPUT))).to.deep.equal([
      "s3:GetObject",
      "s3:GetObjectVersion",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
  });

  it("trust the one pipeline and the one project of this account", () => {
    expect(pipelineTrustPolicy(INPUT).Statement[0]).to.deep.include({
      Principal: { Service: "codepipeline.amazonaws.com" },
      Condition: {
        StringEquals: { "aws:SourceAccount": "111122223333" },
        ArnEquals: { "aws:SourceArn": "arn:aws:codepipeline:eu-central-1:111122223333:delivery" },
      },
    });
    expect(buildTrustPolicy(INPUT, "delivery-deploy").Statement[0]).to.deep.include({
      Principal: { Service: "codebuild.amazonaws.com" },
      Condition: {
        StringEquals: { "aws:SourceAccount": "111122223333" },
        ArnEquals: { "aws:SourceArn": "arn:aws:codebuild:eu-central-1:111122223333:project/delivery-deploy" },
      },
    });
  });

  it("allow no wildcard action, no open principal and no resource of everybody's", () => {
    for (const document of documents) {
      expect(allowedActions(document).filter((action) => action.includes("*"))).to.deep.equal([]);
      const allowed = document.Statement.filter(({ Effect }) => Effect === "Allow");
      expect(allowed.filter(({ Principal, Resource }) => Principal === "*" || Resource === "*")).to.deep.equal([]);
    }
  });
});

describe("deliveryStages", () => {
  it("names every artifact that an action takes as one that an action before it made", () => {
    const stages = deliveryStages({ ...ARGS, previewProject: "p", deployProject: "d" }) as {
      actions: { inputArtifacts?: string[]; outputArtifacts?: string[] }[];
    }[];
    const made = new Set<string>();
    for (const { inputArtifacts = [], outputArtifacts = [] } of stages.flatMap(({ actions }) => actions)) {
      for (const taken of inputArtifacts) expect(made.has(taken), taken).to.equal(true);
      for (const one of outputArtifacts) made.add(one);
    }
  });
});
