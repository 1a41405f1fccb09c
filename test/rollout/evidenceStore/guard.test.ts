import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { checkStore, refuseReplacement, releaseStore } from "../../../rollout/evidenceStore/guard";
import { orchestration, type Orchestration } from "../../../rollout/orchestration";
import { resourcesOf } from "../../../rollout/engine/stackState";
import { FakeEngine } from "../../support/fakeEngine";
import { logarchiveState, securityState } from "../../support/stackStates";

const DEPLOYED = ["security", "logarchive"].map((name) => ({ name, resourceCount: 5 }));

describe("up and the store of the evidence", () => {
  let workRoot: string;
  let engine: FakeEngine;
  let logged: string[];
  const context = (bucketName?: string): Orchestration => {
    const made = orchestration({
      projectDir: path.join(__dirname, "../../.."),
      workRoot,
      engine,
      parallel: 1,
      signal: new AbortController().signal,
      log: (line) => void logged.push(line),
    });
    return { ...made, config: { ...made.config, ...(bucketName && { bucketName }) } };
  };

  beforeEach(() => {
    workRoot = mkdtempSync(path.join(tmpdir(), "store-"));
    logged = [];
    engine = new FakeEngine();
    engine.states.set("security", securityState()).set("logarchive", logarchiveState());
  });
  afterEach(() => rmSync(workRoot, { recursive: true, force: true }));

  it("lets pass what changes neither key nor bucket, and what was never deployed", async () => {
    expect(refuseReplacement(await checkStore(context(), DEPLOYED))).to.equal(undefined);
    expect(refuseReplacement(await checkStore(context("another"), []))).to.equal(undefined);
  });

  it("refuses another bucket, names the flag that goes on, and leaves the states alone", async () => {
    const check = await checkStore(context("another"), DEPLOYED);
    expect(() => refuseReplacement(check))
      .to.throw("Nothing was deployed")
      .with.property("message")
      .that.contains("up --replace-evidence-store")
      .and.contains("to another");
    expect(engine.states.get("logarchive")).to.deep.equal(logarchiveState());
  });

  it("takes the store out of the stacks when told so, and keeps the states as they were, however often", async () => {
    for (const count of [1, 2]) {
      engine.states.set("security", securityState()).set("logarchive", logarchiveState());
      await releaseStore(context("another"), await checkStore(context("another"), DEPLOYED));
      const kept = path.join(workRoot, "states-before-replacement");
      expect(readdirSync(kept)).to.have.length(2 * count);
      expect(JSON.parse(readFileSync(path.join(kept, `logarchive-${count}.json`), "utf8"))).to.deep.equal(
        logarchiveState(),
      );
    }
    expect(resourcesOf(engine.states.get("security")).some(({ type }) => type === "aws:kms/key:Key")).to.equal(false);
    expect(resourcesOf(engine.states.get("security")).some(({ type }) => type === "aws:kms/alias:Alias")).to.equal(
      true,
    );
    expect(logged.join("\n")).to.contain("pulumi stack import -s logarchive");
  });

  it("says so where there is nothing to replace", async () => {
    await releaseStore(context(), await checkStore(context(), DEPLOYED));
    expect(logged.join("\n")).to.contain("Nothing of the evidence's store is to be replaced");
    expect(engine.states.get("security")).to.deep.equal(securityState());
  });
});
