import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { refuseLocked } from "../../../rollout/evidenceStore/lockedEvidence";
import { acceptLock, checkStore, refuseReplacement, releaseStore } from "../../../rollout/evidenceStore/guard";
import { isIrrevocable, lockWarning } from "../../../rollout/evidenceStore/objectLock";
import { RolloutError } from "../../../rollout/errors";
import { orchestration, type Orchestration } from "../../../rollout/orchestration";
import { ACCOUNTS, awsError, fakeClient, type Answers } from "../../support/doctorFacts";
import { FakeEngine } from "../../support/fakeEngine";
import { lockedState, logarchiveState, securityState } from "../../support/stackStates";

const DEPLOYED = ["security", "logarchive"].map((name) => ({ name, resourceCount: 5 }));
const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "",
    (error: unknown) => (error instanceof RolloutError ? error.message : `not a RolloutError: ${String(error)}`),
  );

describe("the lock of the evidence and a changed configuration", () => {
  let workRoot: string;
  let logged: string[];
  /** What up works with where the deployed bucket is so, and the configuration asks for this. */
  function context(
    deployed: "none" | ["GOVERNANCE" | "COMPLIANCE", number],
    mode: string,
    days: number,
  ): Orchestration {
    const engine = new FakeEngine();
    engine.states
      .set("security", securityState())
      .set("logarchive", deployed === "none" ? logarchiveState() : lockedState(...deployed));
    const made = orchestration({
      projectDir: path.join(__dirname, "../../.."),
      workRoot,
      engine,
      parallel: 1,
      signal: new AbortController().signal,
      log: (line) => void logged.push(line),
    });
    Object.assign(made.config.logarchive.settings, { objectLockMode: mode, objectLockDays: days });
    return made;
  }
  beforeEach(() => {
    workRoot = mkdtempSync(path.join(tmpdir(), "lock-"));
    logged = [];
  });
  afterEach(() => rmSync(workRoot, { recursive: true, force: true }));

  it("says nothing where no lock is asked for, or the one that there is", async () => {
    expect((await checkStore(context("none", "none", 0), DEPLOYED)).lock).to.equal(undefined);
    const same = await checkStore(context(["COMPLIANCE", 30], "compliance", 30), DEPLOYED);
    expect(same).to.deep.include({ changed: false, lock: undefined });
  });

  it("warns plainly of a lock before it is made, and has one in compliance mode accepted", async () => {
    const check = await checkStore(context("none", "compliance", 2555), []);
    const at = { log: (line: string) => void logged.push(line) };
    expect(await messageOf(acceptLock(at, check, false))).to.match(/Nothing was deployed.*--accept-object-lock/);
    expect(logged.join("\n"))
      .to.match(/WARNING: Object Lock in compliance mode for 2555 days/)
      .and.match(/nobody can delete .* not the account's root user, not AWS/)
      .and.match(/cannot be turned off/);
    expect(await messageOf(acceptLock(at, check, true))).to.equal("");
    const governance = await checkStore(context("none", "governance", 30), []);
    expect(await messageOf(acceptLock(at, governance, false))).to.equal("");
  });

  it("lets mode and days change, says that what is there keeps its own, and asks only for what binds more", async () => {
    const change = async (from: ["GOVERNANCE" | "COMPLIANCE", number], mode: string, days: number) => {
      const { changed, lock } = await checkStore(context(from, mode, days), DEPLOYED);
      expect(changed).to.equal(false);
      return lock;
    };
    const stricter = await change(["GOVERNANCE", 30], "compliance", 30);
    expect(lockWarning(stricter!).join("\n")).to.match(/What is there keeps .*\(governance mode for 30 days\)/);
    expect(isIrrevocable(stricter!)).to.equal(true);
    expect(isIrrevocable((await change(["COMPLIANCE", 30], "compliance", 60))!)).to.equal(true);
    expect(isIrrevocable((await change(["COMPLIANCE", 60], "compliance", 30))!)).to.equal(false);
    expect(isIrrevocable((await change(["COMPLIANCE", 60], "governance", 60))!)).to.equal(false);
  });

  it("refuses to lock a bucket that has no lock, and to take one away, before anything is deployed", async () => {
    for (const [deployed, mode] of [
      ["none", "governance"],
      [["COMPLIANCE", 30], "none"],
    ] as const) {
      const at = context(deployed === "none" ? "none" : [...deployed], mode, mode === "none" ? 0 : 30);
      const check = await checkStore(at, DEPLOYED);
      expect(() => refuseReplacement(check))
        .to.throw("Nothing was deployed")
        .with.property("message")
        .that.contains("objectLockMode")
        .and.contains("another bucketName");
      expect(await messageOf(releaseStore(at, check))).to.match(/the new one needs another name/);
      at.config.bucketName = "another-name";
      expect(await messageOf(releaseStore(at, await checkStore(at, DEPLOYED)))).to.equal("");
    }
  });
});

describe("destroying locked evidence", () => {
  const NOW = Date.parse("2026-12-01T00:00:00Z");
  const put = new Date("2026-11-23T03:16:00Z");
  const HEALTHY: Answers = {
    ListObjectsV2Command: () => ({ CommonPrefixes: [{ Prefix: "runs/20261123T031500Z-000001/" }] }),
    ListObjectVersionsCommand: ({ Prefix }) => ({
      Versions: Prefix === "" ? [] : [{ LastModified: put }, { LastModified: new Date("2026-11-01") }],
    }),
    GetRoleCommand: () => ({ Role: { Arn: "arn:aws:iam::333344445555:role/deployer" } }),
    SimulatePrincipalPolicyCommand: () => ({ EvaluationResults: [{ EvalDecision: "allowed" }] }),
  };
  const attempt = (mode: "governance" | "compliance", days: number, answers: Answers = {}) => {
    const client = fakeClient<never>({ ...HEALTHY, ...answers });
    const arn = "arn:aws:sts::333344445555:assumed-role/deployer/session";
    const caller = { accountId: ACCOUNTS.logarchive, partition: "aws", arn };
    return refuseLocked({ bucketName: "evidence", lock: { mode, days } }, { s3: client, iam: client, caller }, NOW);
  };

  it("is refused in compliance mode, and told the day from which it is possible", async () => {
    expect(await messageOf(attempt("compliance", 30))).to.match(
      /^Nothing was destroyed: .* put on 2026-11-23. Nobody can delete that before 2026-12-23.*without --delete-evidence/,
    );
    expect(await attempt("compliance", 7)).to.deep.equal(["The locks of evidence have ended: 2026-11-30"]);
  });

  it("names the right that it takes in governance mode, and is refused to who lacks it", async () => {
    const refused = {
      SimulatePrincipalPolicyCommand: () => ({ EvaluationResults: [{ EvalDecision: "implicitDeny" }] }),
    };
    expect(await messageOf(attempt("governance", 30, refused))).to.match(
      /^Nothing was destroyed.*s3:BypassGovernanceRetention, which .*deployer.* does not have/,
    );
    expect((await attempt("governance", 30)).join()).to.match(/takes the right s3:BypassGovernanceRetention$/);
    const unknown = {
      SimulatePrincipalPolicyCommand: () => {
        throw awsError("AccessDenied");
      },
    };
    expect((await attempt("governance", 30, unknown)).join()).to.match(/could not be simulated/);
  });

  it("is refused where nobody can see until when, and free where the bucket is empty", async () => {
    const blind = {
      ListObjectsV2Command: () => {
        throw awsError("AccessDenied");
      },
    };
    expect(await messageOf(attempt("compliance", 30, blind))).to.match(/^Nothing was destroyed.*cannot be seen/);
    const empty = { ListObjectsV2Command: () => ({}), ListObjectVersionsCommand: () => ({}) };
    expect(await attempt("compliance", 30, empty)).to.deep.equal([]);
  });
});
