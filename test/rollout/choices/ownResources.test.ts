import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { PolicyDocument } from "../../../components/policyDocument";
import { deploymentTasks } from "../../../rollout/commands/up";
import { policy } from "../../../rollout/commands/policy";
import { readOrganizationConfig, type OrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { deployedStack } from "../../support/deployedStacks";
import { only } from "../../support/pulumiMocks";

const PROJECT = path.join(__dirname, "../../..");
const KEY = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const READERS = '["arn:aws:iam::333344445555:role/Auditor"]';

/** The example organization with lines added to the files of its stacks. */
function configWith(
  lines: Partial<Record<"security" | "logarchive" | "management", readonly string[]>>,
): OrganizationConfig {
  const folder = mkdtempSync(path.join(tmpdir(), "own-resources-"));
  try {
    for (const stack of ["security", "logarchive", "management"] as const) {
      const name = `Pulumi.${stack}.yaml`;
      const more = (lines[stack] ?? []).map((line) => `  iam-credential-reports:${line}\n`).join("");
      const own = readFileSync(path.join(PROJECT, name), "utf8").replace(
        / {2}iam-credential-reports:readerRoleArns:\n.*\n/,
        `  iam-credential-reports:readerRoleArns: ${READERS}\n`,
      );
      writeFileSync(path.join(folder, name), own + more);
    }
    return readOrganizationConfig(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const everywhere = (line: string) => ({ security: [line], logarchive: [line], management: [line] });

describe("a key of one's own", () => {
  it("takes the place of the one that the security stack makes, and its ARN goes on to the others", async () => {
    const resources = await deployedStack("security", { config: { existingKeyArn: KEY, signManifests: "false" } });
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.deep.equal([]);
    const config = configWith({ security: [`existingKeyArn: ${KEY}`] });
    const members = { partition: "aws", way: [], from: "111122223333", accounts: [] };
    const [, logarchive] = deploymentTasks({ config }, "preview", members, []);
    expect(logarchive?.document(new Map()).config).to.include({ "iam-credential-reports:keyArn": KEY });
  });

  it("leaves the key that signs to the stack", async () => {
    const resources = await deployedStack("security", { config: { existingKeyArn: KEY } });
    expect(only(resources, "aws:kms/key:Key")).to.include({ keyUsage: "SIGN_VERIFY" });
  });

  it("is refused in another Region than the stack's", () => {
    const other = KEY.replace("eu-central-1", "us-east-1");
    expect(() => configWith({ security: [`existingKeyArn: ${other}`] })).to.throw(
      /existingKeyArn: is of a key in us-east-1, and this stack is in eu-central-1/,
    );
  });
});

describe("a bucket of one's own", () => {
  const name = "evidence-of-ours";

  it("takes the place of the one that the logarchive stack makes, and tables are made over it", async () => {
    const resources = await deployedStack("logarchive", { config: { existingBucketName: name } });
    const buckets = resources
      .filter(({ type }) => type === "aws:s3/bucket:Bucket")
      .map(({ inputs }) => inputs["bucket"]);
    expect(buckets).to.deep.equal([`${name}-results`]);
    const table = resources.find(({ type }) => type === "aws:glue/catalogTable:CatalogTable");
    expect(JSON.stringify(table?.inputs)).to.contain(`s3://${name}/`);
  });

  it("is named by the policy of the key that is made for it", async () => {
    const resources = await deployedStack("security", { config: { existingBucketName: name, signManifests: "false" } });
    expect(String(only(resources, "aws:kms/key:Key")["policy"])).to.contain(`arn:aws:s3:::${name}"`);
  });

  it("may be of an account that the deployer has no way into", async () => {
    const config = { existingBucketName: name, logArchiveAccountId: "999988887777", analysis: "false" };
    const resources = await deployedStack("logarchive", { config });
    expect(resources.filter(({ type }) => type.startsWith("aws:"))).to.deep.equal([]);
  });

  it("has to be named in the files of both stacks that name it in policies", () => {
    expect(() => configWith({ logarchive: [`existingBucketName: ${name}`] })).to.throw(
      /existingBucketName: leads to the bucket evidence-of-ours in Pulumi\.logarchive\.yaml and to iam-credential-reports-333344445555-eu-central-1 in Pulumi\.security/,
    );
    const both = [`existingBucketName: ${name}`];
    expect(configWith({ security: both, logarchive: both }).bucketName).to.equal(name);
  });

  it("is refused beside a name for one that is made", () => {
    const both = [`existingBucketName: ${name}`, "bucketName: another"];
    expect(() => configWith({ security: both, logarchive: both })).to.throw(
      /existingBucketName: is set and bucketName too/,
    );
  });
});

describe("what all stacks name", () => {
  it("has to be the same where a file leaves it to its default, too", () => {
    expect(() => configWith({ management: ["rolePath: /security/"] })).to.throw(
      /rolePath: is "\/security\/" in Pulumi\.management\.yaml and "\/" in Pulumi\.security\.yaml; give both the same/,
    );
    expect(() => configWith({ management: ["collectorRoleName: another"] })).to.throw(
      /collectorRoleName: is "another"/,
    );
    expect(configWith(everywhere("rolePath: /security/")).security.settings.rolePath).to.equal("/security/");
    expect(() => configWith({ security: ["bucketName: another"] })).to.throw(/bucketName: leads to the bucket/);
  });
});

describe("the policy command", () => {
  const config = configWith(everywhere("rolePath: /security/"));
  const deploy = (stack: "security" | "logarchive" | "member-444455556666") =>
    deployedStack(stack, {
      config: {
        readerRoleArns: READERS,
        signManifests: "false",
        deliverReports: "false",
        collectorEngine: "lambda",
        rolePath: "/security/",
      },
    });

  it("prints for a key what the security stack would give to its own", async () => {
    const made = String(only(await deploy("security"), "aws:kms/key:Key")["policy"]);
    expect(await policy(config, { for: "key" })).to.deep.equal(JSON.parse(made));
  });

  it("prints for a bucket what the logarchive stack would give to its own", async () => {
    const policies = (await deploy("logarchive")).filter(({ type }) => type === "aws:s3/bucketPolicy:BucketPolicy");
    const made = policies.map(({ inputs }) => JSON.parse(String(inputs["policy"])) as PolicyDocument);
    expect(made).to.deep.include(await policy(config, { for: "bucket", keyArn: KEY }));
  });

  it("prints for a member account what a member stack would make there", async () => {
    const resources = await deploy("member-444455556666");
    const role = only(resources, "aws:iam/role:Role");
    const rights = only(resources, "aws:iam/rolePolicy:RolePolicy");
    expect(await policy(config, { for: "member-trust" })).to.deep.equal(JSON.parse(String(role["assumeRolePolicy"])));
    expect(await policy(config, { for: "member-role" })).to.deep.equal(JSON.parse(String(rights["policy"])));
    expect(JSON.stringify(await policy(config, { for: "member-template" }))).to.contain('"Path":"/security/"');
  });

  it("takes the key's account and ARN from a key of one's own", async () => {
    const own = configWith({ security: [`existingKeyArn: ${KEY.replace("222233334444", "999988887777")}`] });
    expect(JSON.stringify(await policy(own, { for: "key" }))).to.contain("arn:aws:iam::999988887777:root");
    expect(JSON.stringify(await policy(own, { for: "bucket" }))).to.contain(":999988887777:key/1234abcd");
  });

  it("says what is missing where nothing says whose the key is", async () => {
    const nobody = configWith({});
    nobody.security.file.accountId = undefined;
    nobody.security.file.assumeRoles = [];
    const error = await policy(nobody, { for: "key" }).catch((cause: Error) => cause);
    expect((error as Error).message).to.match(/set aws:allowedAccountIds there, or existingKeyArn/);
  });
});
