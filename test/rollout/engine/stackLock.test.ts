import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { remedyOf } from "../../../rollout/engine/failureRemedies";
import {
  isLeftBehind,
  lockedCause,
  locksNamed,
  OperationMark,
  wasKilled,
  type LockEvidence,
} from "../../../rollout/engine/stackLock";

const MESSAGE =
  "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
  "  file:///state/.pulumi/locks/organization/iam-credential-reports/member-333344445555/66298de6.json?no_tmp_dir=true: created by root@builder (pid 13811) at 2026-11-23T16:43:51Z";
const LOCK = { user: "root", host: "builder", pid: 13811, since: "2026-11-23T16:43:51Z" };
const LEFT: LockEvidence = {
  unfinishedSince: new Date("2026-11-23T16:43:51.700Z"),
  host: "builder",
  alive: () => false,
};

describe("a locked stack", () => {
  it("has its locks read from the engine's message, each once", () => {
    expect(locksNamed(`${MESSAGE}\nstderr: ${MESSAGE}`)).to.deep.equal([LOCK]);
    expect(locksNamed("[409] Conflict: Another update is currently in progress.")).to.deep.equal([]);
  });

  it("is unlocked where an engine was killed within an operation that this folder did not end", () => {
    expect(isLeftBehind([LOCK], LEFT)).to.equal(true);
  });

  for (const [why, locks, changes] of [
    ["the process is there", [LOCK], { alive: () => true }],
    ["the lock is of another host", [LOCK], { host: "runner" }],
    ["no operation of this folder was left unfinished", [LOCK], { unfinishedSince: undefined }],
    ["the lock is older than that operation", [LOCK], { unfinishedSince: new Date("2026-11-23T16:43:52Z") }],
    ["one of several locks is of somebody else", [LOCK, { ...LOCK, host: "runner" }], {}],
    ["the backend does not say who holds it", [], {}],
  ] as const) {
    it(`stays locked where ${why}`, () => {
      expect(isLeftBehind(locks, { ...LEFT, ...changes })).to.equal(false);
    });
  }

  it("says who holds it since when, and has a remedy", () => {
    expect(lockedCause([LOCK])).to.contain("(root@builder, process 13811, since 2026-11-23T16:43:51Z)");
    expect(remedyOf(lockedCause([LOCK]))).to.contain("pulumi cancel");
    expect(lockedCause([])).to.match(/another update of it is going on, or was killed/);
  });
});

describe("an engine that was killed", () => {
  it("is told from one that failed", () => {
    expect(wasKilled(new Error("stderr: Command was killed with SIGKILL (Forced termination): pulumi up"))).to.equal(
      true,
    );
    expect(wasKilled(new Error("stderr: Command failed with exit code 255: pulumi up"))).to.equal(false);
  });
});

describe("the mark of an operation", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "mark-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is seen by the next operation if it was not ended, and by none if it was", () => {
    expect(new OperationMark(folder).begin()).to.equal(undefined);
    const since = new OperationMark(folder).begin();
    expect(since?.toISOString()).to.equal(readFileSync(path.join(folder, "operation"), "utf8"));
    expect(new OperationMark(folder).begin()).to.deep.equal(since);
    new OperationMark(folder).end();
    expect(new OperationMark(folder).begin()).to.equal(undefined);
  });

  it("counts for nothing where it cannot be read", () => {
    writeFileSync(path.join(folder, "operation"), "");
    expect(new OperationMark(folder).begin()).to.equal(undefined);
  });
});
