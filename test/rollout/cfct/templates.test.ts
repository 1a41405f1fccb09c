import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { memberRoleTemplate, type MemberRoleTemplateInput } from "../../../components/memberRoleTemplate";
import { cfctFiles, MANIFEST_FILE, TEMPLATE_FILE, type CfctTargets } from "../../../rollout/cfct/documents";
import { cfnLint, checkManifest } from "../../support/templateChecks";

const REGIONS = { aws: "eu-central-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" };
const ROLE = { roleName: "audit", collectorAccountId: "111122223333", collectorRoleName: "collector" };
const LEAST = { partition: "aws", ...ROLE };
const VARIANTS: Partial<MemberRoleTemplateInput>[] = [
  {},
  {
    rolePath: "/security/",
    permissionsBoundary: "boundaries/audit",
    collectorRolePath: "/security/",
    externalId: "audit-2026",
    tags: { "iam-credential-reports:stack": "cfct", on: "yes" },
  },
];
const EVERYWHERE: CfctTargets = { units: ["Root"], accounts: [] };

describe("what is exported for CfCT", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "templates-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const filesOf = (input: MemberRoleTemplateInput, targets: CfctTargets): Record<string, string> => {
    const template = memberRoleTemplate(input);
    return cfctFiles({ template, name: "audit-role", region: "eu-central-1", targets });
  };
  const written = (name: string, text: string): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };

  it("has templates that cfn-lint does not mind, nor does it those of the StackSet: every partition, with the least and with all", async () => {
    const files = Object.keys(REGIONS).flatMap((partition) =>
      VARIANTS.flatMap((more, index) => {
        const input = { ...LEAST, partition, ...more };
        return [
          written(`${partition}-${index}.template`, filesOf(input, EVERYWHERE)[TEMPLATE_FILE] ?? ""),
          written(`${partition}-${index}.json`, JSON.stringify(memberRoleTemplate(input))),
        ];
      }),
    );
    expect(files).to.have.length(12);
    const { code, stdout, stderr } = await cfnLint(files, Object.values(REGIONS));
    expect(`${stdout}${stderr}`.trim()).to.equal("");
    expect(code).to.equal(0);
  });

  it("would have one that cfn-lint minds with a property that CloudFormation does not know", async () => {
    const text = filesOf(LEAST, EVERYWHERE)[TEMPLATE_FILE] ?? "";
    const { code, stdout } = await cfnLint(
      [written("wrong.template", text.replace("RoleName:", "RoleNames:"))],
      ["us-east-1"],
    );
    expect(code).not.to.equal(0);
    expect(stdout).to.contain("RoleNames");
  });

  for (const [which, targets] of Object.entries<CfctTargets>({
    "all accounts": EVERYWHERE,
    "units and accounts": { units: ["No", "Workloads:2026-11-23", "Workloads:007"], accounts: ["012345678901"] },
  })) {
    it(`has a manifest that CfCT takes: ${which}`, async () => {
      const text = filesOf(LEAST, targets)[MANIFEST_FILE] ?? "";
      // its own check wants a date here, which is what bare digits are to it
      expect(text).to.match(/^version: 2021-03-15$/m);
      const { code, stdout } = await checkManifest(written(MANIFEST_FILE, text));
      expect(code, stdout).to.equal(0);
    });
  }

  it("would have a manifest that CfCT does not take without targets", async () => {
    const text = filesOf(LEAST, { units: [], accounts: [] })[MANIFEST_FILE] ?? "";
    const { code, stdout } = await checkManifest(written(MANIFEST_FILE, text));
    expect(code).not.to.equal(0);
    expect(stdout).to.contain("deployment_targets");
  });
});
