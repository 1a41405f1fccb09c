import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ensureEngine, ensureLanguageHost, engineEnvironment } from "../../emulation/engine";
import { startEmulation, type Emulation } from "../../emulation/session";
import { answerOf, run, type Ended } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const NAME = "iam-credential-reports";

describe("pulumi up by hand, with nothing but the CLI and the stack files", function () {
  this.timeout(600_000);
  let folder: string;
  let emulation: Emulation;
  let env: Record<string, string | undefined>;
  const pulumi = (...args: string[]): Promise<Ended> =>
    run("pulumi", [...args, "--non-interactive"], { cwd: path.join(folder, "project"), env });

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "by-hand-"));
    copyProject(path.join(folder, "project"));
    const log = (): void => undefined;
    const engine = await ensureEngine(log);
    const languageHost = await ensureLanguageHost(engine, log);
    emulation = await startEmulation({ stateDir: path.join(folder, "state"), accounts: 5, log });
    const onPath = await engineEnvironment({ stateDir: path.join(folder, "state"), engine, languageHost });
    env = { ...emulation.environment, PATH: onPath["PATH"] };
  });
  after(async () => {
    await emulation?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("deploys security from its file, and a second time changes nothing", async () => {
    expect(await pulumi("stack", "init", "security")).to.include({ code: 0 });
    expect(await pulumi("up", "-s", "security", "--yes", "--skip-preview")).to.include({ code: 0 });
    const outputs = answerOf<Record<string, string>>(
      await oneLine(pulumi("stack", "output", "-s", "security", "--json")),
    );
    expect(outputs["keyArn"]).to.match(/^arn:aws:kms:eu-central-1:222233334444:key\//);
    expect(outputs["keyAlias"]).to.equal("alias/iam-credential-reports");
    expect(await pulumi("up", "-s", "security", "--yes", "--skip-preview", "--expect-no-changes")).to.include({
      code: 0,
    });
  });

  it("takes the key from the security stack, and key and bucket from both, by stack references", async () => {
    for (const stack of ["logarchive", "management"]) {
      expect(await pulumi("stack", "init", stack)).to.include({ code: 0 });
      const up = await pulumi("up", "-s", stack, "--yes", "--skip-preview");
      expect(up.code, up.stdout + up.stderr).to.equal(0);
    }
    const outputs = answerOf<Record<string, string>>(
      await oneLine(pulumi("stack", "output", "-s", "management", "--json")),
    );
    expect(outputs["functionName"]).to.equal("iam-credential-reports-collector");
    expect(outputs["stackSetName"]).to.equal("iam-credential-reports-member");
  });

  it("gives one clear error for wrong configuration, before any resource is touched", async () => {
    expect(await pulumi("stack", "init", "member-444400000003")).to.include({ code: 0 });
    for (const [key, value] of [
      ["aws:region", "eu-central-1"],
      [`${NAME}:managementAccountId`, "1234"],
      [`${NAME}:memberRoleName`, "not a role"],
    ] as const) {
      await pulumi("config", "set", "-s", "member-444400000003", key, value);
    }
    const up = await pulumi("up", "-s", "member-444400000003", "--yes", "--skip-preview");
    expect(up.code).not.to.equal(0);
    const printed = up.stdout + up.stderr;
    expect(printed).to.contain('managementAccountId: "1234" is not an account id of twelve digits');
    expect(printed).to.contain('memberRoleName: "not a role" is not a role name');
    expect(printed).not.to.contain("aws:iam:Role");
    expect(printed, "a stack trace").not.to.match(/^\s+at /m);
  });

  it("refuses to delete the key while it is protected", async () => {
    const destroy = await pulumi("destroy", "-s", "security", "--yes", "--skip-preview");
    expect(destroy.code).not.to.equal(0);
    expect(destroy.stdout + destroy.stderr).to.contain("protect");
  });
});

/** The CLI prints JSON over several lines; the helper for commands of ours takes one. */
async function oneLine(ended: Promise<Ended>): Promise<Ended> {
  const { stdout, ...rest } = await ended;
  return { ...rest, stdout: stdout.replaceAll("\n", " ") };
}
