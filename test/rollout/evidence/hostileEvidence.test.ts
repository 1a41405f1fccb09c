import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { commandRunner } from "../../../rollout/commandRunner";
import { logCoverage } from "../../../rollout/commands/coverage";
import { report } from "../../../rollout/commands/report";
import { RolloutError } from "../../../rollout/errors";
import { folderEvidence } from "../../../rollout/evidence/evidence";
import { collected, manifestOf, RUN_ID } from "../../report/factories";
import { rejection } from "../../support/collectorRun";

describe("a folder of evidence that somebody made up", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hostile-"));
    mkdirSync(path.join(folder, "evidence/runs", RUN_ID), { recursive: true });
    writeFileSync(path.join(folder, "secret"), "secret");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const reported = (manifest: object, run?: string): Promise<Error> => {
    writeFileSync(path.join(folder, "evidence/runs", RUN_ID, "manifest.json"), JSON.stringify(manifest));
    const options = {
      from: path.join(folder, "evidence"),
      out: path.join(folder, "a/b/out"),
      ...(run === undefined ? {} : { run }),
    };
    return rejection(report({ log: () => undefined }, options));
  };

  it("makes report write nowhere but where it was told", async () => {
    const error = await reported({ ...manifestOf([collected("111122223333", "m")]), runId: "../../../escaped" });

    expect(error).to.be.instanceOf(RolloutError);
    expect(error.message).to.include("expected the id of a run");
    expect(readdirSync(folder).sort()).to.deep.equal(["evidence", "secret"]);
  });

  it("makes report read nothing beside it", async () => {
    const consolidated = { key: "../secret", bytes: 6, sha256: "a".repeat(64) };
    const error = await reported({ ...manifestOf([collected("111122223333", "m")]), consolidated });

    expect(error.message).to.include("as consolidated.key, expected a key").and.not.include("SHA-256 is");
    expect((await reported(manifestOf([]), "../../secret")).message).to.include("leads out of");
    const evidence = folderEvidence(path.join(folder, "evidence"));
    for (const key of ["../secret", "runs/../../secret", "..\\secret", "runs\0"]) {
      expect((await rejection(evidence.read(key))).message, key).to.include("leads out of");
      expect((await rejection(evidence.hash(key))).message, key).to.include("leads out of");
    }
  });
});

describe("lines of a command", () => {
  const surroundings = { projectDir: ".", startEmulation: () => Promise.reject(new Error("none")) };
  const written: string[] = [];
  const write = process.stderr.write.bind(process.stderr);

  beforeEach(() => {
    written.length = 0;
    process.stderr.write = (text) => Boolean(written.push(String(text)));
  });
  afterEach(() => {
    process.stderr.write = write;
  });

  it("bring nothing to the terminal that moves its cursor or turns its text, errors included", async () => {
    await commandRunner(surroundings, new AbortController().signal).alone({}, ({ log }) => {
      log("name \u001b[2J\u009b31m\u202Eevil\u0007\rforged\tend");
      return Promise.reject(new RolloutError("cause \u001b]0;owned\u0007\nremedy"));
    });

    expect(written).to.deep.equal([
      "name [U+001B][2J[U+009B]31m[U+202E]evil[U+0007] forged end\n",
      "Error: cause [U+001B]]0;owned[U+0007]\nremedy\n",
    ]);
  });

  it("are not begun by the name of an account", () => {
    const told: string[] = [];
    const lost = {
      accountId: "111122223333",
      accountName: "a\nRun x: 9 of 9",
      step: "fetch",
      code: "x",
      message: "m\nn",
      remedy: "r",
    };
    const accounts = { listed: 1, inScope: 1, collected: 0, notCollected: 1, outOfScope: 0 };
    logCoverage({ runId: RUN_ID, accounts, missing: [lost], rows: 0, seconds: 1 } as never, (line) => told.push(line));

    expect(told[1]).to.equal("  missing: 111122223333 a Run x: 9 of 9: fetch: x: m n");
  });
});
