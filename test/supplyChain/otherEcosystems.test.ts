import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PROJECT } from "../support/commandLine";

const IGNORED = ["node_modules/**", ".emulation/**", "build/**"];
const files = (pattern: string): string[] => globSync(pattern, { cwd: PROJECT, exclude: IGNORED }).sort();
const read = (file: string): string => readFileSync(path.join(PROJECT, file), "utf8");

describe("what is installed beside the packages of npm", () => {
  const requirements = files("**/requirements.txt");

  it("are Python packages of one version each, held to the hashes of their files", () => {
    expect(requirements).to.include("emulation/ministack/requirements.txt").and.to.have.length.of.at.least(5);
    for (const file of requirements) {
      const lines = read(file)
        .replaceAll("\\\n", " ")
        .split("\n")
        .filter((line) => line.trim() && !line.startsWith("#"));
      expect(lines, file).not.to.deep.equal([]);
      for (const line of lines) {
        expect(line, file).to.match(/^[\w.-]+==[\w.]+ ( ?; [^-]+)?( *--hash=sha256:[0-9a-f]{64})+$/);
      }
    }
  });

  it("are installed by pip with their hashes, and run no code to install themselves", () => {
    const installers = files("**/*.ts").filter((file) => !file.startsWith("test/") && /"pip",/.test(read(file)));
    expect(installers).to.deep.equal(["bench/pythonEnvironment.ts", "emulation/virtual-environment.ts"]);
    for (const file of installers) expect(read(file), file).to.match(/"--require-hashes", "--only-binary", ":all:"/);
  });

  it("are Go modules of one version, each with its sum, for the engine's build, which changes neither", () => {
    for (const folder of ["emulation/engine/cli", "emulation/engine/languageHost"]) {
      const required = [...read(`${folder}/go.mod`).matchAll(/^\s*(?:require )?(github\S+) (v\S+)$/gm)];
      expect(required.length, folder).to.be.at.least(1);
      const sums = read(`${folder}/go.sum`);
      for (const [, name = "", version = ""] of required) {
        expect(sums, folder).to.contain(`\n${name} ${version} h1:`);
      }
      expect(
        sums
          .trim()
          .split("\n")
          .filter((line) => !/^\S+ v\S+ h1:[\w+/]{43}=$/.test(line)),
      ).to.deep.equal([]);
    }
    expect(read("emulation/engine/goBuild.ts"))
      .to.contain('"-mod=readonly"')
      .and.not.to.match(/GONOSUMDB|GOFLAGS|GONOSUMCHECK/);
  });
});
