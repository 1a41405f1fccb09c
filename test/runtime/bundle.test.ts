import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { expect } from "chai";

import { bundleRuntime } from "../../components/runtimeBundle";
import type { Manifest } from "../../report/manifest";
import { invokeBundle } from "../support/bundledCollector";
import { member, organization, readJson } from "../support/collectorRun";
import { startFakeAws } from "../support/fakeAws";

describe("the runtime bundle", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("collects an organization on its own", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2), roleMissing: true }]));
    try {
      const { summary } = await invokeBundle(folder, aws.endpoint);
      expect(summary?.accounts).to.include({ collected: 2, notCollected: 1 });
      expect(summary?.missing[0]).to.include({ accountId: member(2), step: "assumeRole", code: "AccessDenied" });
      expect(readJson(aws, summary?.manifestKey ?? "")).to.include({ runId: summary?.runId });
    } finally {
      await aws.close();
    }
  });

  it("fails by the names that the sources use", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws({ managementAccountId: member(1), accounts: [] });
    try {
      const { failure, lines } = await invokeBundle(folder, aws.endpoint);
      expect(failure).to.match(/^RunError /);
      expect(lines.find(({ message }) => message === "run failed")).to.include({ level: "ERROR", code: "NoAccounts" });
    } finally {
      await aws.close();
    }
  });

  it("fails visibly when its time is over, having written what it has, and the next run needs no repair", async () => {
    bundleRuntime(folder);
    const aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2) }]));
    try {
      const { failure } = await invokeBundle(folder, aws.endpoint, { remainingMs: 1 });

      const key = [...aws.objects.keys()].find((name) => name.endsWith("manifest.json")) ?? "";
      const manifest = readJson(aws, key) as Manifest;
      expect(manifest).to.include({ complete: false });
      expect(manifest.counts).to.include({ listed: 3, inScope: 3, collected: 0, notCollected: 3 });
      expect(failure).to.match(/^RunError The time of run /);
      expect(failure).to.include(manifest.runId).and.include(key);
      expect(failure).to.include("0 of 3 accounts in scope are collected, 3 were not reached");

      const { summary } = await invokeBundle(folder, aws.endpoint);
      expect(summary).to.include({ complete: true, unreached: 0 });
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
