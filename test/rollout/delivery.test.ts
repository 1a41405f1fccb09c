import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { GITHUB_ENVIRONMENTS } from "../../components/gitHubTrustPolicy";
import { gitHubTrustPolicy } from "../../components/gitHubTrustPolicy";
import { CONFIG_SCHEMA } from "../../rollout/configuration/configSchema";
import { pipelineProgram } from "../../rollout/programs/pipeline";
import { PROJECT as NAMESPACE, readSettings, type RawConfig } from "../../rollout/configuration/settings";
import { PROJECT } from "../support/commandLine";
import { mockPulumi, only, settled, type Registered } from "../support/pulumiMocks";
import { checkWorkflow } from "../support/templateChecks";

const EXAMPLES = path.join(PROJECT, "docs/examples");
const WORKFLOW = path.join(EXAMPLES, "github-actions/rollout.yml");
const ROLE = "aws:iam/role:Role";

/** The project's keys of an example of a stack's file. */
function example(name: string): Record<string, unknown> {
  const { config } = parse(readFileSync(path.join(EXAMPLES, "pipeline", name), "utf8")) as { config: RawConfig };
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]));
}

const PIPELINE = example("Pulumi.pipeline.yaml");
const GITHUB = example("Pulumi.pipeline.github.yaml");

function problems(raw: RawConfig): string {
  try {
    readSettings("pipeline", "pipeline", raw, { accountId: "111122223333", region: "eu-central-1" });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

async function deployed(raw: RawConfig): Promise<{ registered: Registered[]; outputs: string[] }> {
  const config = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  const registered = mockPulumi({ accountId: "111122223333" }, { stack: "pipeline", config });
  const outputs = Object.keys(await pipelineProgram());
  await settled();
  return { registered, outputs };
}

describe("the settings of the stack pipeline", () => {
  it("are right in the examples", () => {
    expect(problems(PIPELINE)).to.equal("");
    expect(problems(GITHUB)).to.equal("");
  });

  it("are missed by name", () => {
    const message = problems({ deliverBy: "codepipeline" });
    for (const key of ["repository", "stateBackend", "deployRoleArns"])
      expect(message).to.contain(`${key}: is missing`);
    expect(problems({ ...PIPELINE, connectionArn: "" })).to.contain("connectionArn: is missing");
  });

  for (const [key, value, problem] of [
    ["deliverBy", "jenkins", "use codepipeline or github"],
    ["deliveryName", "Delivery", "3 to 35 lower-case"],
    ["repository", "example", "is not a repository"],
    ["repository", "example@1/reports@2", "leave them away"],
    ["branch", "main; rm -rf /", "the name of a branch"],
    ["connectionArn", "arn:aws:codebuild:eu-central-1:111122223333:project/x", "is not the ARN of a connection"],
    ["stateBackend", "file://~", "no state that a pipeline can reach"],
    ["stateKeyArn", "alias/state", "is not the ARN of a KMS key"],
    ["passphraseSecretArn", "correct horse battery staple", "the secret itself has no place here"],
    ["deployRoleArns", ["arn:aws:iam::*:role/rollout"], "not the ARN of a role"],
    ["previewRoleName", "a/b", "without a path"],
    ["approvalEmails", ["platform"], "no e-mail address"],
  ] as const) {
    it(`refuse ${key}: ${JSON.stringify(value)}`, () => {
      expect(problems({ ...PIPELINE, [key]: value }))
        .to.contain(`${key}: `)
        .and.to.contain(problem);
    });
  }

  it("ask for a role that only reads where previews run code that nobody has reviewed", () => {
    expect(problems({ ...GITHUB, previewRoleName: "" })).to.contain("previewRoleName: is missing");
  });

  it("refuse what a workflow has from elsewhere, and a repository that GitHub does not have", () => {
    expect(problems({ ...GITHUB, approvalEmails: ["platform@example.com"] })).to.contain(
      "approvalEmails: is for deliverBy codepipeline",
    );
    expect(problems({ ...GITHUB, repository: "group/sub/reports" })).to.contain("GitHub has an owner and a name");
  });

  it("are of no other stack", () => {
    const raw = { ...PIPELINE, deliverBy: "jenkins", managementAccountId: "111122223333" };
    expect(() => readSettings("member-444455556666", "member", raw)).not.to.throw();
  });
});

describe("the stack pipeline", () => {
  it("makes a pipeline that installs the engine of the SDK's version, and says which roles to trust", async () => {
    const { registered, outputs } = await deployed({
      ...PIPELINE,
      rolePath: "/delivery/",
      permissionsBoundary: "boundaries/delivery",
      tags: { team: "audit" },
    });
    const roles = registered.filter(({ type }) => type === ROLE);
    expect(roles).to.have.length(3);
    for (const { inputs } of roles) {
      expect(inputs).to.include({
        path: "/delivery/",
        permissionsBoundary: "arn:aws:iam::111122223333:policy/boundaries/delivery",
      });
      expect(inputs["tags"]).to.include({ team: "audit" });
    }
    expect(outputs).to.deep.equal(["pipelineName", "deployRoleArn", "previewRoleArn"]);
    expect(only(registered, "aws:codepipeline/pipeline:Pipeline")).to.include({
      name: "iam-credential-reports-delivery",
    });
    const { version } = JSON.parse(
      readFileSync(path.join(PROJECT, "node_modules/@pulumi/pulumi/package.json"), "utf8"),
    ) as {
      version: string;
    };
    const projects = registered.filter(({ type }) => type === "aws:codebuild/project:Project");
    expect(projects).to.have.length(2);
    for (const { inputs } of projects) {
      expect((inputs["source"] as { buildspec: string }).buildspec).to.contain(`--version ${version}`);
      expect(inputs["tags"]).to.include({ "iam-credential-reports:stack": "pipeline" });
    }
  });

  it("makes two roles for a workflow, each for jobs of its environment, and no pipeline", async () => {
    const { registered, outputs } = await deployed(GITHUB);
    expect(outputs).to.deep.equal(["deployRoleArn", "previewRoleArn"]);
    expect(registered.filter(({ type }) => type.startsWith("aws:code"))).to.deep.equal([]);
    const roles = registered.filter(({ type }) => type === ROLE).map(({ inputs }) => inputs);
    for (const [step, environment] of Object.entries(GITHUB_ENVIRONMENTS)) {
      const role = roles.find(({ name }) => name === `iam-credential-reports-delivery-${step}`);
      const where = { partition: "aws", accountId: "111122223333" };
      const repository = "example@1234567/iam-credential-reports@89012345";
      expect(JSON.parse(String(role?.["assumeRolePolicy"]))).to.deep.equal(
        gitHubTrustPolicy({ ...where, repository, environment }),
      );
    }
  });
});

interface Job {
  environment: string;
  permissions: Record<string, string>;
  needs?: string;
  if: string;
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

describe("the example workflow for GitHub Actions", () => {
  const text = readFileSync(WORKFLOW, "utf8");
  const workflow = parse(text) as {
    permissions: object;
    concurrency: object;
    env: Record<string, string>;
    jobs: Record<"preview" | "deploy", Job>;
  };
  const { preview, deploy } = workflow.jobs;

  it("is one by GitHub's published schema", async () => {
    const { code, stdout } = await checkWorkflow(WORKFLOW);
    expect(code, stdout).to.equal(0);
  }).timeout(30_000);

  it("takes every action by the hash of a commit, with its version beside it", () => {
    const uses = text.split("\n").filter((line) => line.includes("uses:"));
    expect(uses).to.have.length(6);
    for (const line of uses) expect(line).to.match(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("has no rights but those of its jobs, which read the repository and get a token for AWS", () => {
    expect(workflow.permissions).to.deep.equal({});
    for (const job of [preview, deploy]) {
      expect(job.permissions).to.deep.equal({ contents: "read", "id-token": "write" });
    }
    expect(text).not.to.contain("pull_request_target").and.not.to.contain("AWS_SECRET_ACCESS_KEY");
  });

  it("runs each job in the environment whose role it takes", () => {
    for (const [step, job] of [["preview", preview] as const, ["deploy", deploy] as const]) {
      expect(job.environment).to.equal(GITHUB_ENVIRONMENTS[step]);
      const credentials = job.steps.find(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials"));
      expect(credentials?.with?.["role-to-assume"]).to.equal(
        `arn:aws:iam::111122223333:role/${CONFIG_SCHEMA.deliveryName.default}-${step}`,
      );
    }
  });

  it("rolls out only what is on main, after its preview, at the same commit, one after the other", () => {
    expect(deploy.needs).to.equal("preview");
    expect(deploy.if).to.contain("github.event_name == 'push'").and.to.contain("refs/heads/main");
    expect(deploy.steps[0]?.with?.["ref"]).to.equal("${{ github.sha }}");
    expect(workflow.concurrency).to.deep.include({ "cancel-in-progress": false });
    const commands = (job: Job): string[] =>
      job.steps.flatMap(({ run }) => (run?.includes("orchestrate") ? [run] : []));
    expect(commands(deploy)).to.deep.equal(["npm run -s orchestrate -- up", "npm run -s orchestrate -- status"]);
    expect(commands(preview)).to.deep.equal([
      `npm run -s orchestrate -- preview --role-name ${String(GITHUB["previewRoleName"])}`,
    ]);
  });

  it("installs the engine of the project's SDK", () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(PROJECT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(workflow.env["PULUMI_VERSION"]).to.equal(dependencies["@pulumi/pulumi"]);
    expect(workflow.env["PULUMI_BACKEND_URL"]).to.equal(GITHUB["stateBackend"]);
  });
});
