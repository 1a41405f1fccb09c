import { expect } from "chai";

import { member } from "../support/collectorRun";
import type { InjectedFault } from "../support/fakeAws";
import { callsOf, everywhere, fakeNight, members } from "../support/fakeNight";

describe("faults that pass", () => {
  for (const [name, faults] of [
    ["throttling of every twentieth request", everywhere(20, { status: 400, code: "ThrottlingException" })],
    ["an error of the server at every fiftieth request", everywhere(50, { status: 500, code: "InternalFailure" })],
    ["a connection reset at every fifteenth request", everywhere(15, "reset")],
    ["an answer lost after the work at every fifteenth request", everywhere(15, "lost")],
    ["a body that breaks off at every fifteenth request", everywhere(15, "truncated")],
  ] as const) {
    it(`costs no account: ${name}`, async () => {
      const { summary, aws } = await fakeNight(members(60), { faults: [...faults] });

      expect(summary.accounts).to.include({ listed: 61, collected: 61 });
      expect(aws.faulted(), "faults").to.be.greaterThan(5);
    });
  }

  it("costs no account: all of them together, with latency and a narrow service", async () => {
    const faults = [
      ...everywhere(20, { status: 400, code: "ThrottlingException" }),
      ...everywhere(50, { status: 500, code: "InternalFailure" }),
      ...everywhere(33, "reset"),
      ...everywhere(41, "truncated"),
    ];

    const { summary } = await fakeNight(members(100), { faults, mostGenerating: 20 }, { latencyMs: 20 });

    expect(summary.accounts).to.include({ listed: 101, collected: 101 });
  });

  it("costs no account: latency of a second at every request", async () => {
    const { summary } = await fakeNight(members(30), {}, { latencyMs: 1_000 });

    expect(summary.complete).to.equal(true);
  });
});

describe("capacity to generate reports", () => {
  it("costs no account when the service refuses more than five at once", async () => {
    const { summary, aws } = await fakeNight(members(40), { mostGenerating: 5 });

    expect(summary.accounts).to.include({ listed: 41, collected: 41 });
    expect(aws.reports.peak()).to.equal(5);
  });

  it("costs no account when one request in twenty is refused for want of capacity", async () => {
    const faults: InjectedFault[] = [
      { service: "iam", action: "GenerateCredentialReport", oneIn: 20, answer: { status: 409, code: "LimitExceeded" } },
    ];

    const { summary } = await fakeNight(members(100), { faults });

    expect(summary.accounts).to.include({ listed: 101, collected: 101 });
  });

  it("asks for no more reports at once than the settings allow", async () => {
    const { summary, aws } = await fakeNight(members(30), {}, { settings: { generating: 8 } });

    expect(summary.complete).to.equal(true);
    expect(aws.reports.peak()).to.be.at.most(8);
  });
});

describe("reports that are slow or never come", () => {
  it("holds nobody up for one slow account, and collects that too", async () => {
    const slow = member(3);
    const { summary, aws } = await fakeNight(members(40, { 3: { readyAfterMs: 8 * 60_000 } }));

    expect(summary.complete).to.equal(true);
    const stored = aws.requests.filter(({ key }) => key.includes("/raw/")).map(({ key }) => key.slice(-16, -4));
    expect(stored.at(-1), "the last to be stored").to.equal(slow);
    expect(stored).to.have.length(41);
  });

  it("ends the wait for reports that never complete, names them, and collects everyone else", async () => {
    const { summary, missing, aws } = await fakeNight(
      members(30, { 4: { neverCompletes: true }, 17: { neverCompletes: true } }),
    );

    expect(summary.accounts).to.include({ collected: 29, notCollected: 2 });
    expect([...missing.keys()]).to.deep.equal([member(4), member(17)]);
    for (const [accountId, lost] of missing) {
      expect(lost).to.include({ step: "generate", code: "ReportNeverCompleted" });
      expect(lost.attempts).to.equal(callsOf(aws, "GenerateCredentialReport", accountId));
    }
  });

  it("lets reports that never complete take no room from the others in a narrow service", async () => {
    const stuck = Object.fromEntries([0, 1, 2].map((n) => [n, { neverCompletes: true }]));

    const { summary, missing } = await fakeNight(members(30, stuck), { mostGenerating: 5 });

    expect([...missing.keys()]).to.deep.equal([member(0), member(1), member(2)]);
    expect(summary.accounts).to.include({ collected: 28, notCollected: 3 });
  });
});
