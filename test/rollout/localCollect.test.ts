import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Manifest } from "../../report/manifest";
import type { LocalCollectAnswer } from "../../rollout/commands/collectLocal";
import { MANAGEMENT, member, organization, runCollector } from "../support/collectorRun";
import { answerOf, PROJECT, run, type Ended, type RunOptions } from "../support/commandLine";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { CALLER_KEY, startCallersAccount, type CallersAccount } from "./callersAccount";

const ROLE = "credential-report-reader";

describe("collect --local", function () {
  this.timeout(60_000);
  let aws: FakeAws | undefined;
  let caller: CallersAccount | undefined;
  let folder: string;
  let out: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "local-"));
    out = path.join(folder, "evidence");
  });
  afterEach(async () => {
    await caller?.close();
    await aws?.close();
    aws = caller = undefined;
    rmSync(folder, { recursive: true });
  });

  async function start(accounts: FakeAccount[], more: Partial<FakeAwsOptions> = {}, as = MANAGEMENT): Promise<FakeAws> {
    aws = await startFakeAws(organization(accounts, more));
    caller = await startCallersAccount(aws.endpoint, as);
    return aws;
  }

  /** Runs the command as a user does, in a folder that is not the project's. */
  function orchestrate(args: readonly string[], { env, ...options }: RunOptions = {}): Promise<Ended> {
    const tsx = path.join(PROJECT, "node_modules/tsx/dist/loader.mjs");
    return run(process.execPath, [`--import=${tsx}`, path.join(PROJECT, "orchestrate.ts"), ...args], {
      cwd: folder,
      ...options,
      env: {
        AWS_ENDPOINT_URL: caller?.endpoint,
        AWS_ACCESS_KEY_ID: CALLER_KEY,
        AWS_SECRET_ACCESS_KEY: "caller-secret",
        AWS_REGION: "eu-central-1",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        AWS_EC2_METADATA_DISABLED: "true",
        ...env,
      },
    });
  }

  const collect = (more: readonly string[] = [], options: RunOptions = {}): Promise<Ended> =>
    orchestrate(["collect", "--local", "--out", out, "--role-name", ROLE, "--json", ...more], options);

  const files = (root = out): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .sort();

  const manifestOf = (runId: string): Manifest =>
    JSON.parse(readFileSync(path.join(out, "runs", runId, "manifest.json"), "utf8")) as Manifest;

  it("ends with 0 and exactly the promised JSON when every account is there", async () => {
    await start([
      { id: member(1), ou: "Workloads" },
      { id: member(2), state: "SUSPENDED" },
    ]);

    const answer = answerOf<LocalCollectAnswer>(await collect());

    expect(Object.keys(answer)).to.deep.equal(["runId", "accounts", "rows", "seconds", "apiCalls", "peakRssMiB"]);
    expect(answer.accounts).to.deep.equal({ listed: 3, inScope: 2, collected: 2, notCollected: 0, outOfScope: 1 });
    expect(answer.rows).to.equal(4);
    expect(answer.apiCalls).to.be.greaterThan(5);
    expect(answer.peakRssMiB).to.be.within(20, 1000);
  });

  it("leaves the layout and the bytes that a run into the bucket leaves", async () => {
    const bucket = await start([{ id: member(1), ou: "Workloads" }, { id: member(2) }]);
    const { runId } = answerOf<LocalCollectAnswer>(await collect());

    await runCollector(bucket, { newRunId: () => runId });

    expect(files()).to.deep.equal([...bucket.objects.keys()].sort());
    for (const key of files().filter((name) => name.endsWith(".csv") || name.endsWith(".parquet"))) {
      expect(readFileSync(path.join(out, key)).equals(bucket.objects.get(key)?.body as Buffer), key).to.equal(true);
    }
  });

  it("ends with 2 when accounts are missing, and names them with the remedy", async () => {
    await start([{ id: member(1) }, { id: member(2), name: "Forgotten", roleMissing: true }]);

    const ended = await collect();

    expect(answerOf<LocalCollectAnswer>(ended, 2).accounts).to.include({ collected: 2, notCollected: 1 });
    expect(ended.stderr).to.match(/missing: 200000000002 Forgotten: assumeRole: AccessDenied/);
    expect(ended.stderr).to.contain("2 of 3 accounts in scope collected, 1 missing");
  });

  it("chains each run to the one before", async () => {
    await start([{ id: member(1) }]);
    const first = answerOf<LocalCollectAnswer>(await collect());
    const second = answerOf<LocalCollectAnswer>(await collect());

    const before = readFileSync(path.join(out, "runs", first.runId, "manifest.json"));
    expect(manifestOf(first.runId).previous).to.equal(null);
    expect(manifestOf(second.runId).previous).to.deep.equal({
      runId: first.runId,
      key: `runs/${first.runId}/manifest.json`,
      sha256: createHash("sha256").update(before).digest("hex"),
    });
  });

  it("makes a page of what it left, without any configuration", async () => {
    await start([{ id: member(1) }]);
    const { runId } = answerOf<LocalCollectAnswer>(await collect());

    const ended = await orchestrate(["report", "--from", out, "--out", path.join(folder, "pages"), "--json"]);

    expect(answerOf<{ runId: string; report: string }>(ended)).to.include({ runId });
    expect(existsSync(path.join(folder, "pages", runId, "report.html"))).to.equal(true);
  });

  it("collects what is included and not excluded", async () => {
    await start([
      { id: member(1), ou: "Workloads/Production" },
      { id: member(2), ou: "Workloads", tags: { stage: "sandbox" } },
      { id: member(3), ou: "Security" },
    ]);

    const ended = await collect(["--include", "Root/Workloads", MANAGEMENT, "--exclude", "tag:stage=sandbox"]);

    const { runId, accounts } = answerOf<LocalCollectAnswer>(ended);
    expect(accounts).to.include({ listed: 4, inScope: 2, collected: 2 });
    const collected = manifestOf(runId).accounts.filter(({ state }) => state === "collected");
    expect(collected.map(({ accountId }) => accountId)).to.deep.equal([MANAGEMENT, member(1)]);
  });

  it("reads a delegated administrator's own account with its own credentials, and the management account by the role", async () => {
    const delegated = member(7);
    const { requests } = await start([{ id: member(1) }, { id: delegated }], {}, delegated);

    const answer = answerOf<LocalCollectAnswer>(await collect());

    expect(answer.accounts).to.include({ collected: 3, notCollected: 0 });
    const assumed = requests.filter(({ action }) => action === "AssumeRole").map(({ accountId }) => accountId);
    expect(assumed).to.have.members([MANAGEMENT, member(1)]);
    expect(manifestOf(answer.runId).managementAccountId).to.equal(MANAGEMENT);
  });

  it("collects the caller's account by itself with --standalone, and asks Organizations and STS for nothing else", async () => {
    const answer = { status: 400, code: "AWSOrganizationsNotInUseException", message: "not a member" };
    const faults: FakeAwsOptions["faults"] = [{ service: "organizations", answer }];
    const { requests, options } = await start([], { faults });
    options.accounts[0]!.alias = "acme-prod";
    const args = ["collect", "--local", "--out", out, "--standalone", "--json"];

    const { runId, accounts } = answerOf<LocalCollectAnswer>(await orchestrate(args));

    expect(accounts).to.deep.equal({ listed: 1, inScope: 1, collected: 1, notCollected: 0, outOfScope: 0 });
    expect(manifestOf(runId)).to.include({ organizationId: null, managementAccountId: null });
    expect(manifestOf(runId).accounts[0]).to.include({ accountId: MANAGEMENT, accountName: "acme-prod", ouPath: "" });
    expect([...new Set(requests.map(({ service }) => service))]).to.deep.equal(["iam"]);
    const reported = await orchestrate(["report", "--from", out, "--out", path.join(folder, "pages"), "--json"]);
    expect(answerOf<{ runId: string }>(reported)).to.include({ runId });

    const without = await collect();
    expect(without.code).to.equal(1);
    expect(without.stderr).to.contain("AWSOrganizationsNotInUseException").and.contain("add --standalone");
  });

  it("gives the external id to every role", async () => {
    await start([{ id: member(1), externalId: "evidence-42" }]);
    expect((await collect()).code).to.equal(2);
    expect((await collect(["--external-id", "evidence-42"])).code).to.equal(0);
  });

  it("writes plain lines of progress elsewhere than on a terminal, and nothing but the answer on standard output", async () => {
    await start([{ id: member(1) }]);
    const { stdout, stderr } = await collect();
    expect(stdout.trim().split("\n")).to.have.length(1);
    expect(stderr).to.match(/Run \d{8}T\d{6}Z-[0-9a-f]{6}: 2 accounts listed/);
    expect(stderr).not.to.contain("\u001b");
  });

  describe("ends with 1, leaves no manifest and says what to do,", () => {
    const failure = async (ended: Promise<Ended>): Promise<string> => {
      const { code, stdout, stderr } = await ended;
      expect(code, stderr).to.equal(1);
      expect(JSON.parse(stdout)).to.include({ ok: false });
      if (existsSync(out)) expect(files().filter((name) => /manifest|latest|\.tmp$/.test(name))).to.deep.equal([]);
      return stderr;
    };

    it("when the organization cannot be read", async () => {
      await start([], {
        faults: [{ service: "organizations", answer: { status: 400, code: "AccessDeniedException", message: "no" } }],
      });
      expect(await failure(collect()))
        .to.contain(`The run failed and left no manifest in ${out}`)
        .and.contain("organizations:DescribeOrganization");
    });

    it("when there are no credentials", async () => {
      await start([]);
      const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
      expect(await failure(collect([], { env }))).to.contain("AWS does not take your credentials");
    });

    it("when the folder cannot be written", async () => {
      await start([]);
      const file = path.join(folder, "a-file");
      writeFileSync(file, "");
      const args = ["collect", "--local", "--out", path.join(file, "x"), "--role-name", ROLE, "--json"];
      expect(await failure(orchestrate(args)))
        .to.contain("cannot be written")
        .and.contain("--out");
    });

    it("when a selector names a unit or account that is not there", async () => {
      await start([{ id: member(1) }]);
      expect(await failure(collect(["--include", "Root/Nowhere"]))).to.contain("Root/Nowhere");
      expect(await failure(collect(["--exclude", member(9)]))).to.contain(member(9));
    });

    it("when it does not know where to or as which role", async () => {
      expect(await failure(orchestrate(["collect", "--local", "--role-name", ROLE, "--json"]))).to.contain("--out DIR");
      expect(await failure(orchestrate(["collect", "--local", "--out", out, "--json"]))).to.contain("--role-name NAME");
    });

    it("when options for other accounts go with --standalone", async () => {
      const args = [
        "collect",
        "--local",
        "--out",
        out,
        "--standalone",
        "--role-name",
        ROLE,
        "--include",
        "Root",
        "--json",
      ];
      expect(await failure(orchestrate(args))).to.contain("--role-name, --include goes without --standalone");
    });

    it("when options of --local are given without it", async () => {
      const args = ["collect", "--role-name", ROLE, "--include", "Root", "--json"];
      expect(await failure(orchestrate(args))).to.contain("--role-name, --include goes with --local");
    });
  });

  for (const [option, value, why] of [
    ["--role-name", "path/role", "is not a role name"],
    ["--include", "1234", "names no accounts"],
    ["--external-id", "x", "is not an external id"],
    ["--concurrency", "0", "whole number of 1 or more"],
  ] as const) {
    it(`refuses ${option} ${value} before anything is asked`, async () => {
      const { code, stderr } = await collect([option, value]);
      expect(code).to.equal(1);
      expect(stderr).to.contain(why);
      expect(existsSync(out)).to.equal(false);
    });
  }

  it("ends with 130 on Ctrl-C, at once, and leaves nothing half-written", async () => {
    await start([{ id: member(1) }, { id: member(2), neverCompletes: true }]);
    let killed = false;

    const ended = await collect([], {
      onStderr: (stderr, kill) => {
        if (killed || !/accounts listed/.test(stderr)) return;
        killed = true;
        kill("SIGINT");
      },
    });

    expect(ended.code, ended.stderr).to.equal(130);
    expect(ended.stderr).to.contain(`Interrupted: the run left no manifest in ${out}`);
    expect(files().filter((name) => !/^runs\/[^/]+\/raw\/\d{12}\.csv$/.test(name))).to.deep.equal([]);
  });

  it("loads nothing of Pulumi", async () => {
    const script =
      `require(${JSON.stringify(path.join(PROJECT, "rollout/cli.ts"))});` +
      `require(${JSON.stringify(path.join(PROJECT, "rollout/commands/collectLocal.ts"))});` +
      `process.stdout.write(String(Object.keys(require.cache).filter((file) => file.includes("@pulumi")).length))`;
    const tsx = path.join(PROJECT, "node_modules/tsx/dist/loader.mjs");
    const { stdout, stderr } = await run(process.execPath, [`--import=${tsx}`, "-e", script]);
    expect(stdout, stderr).to.equal("0");
  });
});
