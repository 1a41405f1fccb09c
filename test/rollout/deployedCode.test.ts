import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildRuntime } from "../../components/runtimeBundle";
import { deployedCode, type DeployedCode } from "../../rollout/commands/deployedCode";
import { readOrganizationConfig } from "../../rollout/configuration/organizationConfig";
import { callerIdentity, withCannedAws } from "../support/cannedAws";
import { PROJECT } from "../support/commandLine";
import { FakeEngine } from "../support/fakeEngine";

const CODE = "aWPZwYOTHJ6yKEw/ym7ZU1SeGuWU7FQ55xzOQ2PC/iI=";

describe("the code that status compares", () => {
  let workRoot: string;
  const lines: string[] = [];

  const compared = (
    outputs: Record<string, unknown>,
    answer: { status: number; body: object },
  ): Promise<DeployedCode> => {
    const engine = new FakeEngine();
    const stack = { urn: "urn:pulumi:management::x::pulumi:pulumi:Stack::x", type: "pulumi:pulumi:Stack", outputs };
    engine.states.set("management", { version: 3, deployment: { resources: [stack] } });
    const context = { config: readOrganizationConfig(PROJECT), engine, projectDir: PROJECT, workRoot };
    const canned = { ...answer, body: JSON.stringify(answer.body) };
    return withCannedAws({ GetCallerIdentity: callerIdentity("111122223333"), Invoke: canned }, () =>
      deployedCode({ ...context, log: (line) => void lines.push(line) }),
    );
  };

  before(() => {
    workRoot = mkdtempSync(path.join(tmpdir(), "deployed-code-"));
  });
  after(() => rmSync(workRoot, { recursive: true }));
  beforeEach(() => lines.splice(0));

  it("is as deployed where Lambda says the hash that the stack has as output, and of this clone where its runtime is the same", async () => {
    const outputs = { codeSha256: CODE, bundleSha256: buildRuntime().sha256 };
    expect(await compared(outputs, { status: 200, body: { CodeSha256: CODE } })).to.deep.equal({
      state: "asDeployed",
      ...outputs,
      runs: CODE,
      sameAsClone: true,
    });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain(CODE).and.contain("as this clone builds it");
  });

  it("is of other sources where this clone builds another runtime", async () => {
    const code = await compared({ codeSha256: CODE, bundleSha256: "00" }, { status: 200, body: { CodeSha256: CODE } });
    expect(code).to.include({ state: "asDeployed", sameAsClone: false });
    expect(lines[0]).to.contain("which this clone does not build");
  });

  it("is changed where Lambda runs something else, and says where to look and how to put it back", async () => {
    const code = await compared(
      { codeSha256: CODE, bundleSha256: "00" },
      { status: 200, body: { CodeSha256: "bad=" } },
    );
    expect(code).to.include({ state: "changed", runs: "bad=", codeSha256: CODE });
    expect(lines.join("\n")).to.match(/somebody changed the code .*bad=.*\n.*UpdateFunctionCode.*refresh, then up/s);
  });

  it("is not known where the stack has no hash yet, or Lambda may not be asked", async () => {
    const before = await compared({}, { status: 200, body: { CodeSha256: CODE } });
    expect(before).to.include({ state: "unknown" });
    expect(lines[0]).to.contain("run up");
    const refused = { status: 403, body: { message: "no rights for GetFunctionConfiguration" } };
    const outputs = { codeSha256: CODE, bundleSha256: "00" };
    expect((await compared(outputs, refused)).cause).to.contain("no rights for GetFunctionConfiguration");
  });
});
