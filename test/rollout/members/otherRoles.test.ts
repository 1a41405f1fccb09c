import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { deploymentTasks } from "../../../rollout/commands/up";
import { orchestration, rollOut } from "../../../rollout/orchestration";
import { withRoleName } from "../../../rollout/members/otherRoles";
import { PROJECT } from "../../support/commandLine";
import { FakeEngine } from "../../support/fakeEngine";

const EXTERNAL_ID = { secure: "v1:encrypted" };

describe("a preview by roles of another name", () => {
  let workRoot: string;
  beforeEach(() => {
    workRoot = mkdtempSync(path.join(tmpdir(), "other-roles-"));
  });
  afterEach(() => rmSync(workRoot, { recursive: true, force: true }));

  it("enters each account by them, asks for what the files say, and leaves the files' own configuration alone", async () => {
    const engine = new FakeEngine();
    const context = orchestration({
      projectDir: PROJECT,
      workRoot,
      engine,
      parallel: 4,
      signal: new AbortController().signal,
      log: () => undefined,
      progress: { write: () => true },
    });
    const { config } = context;
    const assumed = { roleArn: "arn:aws:iam::222233334444:role/path/rollout", externalId: EXTERNAL_ID };
    config.security.file.document.config = { ...config.security.file.document.config, "aws:assumeRoles": [assumed] };
    const before = JSON.stringify(config);
    const reading = withRoleName(config, "only-reads");
    expect(reading.logarchive.file.assumeRoles).to.deep.equal([
      { roleArn: "arn:aws:iam::333344445555:role/only-reads" },
    ]);
    expect(JSON.stringify(config)).to.equal(before);

    const account = { accountId: "444455556666", accountName: "", ouPath: "Root", organizationsState: "ACTIVE" };
    const members = { partition: "aws", way: [], from: "111122223333", accounts: [account], left: [] };
    reading.management.settings.memberRoles = "stacks";
    const tasks = deploymentTasks({ config: reading }, "preview", members, []);
    await rollOut({ ...context, config: reading }, "preview", tasks);
    const rolesOf = (stack: string): unknown =>
      engine.asked.find((request) => request.stack === stack)?.config["aws:assumeRoles"];
    expect(rolesOf("security")).to.deep.equal([
      { roleArn: "arn:aws:iam::222233334444:role/only-reads", externalId: EXTERNAL_ID },
    ]);
    expect(rolesOf("logarchive")).to.deep.equal([{ roleArn: "arn:aws:iam::333344445555:role/only-reads" }]);
    // nobody is assumed there, by whatever name
    expect(rolesOf("management")).to.equal(undefined);
    expect(rolesOf("member-444455556666")).to.deep.equal([
      { roleArn: "arn:aws:iam::444455556666:role/only-reads", sessionName: "iam-credential-reports" },
    ]);
  });
});
