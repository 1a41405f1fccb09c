import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { absoluteBackendUrl } from "../../../rollout/configuration/backendUrl";

describe("absoluteBackendUrl", () => {
  let folder: string;
  const project = (): string => path.join(folder, "project");
  const chosen = (env: NodeJS.ProcessEnv = {}): string | undefined =>
    absoluteBackendUrl(project(), { PULUMI_HOME: path.join(folder, "home"), ...env });
  const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "backend-"));
    mkdirSync(project());
    mkdirSync(path.join(folder, "home"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes a relative folder from the project, as by hand, wherever it was chosen", () => {
    write("home/credentials.json", '{"current":"file://login"}');
    expect(chosen()).to.equal(`file://${project()}/login`);
    write("project/Pulumi.yaml", "name: x\nbackend:\n  url: file://../state?no_tmp_dir=true\n");
    expect(chosen()).to.equal(`file://${folder}/state?no_tmp_dir=true`);
    expect(chosen({ PULUMI_BACKEND_URL: "file://./here" })).to.equal(`file://${project()}/here`);
  });

  for (const url of ["file:///state", "file://~", "file://~/state", "file://", "s3://bucket?region=eu-central-1"]) {
    it(`leaves ${url} alone`, () => {
      expect(chosen({ PULUMI_BACKEND_URL: url })).to.equal(undefined);
    });
  }

  it("leaves what it cannot read to the engine", () => {
    write("home/credentials.json", "{{");
    expect(chosen()).to.equal(undefined);
  });
});
