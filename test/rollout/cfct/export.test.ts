import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { exportFiles, type ExportAnswer, type ExportOptions } from "../../../rollout/commands/export";
import { RolloutError } from "../../../rollout/errors";
import { readOrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { MANAGEMENT, member, organization } from "../../support/collectorRun";
import { answerOf, PROJECT, run } from "../../support/commandLine";
import { startFakeAws, type FakeAws } from "../../support/fakeAws";
import { unitId } from "../../support/fakeOrganizations";
import { copyProject } from "../../support/projectCopy";
import { CALLER_KEY, startCallersAccount, type CallersAccount } from "../callersAccount";

describe("export --cfct", () => {
  let folder: string;
  let out: string;
  let logged: string[];
  const before = { ...process.env };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "export-"));
    out = path.join(folder, "cfct");
    logged = [];
    // nobody answers here: what asks AWS fails
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ACCESS_KEY_ID: CALLER_KEY,
      AWS_SECRET_ACCESS_KEY: "caller-secret",
      AWS_MAX_ATTEMPTS: "1",
    });
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true, force: true });
  });

  const exported = (settings: readonly string[] = [], options: Partial<ExportOptions> = {}): Promise<ExportAnswer> => {
    const project = mkdtempSync(path.join(folder, "project-"));
    copyProject(project, [], { management: settings });
    const context = { config: readOrganizationConfig(project), log: (line: string) => void logged.push(line) };
    return exportFiles(context, { cfct: out, ...options });
  };
  const refused = (...args: Parameters<typeof exported>): Promise<string> =>
    exported(...args).then(
      () => "",
      (error: Error) => {
        expect(error).to.be.instanceOf(RolloutError);
        return error.message;
      },
    );
  const read = (name: string): string => readFileSync(path.join(out, name), "utf8");
  const MANIFEST = "manifest.yaml";
  const TEMPLATE = "templates/iam-credential-reports-member.template";

  it("writes manifest and template with the configured names, without asking AWS anything", async () => {
    const answer = await exported([
      "memberRoles: external",
      "memberRoleName: audit",
      "externalId: audit-2026",
      "stackSetName: audit-role",
    ]);
    expect(parse(read(MANIFEST))).to.deep.equal({
      region: "eu-central-1",
      version: "2021-03-15",
      resources: [
        {
          name: "audit-role",
          description: "Role for the collector of IAM credential reports",
          resource_file: TEMPLATE,
          deploy_method: "stack_set",
          deployment_targets: { organizational_units: ["Root"] },
          regions: ["eu-central-1"],
        },
      ],
    });
    const template = parse(read(TEMPLATE)) as { Resources: { MemberRole: { Properties: Record<string, unknown> } } };
    expect(template.Resources.MemberRole.Properties).to.deep.include({ RoleName: "audit", MaxSessionDuration: 3600 });
    expect(read(TEMPLATE))
      .to.contain("sts:ExternalId: audit-2026")
      .and.to.contain(":role/iam-credential-reports-collector");
    expect(answer).to.deep.equal({
      command: "export",
      folder: out,
      files: { [MANIFEST]: path.join(out, MANIFEST), [TEMPLATE]: path.join(out, TEMPLATE) },
      roleName: "audit",
      region: "eu-central-1",
      organizationalUnits: ["Root"],
      accounts: [],
      notes: ["The template holds the external id as it is: whoever may read the template knows it"],
    });
  });

  it("says that up has to leave the role to CfCT", async () => {
    await exported();
    expect(logged.join("\n")).to.contain("Note: Set memberRoles: external in Pulumi.management.yaml");
  });

  it("takes the home Region of AWS Control Tower where it is another", async () => {
    await exported([], { region: "us-east-1" });
    expect(parse(read(MANIFEST)))
      .to.deep.include({ region: "us-east-1" })
      .and.to.have.nested.property("resources[0].regions[0]", "us-east-1");
  });

  it("replaces what it wrote, and leaves what somebody changed", async () => {
    await exported();
    await exported(["memberRoleName: audit"]);
    expect(read(TEMPLATE)).to.contain("RoleName: audit");
    const changed = `${read(MANIFEST)}  - name: another\n`;
    writeFileSync(path.join(out, MANIFEST), changed);
    const template = read(TEMPLATE);
    expect(await refused()).to.match(
      /manifest\.yaml is not as export wrote it.*another folder.*--force\. Nothing was written/,
    );
    expect(read(MANIFEST)).to.equal(changed);
    expect(read(TEMPLATE)).to.equal(template);
    await exported([], { force: true });
    expect(read(MANIFEST)).not.to.contain("another");
  });

  it("leaves nothing where it cannot write all", async () => {
    writeFileSync(out, "a file where a folder should be");
    expect(await refused()).to.match(/cfct.* cannot be written: .*Choose another folder with --cfct/);
    expect(readFileSync(out, "utf8")).to.equal("a file where a folder should be");
    rmSync(out);
    await exported();
    rmSync(path.join(out, "templates"), { recursive: true });
    writeFileSync(path.join(out, "templates"), "");
    const manifest = read(MANIFEST);
    expect(await refused(["stackSetName: another"])).to.contain("cannot be written");
    expect(read(MANIFEST)).to.equal(manifest);
    expect(readdirSync(out).sort()).to.deep.equal([MANIFEST, "templates"]);
  });

  it("refuses a name that CfCT makes too long", async () => {
    expect(await refused([`stackSetName: ${"a".repeat(110)}`])).to.contain("has 110 characters, and CfCT leaves 109");
    expect(existsSync(out)).to.equal(false);
  });

  it("refuses where there is no organization", async () => {
    copyProject(folder);
    const config = readOrganizationConfig(folder);
    config.management.settings.organizationId = "none";
    const error = await exportFiles({ config, log: () => undefined }, { cfct: out }).catch((e: unknown) => e);
    expect((error as Error).message).to.contain("organizationId is none");
    expect(existsSync(out)).to.equal(false);
  });

  it("fails where the names of units cannot be had, and writes nothing", async () => {
    const message = await refused(["stackSetTargets: [ou-exam-12345678]"]);
    expect(message).to.contain("AWS does not take your credentials");
    expect(existsSync(out)).to.equal(false);
  });

  describe("where units are configured", () => {
    let aws: FakeAws;
    let caller: CallersAccount;
    beforeEach(async () => {
      const accounts = [
        { id: member(1), ou: "Workloads/Production" },
        { id: member(2), ou: "Workloads/007" },
      ];
      aws = await startFakeAws(organization(accounts, { pageSize: 1, emptyPages: true }));
      caller = await startCallersAccount(aws.endpoint, MANAGEMENT);
      process.env["AWS_ENDPOINT_URL"] = caller.endpoint;
    });
    afterEach(async () => {
      await caller.close();
      await aws.close();
    });

    it("asks the organization for their names, and quotes what YAML would take for something else", async () => {
      const answer = await exported([`include: [${unitId("Workloads")}, "${member(3)}"]`]);
      expect(answer.organizationalUnits).to.deep.equal(["Workloads", "Workloads:007", "Workloads:Production"]);
      expect(answer.accounts).to.deep.equal([member(3)]);
      expect(read(MANIFEST))
        .to.contain('- "Workloads:007"')
        .and.to.contain(`- "${member(3)}"`);
    });
  });

  it("is a command: JSON alone on standard output, and a folder that has to be named", async () => {
    const orchestrate = (...args: string[]) =>
      run(process.execPath, ["--import=tsx", "orchestrate.ts", "export", ...args], { cwd: PROJECT });
    const ended = await orchestrate("--cfct", out, "--json");
    expect(answerOf<ExportAnswer>(ended)).to.deep.include({ command: "export", folder: out });
    expect(existsSync(path.join(out, TEMPLATE))).to.equal(true);
    expect((await orchestrate()).stderr).to.contain("--cfct <dir>");
    expect((await orchestrate("--cfct", out, "--region", "moon")).code).to.equal(1);
  }).timeout(60_000);
});
