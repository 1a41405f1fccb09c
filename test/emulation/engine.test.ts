import { chmod, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { engineEnvironment, ensureEngine, ensureLanguageHost, type Machine } from "../../emulation/engine";

const SDK = "3.259.0";

/** A machine with nothing but a home folder, and a PATH that each test fills. */
class FakeMachine implements Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly sdkVersion = SDK;
  readonly log: string[] = [];
  install: Machine["install"] = () => Promise.reject(new Error("no network"));

  constructor(readonly home: string) {
    this.env = { PATH: join(home, "tools", "bin"), XDG_CACHE_HOME: join(home, "cache") };
  }

  write = (line: string): void => void this.log.push(line);

  /** Puts a program below the home folder; `script` is what it does. */
  async program(path: string, script: string): Promise<string> {
    const file = join(this.home, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  pulumi = (path: string, version = SDK): Promise<string> => this.program(path, `echo v${version}`);

  /** A `go` that writes an engine to the file after `-o`, and notes each call in `go.calls`. */
  go = (before = ""): Promise<string> =>
    this.program(
      "tools/bin/go",
      `echo "$PWD $*" >> '${this.home}/go.calls'
${before}
while [ "$1" != "-o" ]; do shift; done
printf '#!/bin/sh\\necho v${SDK}\\n' > "$2"
/bin/chmod +x "$2"`,
    );

  calls = async (): Promise<string[]> =>
    (await readFile(join(this.home, "go.calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
}

describe("the Pulumi engine", () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = new FakeMachine(await realpath(await mkdtemp(join(tmpdir(), "engine-"))));
  });
  afterEach(() => rm(machine.home, { recursive: true, force: true }));

  const engine = () => ensureEngine(machine.write, machine);
  const failure = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "none",
      (error: Error) => error.message,
    );

  it("comes from PATH before all else", async () => {
    await machine.pulumi("tools/bin/pulumi", "3.300.1");
    await machine.pulumi(`.pulumi/versions/${SDK}/bin/pulumi`);
    expect(await engine()).to.deep.equal({ root: join(machine.home, "tools"), version: SDK, source: "path" });
    expect(machine.log).to.deep.equal([]);
  });

  it("gets a bin folder where the one on PATH is in none", async () => {
    machine.env.PATH = join(machine.home, "pulumi-3");
    const binary = await machine.pulumi("pulumi-3/pulumi");
    const [{ root }, again] = [await engine(), await engine()];
    expect(again.root).to.equal(root);
    expect(await realpath(join(root, "bin", "pulumi"))).to.equal(binary);
  });

  for (const [version, reason] of [
    ["3.258.9", "its version is 3.258.9"],
    ["4.0.0", "its version is 4.0.0"],
    ["", 'it names its version "v"'],
  ] as const) {
    it(`is passed over, with the reason, when its version is "${version}"`, async () => {
      const old = await machine.pulumi("tools/bin/pulumi", version);
      await machine.pulumi(`.pulumi/versions/${SDK}/bin/pulumi`);
      expect(await engine()).to.include({ source: "installer" });
      expect(machine.log).to.have.length(1);
      expect(machine.log[0]).to.include(`${old} is passed over: ${reason}`);
    });
  }

  it("is passed over when it does not run", async () => {
    await machine.program("tools/bin/pulumi", "echo broken >&2; exit 3");
    await machine.pulumi(".pulumi/bin/pulumi");
    expect(await engine()).to.deep.equal({ root: join(machine.home, ".pulumi"), version: SDK, source: "installer" });
    expect(machine.log[0]).to.include("broken");
  });

  it("comes from the official installer's versions before its current one", async () => {
    await machine.pulumi(".pulumi/bin/pulumi", "3.400.0");
    await machine.pulumi(`.pulumi/versions/${SDK}/bin/pulumi`);
    expect((await engine()).root).to.equal(join(machine.home, ".pulumi", "versions", SDK));
  });

  it("comes from the download when nothing is installed", async () => {
    machine.install = async (version, root) => {
      await machine.pulumi(join(root.slice(machine.home.length + 1), "bin/pulumi"), version);
    };
    await machine.go();
    const root = join(machine.home, ".pulumi", "versions", SDK);
    expect(await engine()).to.deep.equal({ root, version: SDK, source: "npm" });
    expect(await engine()).to.include({ source: "installer" });
    expect(await machine.calls()).to.deep.equal([]);
  });

  it("is built from its module when there is no network, once", async () => {
    await machine.go();
    const built = { root: join(machine.home, "cache", "iam-credential-reports", `engine-${SDK}`), version: SDK };
    expect(await engine()).to.deep.equal({ ...built, source: "go" });
    expect(machine.log.join("\n")).to.include("no download: no network").and.include("built in");
    machine.install = () => Promise.reject(new Error("not asked again"));
    machine.log.length = 0;
    expect(await engine()).to.deep.equal({ ...built, source: "go" });
    expect(machine.log).to.deep.equal([]);
    expect(await machine.calls()).to.have.length(1);
    expect((await machine.calls())[0])
      .to.include("engine/cli build -mod=readonly")
      .and.include(`version.Version=v${SDK}`)
      .and.include("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi");
  });

  it("is built by one of several processes that want it", async () => {
    await machine.go("/bin/sleep 0.2");
    const engines = await Promise.all([engine(), engine(), engine()]);
    expect(new Set(engines.map(({ root }) => root))).to.have.property("size", 1);
    expect(await machine.calls()).to.have.length(1);
  });

  it("is built although a process that began it is gone", async () => {
    await machine.go();
    const bin = join(machine.home, "cache", "iam-credential-reports", `engine-${SDK}`, "bin");
    await mkdir(bin, { recursive: true });
    // The highest process id of Linux is far below this.
    await writeFile(join(bin, "pulumi.lock"), "999999999");
    expect(await engine()).to.include({ source: "go" });
    expect(await readdir(bin)).to.deep.equal(["pulumi"]);
  });

  it("says what the compiler said when the build fails, and leaves nothing", async () => {
    await machine.go("echo 'missing go.sum entry' >&2; exit 1");
    expect(await failure(engine()))
      .to.include(`Pulumi engine ${SDK}`)
      .and.include("missing go.sum entry");
    const bin = join(machine.home, "cache", "iam-credential-reports", `engine-${SDK}`, "bin");
    expect(await readdir(bin)).to.deep.equal([]);
  });

  it("names all four ways, and the remedy, when none is left", async () => {
    expect(await failure(engine()))
      .to.include("PATH")
      .and.include("official installer")
      .and.include("npm package")
      .and.include("no Go")
      .and.include("https://www.pulumi.com/docs/install/");
  });

  it("has its language host beside it, on PATH, or built", async () => {
    await machine.pulumi("tools/bin/pulumi");
    const found = await engine();
    const host = () => ensureLanguageHost(found, machine.write, machine);
    expect(await failure(host()))
      .to.include("pulumi-language-nodejs")
      .and.include("no Go");
    await machine.go();
    const cache = join(machine.home, "cache", "iam-credential-reports", `engine-${SDK}`, "bin");
    expect(await host()).to.deep.equal({ folder: cache, source: "go" });
    machine.env.PATH += `:${join(machine.home, "other")}`;
    await machine.program("other/pulumi-language-nodejs", "");
    expect(await host()).to.deep.equal({ folder: join(machine.home, "other"), source: "path" });
    await machine.program("tools/bin/pulumi-language-nodejs", "");
    expect(await host()).to.deep.equal({ folder: join(machine.home, "tools", "bin"), source: "engine" });
  });

  it("keeps state and plug-ins in the project's own folder, and comes first on PATH", async () => {
    const stateDir = join(machine.home, "state");
    const environment = await engineEnvironment({
      stateDir,
      engine: { root: "/engine", version: SDK, source: "go" },
      languageHost: { folder: "/host", source: "go" },
      env: { PATH: "/usr/bin" },
    });
    expect(environment).to.include({
      PULUMI_HOME: join(stateDir, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${join(stateDir, "pulumi-state")}`,
      PATH: "/engine/bin:/host:/usr/bin",
    });
    expect(await readdir(stateDir)).to.have.members(["pulumi-home", "pulumi-state"]);
  });
});
