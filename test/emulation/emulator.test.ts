import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { expect } from "chai";
import { emulatorEnvironment, startEmulator } from "../../emulation/emulator";
import { silent } from "./emulatedAws";
import { alive } from "./emulatedFunction";

const run = promisify(execFile);

describe("the process of the emulator", function () {
  this.timeout(120_000);
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "emulated-state-"));
  });
  afterEach(() => rm(stateDir, { recursive: true, force: true }));

  it("waits for an emulator of the same state folder that is about to end", async () => {
    const first = await startEmulator({ stateDir, log: silent });
    const second = startEmulator({ stateDir, log: silent });
    await first.stop();
    await (await second).stop();
  });

  it("may be stopped twice", async () => {
    const emulator = await startEmulator({ stateDir, log: silent });
    await Promise.all([emulator.stop(), emulator.stop()]);
    await emulator.stop();
    expect(await alive(emulator.pid)).to.equal(false);
  });

  it("ends, and saves its state, when the process that started it is killed", async () => {
    const module = resolve(__dirname, "../../emulation/emulator.ts");
    const script = `require(${JSON.stringify(module)})
      .startEmulator({ stateDir: ${JSON.stringify(stateDir)}, log: () => undefined })
      .then((emulator) => { console.log(emulator.pid); setInterval(() => undefined, 1000); });`;
    const child = spawn(process.execPath, ["--import=tsx", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    expect(await alive(Number(line))).to.equal(true);
    child.kill("SIGKILL");
    // The next emulator of the folder starts when the first has let go of it.
    const next = await startEmulator({ stateDir, log: silent });
    expect(await readdir(join(stateDir, "services"))).to.include("iam.json");
    await next.stop();
  });

  it("says with the end of its log why it did not start", async () => {
    await mkdir(join(stateDir, "lock"));
    const message = await startEmulator({ stateDir, log: silent }).then(
      () => "none",
      (error: Error) => error.message,
    );
    expect(message).to.include("ended while it started (status 1)").and.include("IsADirectoryError");
  });

  it("is what a child process takes for AWS, whatever the caller has set", async () => {
    const emulator = await startEmulator({ stateDir, log: silent });
    try {
      const plan = { region: "eu-central-1", deployer: { userName: "x", accessKeyId: "1", secretAccessKey: "test" } };
      const deployer = { ...plan.deployer, accessKeyId: "111122223333" };
      const caller = { AWS_PROFILE: "mine", AWS_CONFIG_FILE: "/mine", AWS_SESSION_TOKEN: "mine", AWS_REGION: "mine" };
      const script = `const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
        new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log(Arn));`;
      const { stdout } = await run(process.execPath, ["-e", script], {
        env: { ...process.env, ...caller, ...emulatorEnvironment(emulator, { ...plan, deployer }) },
      });
      expect(stdout.trim()).to.equal("arn:aws:iam::111122223333:root");
    } finally {
      await emulator.stop();
    }
  });
});
