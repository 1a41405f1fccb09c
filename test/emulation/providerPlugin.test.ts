import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ensurePlugin, pluginCoverage } from "../../emulation/plugin";

describe("the installed provider plug-in", () => {
  let home: string;
  const log: string[] = [];
  const ensure = () => ensurePlugin(home, (line) => log.push(line));
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "plugin-"));
    log.length = 0;
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it("is where the engine looks for the installed version of @pulumi/aws, and can be run", async () => {
    const { folder, version } = await ensure();
    expect(folder).to.equal(join(home, "plugins", `resource-aws-v${version}`));
    expect((await stat(join(folder, "pulumi-resource-aws"))).mode & 0o111).to.equal(0o111);
  });

  it("is made once by several that ask at the same time, with nothing left over", async () => {
    const [one] = await Promise.all([ensure(), ensure(), ensure()]);
    expect(await readdir(one.folder)).to.have.length(2);
    log.length = 0;
    expect(await ensure()).to.include({ built: false });
    expect(log).to.deep.equal([]);
  });

  it("is made again when its launcher is not the one of this project's Node", async () => {
    const { folder } = await ensure();
    const launcher = join(folder, "pulumi-resource-aws");
    await writeFile(launcher, "#!/bin/sh\nexec /gone/node\n");
    expect(await ensure()).to.include({ built: true });
    expect(await readFile(launcher, "utf8")).to.include(process.execPath);
  });

  it("stands in for the provider of the Cloud Control API too, in that one's version", async () => {
    const { folder } = await ensure();
    const manifest = await readFile(require.resolve("@pulumi/aws-native/package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    const other = join(dirname(folder), `resource-aws-native-v${version}`);
    expect(await readdir(other)).to.have.length(2);
    const launcher = await readFile(join(other, "pulumi-resource-aws-native"), "utf8");
    expect(launcher).to.contain(`PROVIDER_VERSION='${version}'`);
  });

  it("states what it covers", () => {
    expect(pluginCoverage.types).to.include("aws:kms/key:Key").and.to.have.length(35);
    expect(pluginCoverage.functions).to.include("aws:index/getRegion:getRegion").and.to.have.length(7);
  });
});
