import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { bundleRuntime } from "../../components/runtimeBundle";
import type { Manifest } from "../../report/manifest";
import type { RunSummary } from "../../runtime/settings";
import { member, organization, readJson, SETTINGS } from "../support/collectorRun";
import { startFakeAws } from "../support/fakeAws";
import { FAKE_SESSION } from "../support/fakeIdentity";

/** What the deployed function does, in a process that has nothing but the bundle. */
const INVOKE = `
  const { handle } = require("./handler.js");
  const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => Number(process.env.REMAINING) };
  handle(JSON.parse(process.env.SETTINGS), {}, context).then(
    (summary) => process.stdout.write("RESULT " + JSON.stringify(summary)),
    (error) => process.stdout.write("FAILED " + error.name + " " + error.message),
  );
`;

describe("the runtime bundle", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function invoke(endpoint: string, remainingMs = 60_000): Promise<string> {
    const env = {
      REMAINING: String(remainingMs),
      SETTINGS: JSON.stringify(SETTINGS),
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "AKIACOLLECTOR",
      AWS_SECRET_ACCESS_KEY: "collector-secret",
    };
    return (await promisify(execFile)(process.execPath, ["-e", INVOKE], { cwd: folder, env })).stdout;
  }

  it("collects an organization on its own, and logs one JSON object a line without secrets", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2), roleMissing: true }]));
    try {
      const [logged = "", result = ""] = (await invoke(aws.endpoint)).split("RESULT ");
      const summary = JSON.parse(result) as RunSummary;
      expect(summary.accounts).to.include({ collected: 2, notCollected: 1 });
      expect(summary.missing[0]).to.include({ accountId: member(2), step: "assumeRole", code: "AccessDenied" });
      expect(readJson(aws, summary.manifestKey)).to.include({ runId: summary.runId });

      const lines = logged
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.every(({ level, message, requestId }) => level && message && requestId === "request-1")).to.equal(
        true,
      );
      for (const secret of [FAKE_SESSION.secret, FAKE_SESSION.token, "collector-secret"]) {
        expect(logged).not.to.include(secret);
      }
    } finally {
      await aws.close();
    }
  });

  it("fails by the names that the sources use", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws({ managementAccountId: member(1), accounts: [] });
    try {
      const output = await invoke(aws.endpoint);
      expect(output).to.include("FAILED RunError ");
      expect(output).to.include('"message":"run failed"').and.include('"code":"NoAccounts"');
    } finally {
      await aws.close();
    }
  });

  it("fails visibly when its time is over, having written what it has, and the next run needs no repair", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2) }]));
    try {
      const [, failed = ""] = (await invoke(aws.endpoint, 1)).split("FAILED ");

      const key = [...aws.objects.keys()].find((name) => name.endsWith("manifest.json")) ?? "";
      const manifest = readJson(aws, key) as Manifest;
      expect(manifest).to.include({ complete: false });
      expect(manifest.counts).to.include({ listed: 3, inScope: 3, collected: 0, notCollected: 3 });
      expect(failed).to.match(/^RunError The time of run /);
      expect(failed).to.include(manifest.runId).and.include(key);
      expect(failed).to.include("0 of 3 accounts in scope are collected, 3 were not reached");

      const [, result = ""] = (await invoke(aws.endpoint)).split("RESULT ");
      expect(JSON.parse(result)).to.include({ complete: true, unreached: 0 });
    } finally {
      await aws.close();
    }
  });

  it("is the same wherever it is built, is written once, and needs nothing else", () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "bundle-"));
    const before = process.cwd();
    try {
      process.chdir(tmpdir());
      const first = bundleRuntime(folder);
      const { mtimeMs, ino } = statSync(first.file);
      process.chdir(before);
      const second = bundleRuntime(elsewhere);
      expect({ ...second, file: "" }).to.deep.equal({ ...first, file: "" });
      expect(bundleRuntime(folder)).to.deep.equal(first);
      expect(statSync(first.file)).to.include({ mtimeMs, ino });
      expect(readdirSync(folder)).to.deep.equal(["handler.js"]);
      const code = readFileSync(first.file, "utf8");
      expect(code).not.to.include(resolve(__dirname, "../.."));
      expect(code).not.to.include("sourceMappingURL");
      expect(first.bytes).to.be.lessThan(1_000_000);
    } finally {
      process.chdir(before);
      rmSync(elsewhere, { recursive: true });
    }
  });
});
