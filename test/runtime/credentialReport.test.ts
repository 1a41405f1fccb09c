import { expect } from "chai";

import { MANAGEMENT, member, organization, runCollector } from "../support/collectorRun";
import { startFakeAws, type FakeAccount, type FakeAws, type InjectedFault } from "../support/fakeAws";

describe("one account's credential report", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  async function start(account: Omit<FakeAccount, "id">, faults: InjectedFault[] = []): Promise<void> {
    aws = await startFakeAws(organization([{ id: member(1), ...account }], { faults }));
  }

  function asked(action: string): number {
    return aws.requests.filter((request) => request.action === action && request.accountId === member(1)).length;
  }

  it("waits while AWS is generating, and loses nothing", async () => {
    await start({ inProgress: 5 });

    const { summary, clock } = await runCollector(aws);

    expect(summary.complete).to.equal(true);
    expect(asked("GenerateCredentialReport")).to.equal(6);
    expect(asked("GetCredentialReport")).to.equal(1);
    expect(clock.slept).to.deep.equal([400, 400, 400, 400, 400]);
  });

  it("asks the more rarely the longer a report takes, up to every ten seconds", async () => {
    await start({ neverCompletes: true });

    const { clock } = await runCollector(aws);

    expect(
      [...clock.slept].sort((a, b) => a - b),
      "waits only grow",
    ).to.deep.equal(clock.slept);
    expect(clock.slept.at(-1)).to.equal(10_000);
    expect(asked("GenerateCredentialReport")).to.be.lessThan(110);
  });

  it("takes ReportInProgress from GetCredentialReport for waiting", async () => {
    await start({ fetchRefusals: ["ReportInProgress", "ReportInProgress"] });

    const { summary } = await runCollector(aws);

    expect(summary.complete).to.equal(true);
    expect(asked("GetCredentialReport")).to.equal(3);
  });

  for (const refusal of ["ReportExpired", "ReportNotPresent"] as const) {
    it(`generates again after ${refusal}`, async () => {
      await start({ fetchRefusals: [refusal] });

      const { summary } = await runCollector(aws);

      expect(summary.complete).to.equal(true);
      expect(asked("GenerateCredentialReport")).to.equal(2);
    });
  }

  it("ends the wait for a report that never completes, and names how it ended", async () => {
    await start({ neverCompletes: true });

    const { record, clock } = await runCollector(aws);

    const lost = record(member(1));
    expect(lost).to.include({ state: "notCollected", step: "generate", code: "ReportNeverCompleted" });
    expect(lost)
      .to.have.property("message")
      .that.matches(/^no report after 59\d s; last answer: INPROGRESS$/);
    expect(lost).to.have.property("attempts", asked("GenerateCredentialReport"));
    expect(clock.now() - Date.parse("2026-11-23T03:00:00Z")).to.be.at.most(600_000);
  });

  it("ends the wait for a report that expires each time it is made", async () => {
    await start({ fetchRefusals: Array.from({ length: 1000 }, () => "ReportExpired" as const) });

    const { record } = await runCollector(aws);

    expect(record(member(1))).to.include({ step: "fetch", code: "ReportNeverCompleted" });
    expect(record(member(1)))
      .to.have.property("message")
      .that.includes("CredentialReportExpiredException");
  });

  for (const [name, answer] of [
    ["throttling", { status: 400, code: "Throttling" }],
    ["server errors", { status: 500, code: "ServiceFailure" }],
    ["dropped connections", "reset"],
  ] as const) {
    it(`rides out ${name} at every call`, async () => {
      const faults = (["sts", "iam"] as const).map((service) => ({ service, accountId: member(1), times: 3, answer }));
      await start({}, faults);

      const { summary } = await runCollector(aws);

      expect(summary.complete).to.equal(true);
    });
  }

  it("gives up on throttling that does not end, with the number of tries", async () => {
    await start({}, [
      { service: "iam", accountId: member(1), answer: { status: 400, code: "Throttling", message: "Rate exceeded" } },
    ]);

    const { record } = await runCollector(aws);

    expect(record(member(1))).to.include({
      step: "generate",
      code: "Throttling",
      message: "Rate exceeded",
      attempts: 8,
    });
    expect(asked("GenerateCredentialReport")).to.equal(8);
  });

  it("waits for capacity longer than any throttling, since that costs time and no account", async () => {
    const answer = { status: 409, code: "LimitExceeded", message: "no more capacity" };
    await start({}, [{ service: "iam", accountId: member(1), times: 12, answer }]);

    const { summary, clock } = await runCollector(aws);

    expect(summary.complete).to.equal(true);
    expect(Math.max(...clock.slept)).to.equal(30_000);
  });

  it("names an account for which AWS never has capacity", async () => {
    await start({}, [{ service: "iam", accountId: member(1), answer: { status: 409, code: "LimitExceeded" } }]);

    const { record } = await runCollector(aws);

    expect(record(member(1))).to.include({ step: "generate", code: "LimitExceededException" });
  });

  for (const [action, step] of [
    ["GenerateCredentialReport", "generate"],
    ["GetCredentialReport", "fetch"],
  ] as const) {
    it(`names a role that may not call ${action}, without trying again`, async () => {
      await start({}, [
        { service: "iam", action, accountId: member(1), answer: { status: 403, code: "AccessDenied" } },
      ]);

      const { record } = await runCollector(aws);

      expect(record(member(1))).to.include({ step, code: "AccessDenied", attempts: 1 });
      expect(record(member(1)))
        .to.have.property("remedy")
        .that.includes(`iam:${action}`);
    });
  }

  it("tells a service control policy at the API from a role without rights", async () => {
    const message =
      "User: x is not authorized to perform: iam:GenerateCredentialReport with an explicit deny in a service control policy";
    await start({}, [{ service: "iam", accountId: member(1), answer: { status: 403, code: "AccessDenied", message } }]);

    const { record } = await runCollector(aws);

    expect(record(member(1))).to.include({ step: "generate", code: "AccessDenied" });
    expect(record(member(1)))
      .to.have.property("remedy")
      .that.includes("service control policy of the organization");
  });

  it("spends no more further tries on an account than its budget has, whichever calls fail", async () => {
    await start({ inProgress: 1000 }, [
      {
        service: "iam",
        accountId: member(1),
        oneIn: 2,
        answer: { status: 400, code: "Throttling", message: "slow down" },
      },
    ]);

    const { record } = await runCollector(aws);

    expect(record(member(1))).to.include({ step: "generate", code: "Throttling" });
    expect(record(member(1))).to.have.property("message", "slow down; no further try is left to the account");
  });

  it("names the management account like any other when its own rights are missing", async () => {
    await start({}, [{ service: "iam", accountId: MANAGEMENT, answer: { status: 403, code: "AccessDenied" } }]);

    const { summary, record } = await runCollector(aws);

    expect(record(MANAGEMENT)).to.include({ step: "generate", code: "AccessDenied" });
    expect(summary.accounts).to.include({ collected: 1, notCollected: 1 });
  });
});
