import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkov, type Checked, type CheckFinding } from "../support/checkov";
import type { Registered } from "../support/pulumiMocks";
import { CONFIGURATION_NAMES } from "../support/renderedConfigurations";
import { render } from "../support/renderedPolicies";
import { cfnLint } from "../support/templateChecks";
import { terraformType, terraformView } from "../support/terraformView";

/** Findings of one check that are looked at and accepted. */
interface Exception {
  check: string;
  /** Resources that it is for, by their names; all by default. */
  of?: RegExp;
  why: string;
}

/** Every finding of checkov is mended or stands here. */
const EXCEPTIONS: Exception[] = [
  {
    check: "CKV2_AWS_62",
    why: "a run says itself what it stored, by events of its own (docs/events.md), and by its manifest",
  },
  {
    check: "CKV_AWS_116",
    of: /collector$/,
    why: "events whose run failed go to a queue by the function's destination, which took the place of that setting",
  },
  {
    check: "CKV_AWS_117",
    of: /collector$/,
    why: "the function talks to services of AWS alone, over TLS; a network of its own would need an endpoint for each, IAM's and Organizations' in one Region",
  },
  {
    check: "CKV_AWS_144",
    of: /(report-bucket|report-replica|analysis-results|pipeline)$/,
    why: "the evidence is replicated where replicaRegion says so; the replica is one, and answers and artifacts are made again",
  },
  {
    check: "CKV_AWS_147",
    of: /pipeline-/,
    why: "a build keeps nothing but its log; the state has a key of its own (docs/state.md)",
  },
  {
    check: "CKV_AWS_158",
    why: "logs hold no evidence and no secrets, and CloudWatch encrypts them with a key of its own",
  },
  {
    check: "CKV_AWS_18",
    why: "who read or wrote which object is in CloudTrail's data events, with the role's session, which server access logs lack",
  },
  {
    check: "CKV_AWS_21",
    of: /(analysis-results|pipeline)$/,
    why: "answers and artifacts are no evidence: they are made again, and expire after days",
  },
  {
    check: "CKV_AWS_219",
    of: /pipeline$/,
    why: "artifacts are the repository's content; the key that AWS manages does",
  },
  {
    check: "CKV_AWS_272",
    of: /collector$/,
    why: "who may change the function's code may sign it too: both are the deployer's rights; the bundle is reproducible instead",
  },
  {
    check: "CKV_AWS_285",
    of: /machine$/,
    why: "Step Functions keeps the history of executions for 90 days, and each step logs; the log level is an argument of the component",
  },
  {
    check: "CKV_AWS_297",
    of: /schedule$/,
    why: "a schedule holds the name of what it starts, and nothing that is secret",
  },
  { check: "CKV_AWS_50", of: /collector$/, why: "AWS charges for traces: they are on where tracing says so" },
  { check: "CKV_AWS_284", of: /machine$/, why: "the same: they are on where tracing says so" },
  {
    check: "CKV_AWS_61",
    of: /member-role$/,
    why: "the account is narrowed to one role by aws:PrincipalArn, which the check does not read",
  },
];

const FAULTY = JSON.stringify({
  AWSTemplateFormatVersion: "2010-09-09",
  Resources: {
    Wide: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
        },
        Policies: [
          {
            PolicyName: "all",
            PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
          },
        ],
      },
    },
  },
});

const fileName = (text: string): string => text.replace(/\W+/g, "-");
const texts = (findings: readonly CheckFinding[]): string[] =>
  findings.map(({ file, resource, check, asks }) => `${file}: ${resource}: ${check} ${asks}`);
const excepts = ({ check, of }: Exception, finding: CheckFinding): boolean =>
  check === finding.check && (of === undefined || of.test(finding.resource));

/** Every template of every configuration, by a file's name, each text once. */
async function templates(): Promise<Record<string, string>> {
  const files = new Map<string, string>();
  for (const name of CONFIGURATION_NAMES) {
    for (const { stack, text } of (await render(name)).templates) files.set(text, `${fileName(name)}-${stack}.json`);
  }
  return Object.fromEntries([...files].map(([text, file]) => [file, text]));
}

describe("templates that CloudFormation gets", function () {
  // every stack of every configuration is rendered, and the tools installed where they are not there yet
  this.timeout(600_000);

  it("are as cfn-lint wants them, in every configuration", async () => {
    const folder = mkdtempSync(join(tmpdir(), "templates-"));
    try {
      const files = Object.entries(await templates()).map(([name, text]) => {
        const file = join(folder, name);
        writeFileSync(file, text);
        return file;
      });
      const { code, stdout, stderr } = await cfnLint(files, ["eu-central-1", "us-gov-west-1", "cn-north-1"]);
      expect(`${stdout}${stderr}`.trim()).to.equal("");
      expect(code).to.equal(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("are as checkov wants them, in every configuration, where it finds what is planted", async () => {
    const files = await templates();
    const { passed, findings } = await checkov("cloudformation", { ...files, "planted.json": FAULTY });
    const planted = findings.filter(({ file }) => file === "planted.json");
    expect(planted.map(({ check }) => check)).to.include.members(["CKV_AWS_60", "CKV_AWS_107", "CKV_AWS_109"]);
    expect(texts(findings.filter((finding) => !planted.includes(finding)))).to.deep.equal([]);
    expect(passed).to.be.at.least(Object.keys(files).length);
  });
});

describe("resources of the stacks", function () {
  this.timeout(600_000);
  let checked: Checked;

  const UNENCRYPTED: Registered[] = [
    { type: "aws:s3/bucket:Bucket", name: "planted-bucket", inputs: { bucket: "planted" } },
    { type: "aws:sqs/queue:Queue", name: "planted-queue", inputs: { name: "planted" } },
    { type: "aws:kms/key:Key", name: "planted-key", inputs: { enableKeyRotation: false } },
  ];
  const isPlanted = ({ file }: CheckFinding): boolean => file === "planted.tf.json";

  before(async () => {
    const files: Record<string, string> = { "planted.tf.json": terraformView(UNENCRYPTED) };
    for (const name of CONFIGURATION_NAMES) {
      for (const { stack, resources } of (await render(name)).stacks) {
        files[`${fileName(name)}/${stack}.tf.json`] = terraformView(resources);
      }
    }
    checked = await checkov("terraform_json", files);
  });

  it("are as checkov wants them, in the words of Terraform, but for what is accepted with a reason", () => {
    const left = checked.findings.filter(
      (finding) => !isPlanted(finding) && !EXCEPTIONS.some((known) => excepts(known, finding)),
    );
    expect(texts(left)).to.deep.equal([]);
    expect(checked.passed).to.be.above(1000);
  });

  for (const exception of EXCEPTIONS) {
    it(`would not be without this exception: ${exception.check}, because ${exception.why}`, () => {
      const excepted = checked.findings.filter((finding) => !isPlanted(finding) && excepts(exception, finding));
      expect(excepted, "an exception that is no longer needed").not.to.deep.equal([]);
    });
  }

  it("would be found if they were not encrypted, rotated, or closed to the public", () => {
    const checks = checked.findings.filter(isPlanted).map(({ check }) => check);
    expect(checks).to.include.members(["CKV_AWS_27", "CKV_AWS_7", "CKV2_AWS_6", "CKV_AWS_145"]);
  });

  it("are named as Terraform names them", () => {
    expect(terraformType("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).to.equal(
      "aws_s3_bucket_public_access_block",
    );
    expect(terraformType("aws:codepipeline/pipeline:Pipeline")).to.equal("aws_codepipeline");
    expect(terraformType("pulumi:providers:aws-native")).to.equal(undefined);
  });
});
