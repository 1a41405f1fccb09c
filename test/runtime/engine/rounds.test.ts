import { expect } from "chai";

import type { Round } from "../../../runtime/engine/workObjects";
import { MANAGEMENT, member, organization, readJson, readText, rejection } from "../../support/collectorRun";
import { credentialReportCsv, userRow } from "../../support/credentialReports";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../../support/fakeAws";
import { fakeClock } from "../../support/fakeClock";
import { SteppedRun, type SteppedOptions } from "../../support/steppedRun";

describe("a batch that is collected in rounds", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  /** A run whose fake has the time of its clock, and which is listed already. */
  async function listed(
    accounts: FakeAccount[],
    more: Partial<FakeAwsOptions> = {},
    options: SteppedOptions = {},
  ): Promise<SteppedRun> {
    const clock = fakeClock();
    aws = await startFakeAws(organization(accounts, { now: () => clock.now(), ...more }));
    const run = new SteppedRun(aws, { clock, ...options });
    await run.list();
    return run;
  }

  const asked = (action: string): string[] =>
    aws.requests.filter((request) => request.action === action).map(({ accountId }) => accountId);

  const rounds = (batch = "00001"): Round[] =>
    [...aws.objects.keys()]
      .filter((key) => key.includes(`/results/${batch}/`))
      .sort()
      .map((key) => readJson(aws, key) as Round);

  it("asks only those accounts again that are not done, each with one session a round", async () => {
    const run = await listed([{ id: member(1) }, { id: member(2), readyAfterMs: 100_000 }]);

    const answers = await run.batch(1, 1);

    expect(answers.map(({ collected, pending }) => [collected, pending])).to.deep.equal([
      [2, 1],
      [2, 1],
      [3, 0],
    ]);
    expect(answers.map(({ waitSeconds }) => waitSeconds)).to.deep.equal([10, 20, 0]);
    expect(asked("AssumeRole")).to.deep.equal([member(1), member(2), member(2), member(2)]);
    expect(asked("GetCredentialReport")).to.have.members([MANAGEMENT, member(1), member(2)]);
    expect(rounds().map(({ records }) => records.map(({ accountId }) => accountId))).to.deep.equal([
      [MANAGEMENT, member(1)],
      [],
      [member(2)],
    ]);
  });

  it("carries over since when AWS makes a report, and how often it was asked", async () => {
    const run = await listed([{ id: member(1), neverCompletes: true }]);
    const began = run.clock.now();
    await run.round(1, 1);
    const [first] = rounds()[0]?.pending ?? [];
    expect(first).to.deep.include({ accountId: member(1), leftAt: run.clock.now() });
    expect(first?.waiting).to.include({ askedAt: began, said: "INPROGRESS", step: "generate" });
    await run.clock.sleep(10_000);
    await run.round(1, 1);
    const [second] = rounds()[1]?.pending ?? [];
    expect(second?.waiting).to.include({ askedAt: began, endsAt: first?.waiting?.endsAt });
    expect(second?.waiting?.polls).to.be.greaterThan(first?.waiting?.polls ?? Infinity);
  });

  it("gives a report up that AWS does not finish in ten minutes, whatever the number of rounds", async () => {
    const run = await listed([{ id: member(1), neverCompletes: true }]);
    const began = run.clock.now();

    await run.batch(1, 1);

    const record = rounds().at(-1)?.records[0];
    expect(record).to.include({ state: "notCollected", code: "ReportNeverCompleted", step: "generate" });
    const minutes = (run.clock.now() - began) / 60_000;
    expect(minutes).to.be.within(9.5, 12);
    expect(rounds().length).to.be.within(4, 12);
  });

  it("lets an account wait for room for its report without that taking from its ten minutes, and ends some day", async () => {
    const refusal = { service: "iam", action: "GenerateCredentialReport", accountId: member(1) } as const;
    const answer = { status: 409, code: "LimitExceeded" };
    const run = await listed([{ id: member(1) }, { id: member(2) }], {
      faults: [
        { ...refusal, times: 40, answer },
        { ...refusal, accountId: member(2), answer },
      ],
    });
    const began = run.clock.now();

    const answers = await run.batch(1, 1);

    expect(answers.at(-1)).to.include({ collected: 2, notCollected: 1 });
    const lost = rounds().flatMap(({ records }) => records.filter(({ state }) => state === "notCollected"));
    expect(lost.map((record) => [record.accountId, "code" in record && record.code])).to.deep.equal([
      [member(2), "LimitExceededException"],
    ]);
    expect((run.clock.now() - began) / 60_000).to.be.within(20, 90);
  });

  it("asks again where only time was lacking to try a call again, and then goes on with the tries that are left", async () => {
    const run = await listed([{ id: member(1) }], {
      faults: [{ service: "sts", accountId: member(1), times: 5, answer: { status: 503, code: "ServiceUnavailable" } }],
    });

    const first = await run.round(1, 1, 1_000);

    expect(first).to.include({ collected: 1, notCollected: 0, pending: 1, waitSeconds: 1 });
    expect(rounds()[0]?.pending[0]?.triesLeft).to.equal(37);
    await run.batch(1, 1);
    expect(rounds().at(-1)?.records[0]).to.include({ accountId: member(1), state: "collected" });
  });

  it("asks nobody when it is asked again after its end", async () => {
    const run = await listed([{ id: member(1) }, { id: member(2), roleMissing: true }]);
    await run.batch(1, 1);
    const before = aws.requests.length;

    const answer = await run.round(1, 1);

    expect(answer).to.include({ collected: 2, notCollected: 1, pending: 0, waitSeconds: 0 });
    expect(aws.requests.slice(before).map(({ action }) => action)).to.deep.equal([
      "GetObject",
      "ListObjectsV2",
      "GetObject",
    ]);
  });

  describe("of which a round died before it could say what it had stored", () => {
    const report = (user: string): string => credentialReportCsv(member(1), [userRow(member(1), user)]);

    it("takes the stored reports with the time at which AWS made them, and contradicts nothing", async () => {
      const run = await listed([{ id: member(1), report: report("before") }], {
        faults: [{ service: "s3", key: /results/, times: 1, answer: { status: 403, code: "AccessDenied" } }],
      });
      const died = await rejection(run.round(1, 1));
      expect(died.message).to.match(/^Batch 1 of run \S+ cannot be collected: AccessDenied: .*redrive/);
      const key = `runs/${run.runId}/raw/${member(1)}.csv`;
      const stored = aws.objects.get(key);
      if (stored) stored.headers["x-amz-meta-generated-time"] = "2026-11-19T00:00:00Z";
      const account = aws.options.accounts.find(({ id }) => id === member(1));
      if (account) account.report = report("after, and longer");

      await run.batch(1, 1);
      await run.finish();

      expect(readText(aws, key)).to.equal(report("before"));
      const record = run.manifest().accounts.find(({ accountId }) => accountId === member(1));
      expect(record).to.deep.include({ state: "collected", reportGeneratedTime: "2026-11-19T00:00:00Z" });
      expect(readText(aws, run.manifest().consolidated.key)).to.include("before").and.not.include("after");
    });

    it("knows the stored report of another round also when its own first try to store broke off", async () => {
      const run = await listed([{ id: member(1), report: report("before") }], {
        faults: [
          { service: "s3", key: /results/, times: 1, answer: { status: 403, code: "AccessDenied" } },
          { service: "s3", action: "PutObject", key: /raw\/2/, times: 1, answer: "lost" },
        ],
      });
      await rejection(run.round(1, 1));
      aws.options.faults?.push({ service: "s3", action: "PutObject", key: /raw\/2/, times: 1, answer: "reset" });
      const account = aws.options.accounts.find(({ id }) => id === member(1));
      if (account) account.report = report("after");

      await run.batch(1, 1);

      const record = rounds()[0]?.records.find(({ accountId }) => accountId === member(1));
      expect(record)
        .to.have.property("raw")
        .with.property("bytes", Buffer.byteLength(report("before")));
    });

    it("asks only what is missing when a redrive takes up a batch that ended in the middle", async () => {
      const run = await listed([
        { id: member(1) },
        { id: member(2), readyAfterMs: 45_000 },
        { id: member(3) },
        { id: member(4) },
      ]);
      await run.batch(2, 2);
      await run.round(1, 2);
      const before = aws.requests.length;
      await run.clock.sleep(3_600_000);

      await run.batch(1, 2);
      await run.batch(2, 2);

      const calls = aws.requests.slice(before).filter(({ service }) => service !== "s3");
      expect(calls.map(({ action, accountId }) => `${action} ${accountId}`)).to.deep.equal([
        `AssumeRole ${member(2)}`,
        `GenerateCredentialReport ${member(2)}`,
        `GetCredentialReport ${member(2)}`,
      ]);
    });
  });

  it("stores what two functions found that were asked for the same round, and counts the report", async () => {
    const run = await listed([{ id: member(1) }]);
    const key = `work/${run.runId}/results/00001/0001.json`;
    aws.options.onRequest = ({ action, key: asked }) => {
      // another function, which was taken for dead, ends just before this one
      if (action !== "PutObject" || asked !== key || aws.objects.has(key)) return;
      const lost = { accountId: member(1), accountName: "", ouPath: "", state: "notCollected", code: "Throttling" };
      const body = Buffer.from(JSON.stringify({ records: [lost], pending: [], apiCalls: 7, throttledCalls: 1 }));
      aws.objects.set(key, { body, headers: {} });
    };

    await run.round(1, 1);
    const summary = await run.finish();

    expect(summary).to.include({ complete: true });
    expect(aws.objects.has(`work/${run.runId}/results/00001/0002.json`)).to.equal(true);
  });

  it("names run, batch and account in every line of its log", async () => {
    const run = await listed([{ id: member(1), roleMissing: true }]);
    run.logs.length = 0;

    await run.round(1, 1);

    expect(run.logs.map(({ message, accountId }) => [message, accountId])).to.deep.equal([
      ["account not collected", member(1)],
      ["account collected", MANAGEMENT],
      ["round done", undefined],
    ]);
    for (const line of run.logs) expect(line).to.include({ runId: run.runId, batch: 1 });
  });
});
