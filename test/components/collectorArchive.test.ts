import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { collectorArchive } from "../../components/collectorArchive";
import { collectorCode } from "../../components/collectorCode";
import { SETTINGS } from "../support/collectorRun";
import { PROJECT, run } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

describe("the archive that Lambda runs", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "archive-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the same bytes from another clone, by another user, with another umask, clock, time zone and language", async () => {
    const clone = path.join(folder, "somebody's", "Klon ü");
    mkdirSync(clone, { recursive: true });
    copyProject(clone);
    const script = path.join(clone, "hash.ts");
    writeFileSync(
      script,
      `import { collectorArchive } from "./components/collectorArchive";
       Date.now = () => 86_400_000;
       process.umask(0o077);
       const { codeSha256, bundleSha256, zip } = collectorArchive(${JSON.stringify(SETTINGS)});
       process.stdout.write(JSON.stringify({ codeSha256, bundleSha256, bytes: zip.length }));`,
    );
    const elsewhere = {
      TZ: "Pacific/Chatham",
      LANG: "tr_TR.UTF-8",
      LC_ALL: "tr_TR.UTF-8",
      USER: "nobody",
      HOME: folder,
    };
    const tsx = require.resolve("tsx");
    const ended = await run(process.execPath, [`--import=${tsx}`, script], { cwd: folder, env: elsewhere });
    const here = collectorArchive(SETTINGS);
    expect(JSON.parse(ended.stdout), ended.stderr).to.deep.equal({
      codeSha256: sha256(here.zip).toString("base64"),
      bundleSha256: here.bundleSha256,
      bytes: here.zip.length,
    });
  });

  it("is another for other settings, of the same bundle", () => {
    const one = collectorArchive(SETTINGS);
    const other = collectorArchive({ ...SETTINGS, bucketName: "another" });
    expect(other.codeSha256).not.to.equal(one.codeSha256);
    expect(other.bundleSha256).to.equal(one.bundleSha256);
  });

  it("is handed to the engine as a zip file, which goes to Lambda as it is, and that nobody else on the machine can read", async () => {
    const { archive, codeSha256 } = collectorCode({ ...SETTINGS, externalId: "shared" });
    const file = await archive.path;
    expect(path.isAbsolute(file) && file.endsWith(".zip")).to.equal(true);
    expect(path.basename(file, ".zip")).to.equal(Buffer.from(codeSha256, "base64").toString("hex").slice(0, 16));
    expect(statSync(file).mode & 0o077).to.equal(0);
  });

  it("with a secret in it, is gone from the disk when the program has ended", async () => {
    const settings = JSON.stringify({ ...SETTINGS, externalId: "collector-7c1f0e5b" });
    const code = path.join(PROJECT, "components/collectorCode.ts");
    const program = `const { collectorCode } = require(${JSON.stringify(code)});
      collectorCode(${settings}).archive.path.then((file) => console.log(JSON.stringify([file, require("fs").existsSync(file)])));`;
    const ended = await run(process.execPath, ["--import=tsx", "--eval", program]);
    const [file, wasThere] = JSON.parse(ended.stdout) as [string, boolean];
    expect(wasThere).to.equal(true);
    expect(existsSync(path.dirname(file))).to.equal(false);
  });
});
