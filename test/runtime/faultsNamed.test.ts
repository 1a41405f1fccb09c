import { expect } from "chai";

import { MANAGEMENT, member, organization, rejection, runCollector } from "../support/collectorRun";
import { startFakeAws, type InjectedFault } from "../support/fakeAws";
import { callsOf, everywhere, fakeNight, members } from "../support/fakeNight";

describe("sessions that end", () => {
  it("are renewed when reports take longer than a session lasts", async () => {
    const { summary, aws } = await fakeNight(members(20, { 5: { readyAfterMs: 4 * 60_000 } }), {
      sessionMs: 7 * 60_000,
    });

    expect(summary.complete).to.equal(true);
    expect(callsOf(aws, "AssumeRole", member(5))).to.be.greaterThan(1);
    expect(callsOf(aws, "AssumeRole", member(6))).to.equal(1);
  });

  it("are renewed when they are revoked before their time", async () => {
    const faults = (["GenerateCredentialReport", "GetCredentialReport"] as const).map((action, n): InjectedFault => ({
      service: "iam",
      action,
      accountId: member(n),
      times: 1,
      answer: { status: 403, code: "ExpiredToken", message: "The security token included in the request is expired" },
    }));

    const { summary } = await fakeNight(members(10), { faults });

    expect(summary.complete).to.equal(true);
  });

  it("name the account whose every session is refused", async () => {
    const answer = {
      status: 403,
      code: "ExpiredToken",
      message: "The security token included in the request is expired",
    };

    const { summary, missing, aws } = await fakeNight(members(10), {
      faults: [{ service: "iam", accountId: member(2), answer }],
    });

    expect(summary.accounts).to.include({ collected: 10, notCollected: 1 });
    expect(missing.get(member(2))).to.include({ step: "generate", code: "ExpiredToken" });
    expect(callsOf(aws, "AssumeRole", member(2)), "no endless renewal").to.be.at.most(10);
  });
});

describe("a bucket or key that refuses", () => {
  it("names each account whose raw report is refused, and leaves a manifest", async () => {
    const { summary, missing } = await fakeNight(members(12), {
      faults: [
        { service: "s3", key: /\/raw\//, answer: { status: 403, code: "AccessDenied", message: "Access Denied" } },
      ],
    });

    expect(summary.accounts).to.include({ collected: 0, notCollected: 13 });
    for (const lost of missing.values()) {
      expect(lost).to.include({ step: "store", code: "AccessDenied", attempts: 1 });
      expect(lost.remedy).to.match(/bucket refuses/);
    }
  });

  it("names the accounts that were stored when the key was disabled in the middle", async () => {
    const disabled = { status: 400, code: "KMS.DisabledException", message: "the key is disabled" };

    const { missing } = await fakeNight(members(12), {
      faults: [0, 1, 2].map((n) => ({ service: "s3", key: new RegExp(`raw/${member(n)}`), answer: disabled })),
    });

    expect([...missing.keys()]).to.deep.equal([member(0), member(1), member(2)]);
    for (const lost of missing.values()) {
      expect(lost).to.include({ step: "store", code: "KMS.DisabledException" });
      expect(lost.remedy).to.match(/enable it/);
    }
  });

  for (const [name, answer] of [
    ["bucket refuses everything", { status: 403, code: "AccessDenied", message: "Access Denied" }],
    ["key is disabled", { status: 400, code: "KMS.DisabledException", message: "the key is disabled" }],
  ] as const) {
    it(`fails visibly, naming cause and remedy, when the ${name}`, async () => {
      const aws = await startFakeAws(
        organization(
          members(3).map(({ id }) => ({ id })),
          { faults: [{ service: "s3", answer }] },
        ),
      );
      try {
        const error = await rejection(runCollector(aws));

        expect(error.name).to.equal("RunError");
        expect(error.message)
          .to.include(answer.code)
          .and.include(answer.message)
          .and.match(/Check that bucket and key/);
        expect(aws.objects.size).to.equal(0);
      } finally {
        await aws.close();
      }
    });
  }
});

describe("lists that are odd", () => {
  it("takes accounts that are listed twice, on pages that may be empty, once", async () => {
    const twice = Object.fromEntries([0, 7, 14, 21].map((n) => [n, { listedTwice: true }]));

    const { summary, aws } = await fakeNight(members(22, twice), { emptyPages: true, pageSize: 5 });

    expect(summary.accounts).to.include({ listed: 23, collected: 23 });
    for (const n of [0, 7, 14, 21]) expect(callsOf(aws, "GetCredentialReport", member(n))).to.equal(1);
    expect(aws.requests.filter(({ key }) => key.includes("/raw/"))).to.have.length(23);
  });

  it("names accounts that were closed between listing and collecting, and takes them for out of scope", async () => {
    const { summary, record } = await fakeNight(members(10, { 6: { closesAfterListing: true } }));

    expect(summary.accounts).to.include({ listed: 11, collected: 10, notCollected: 0, outOfScope: 1 });
    expect(record(member(6)))
      .to.have.property("reason")
      .that.matches(/SUSPENDED/);
  });
});

describe("a bad night", () => {
  it("ends with every healthy account once and every other one named", async () => {
    const bad = {
      3: { roleMissing: true },
      8: { neverCompletes: true },
      11: { report: "<html>proxy</html>" },
      15: { state: "SUSPENDED" },
      20: { closesAfterListing: true },
      25: { listedTwice: true },
      31: { fetchRefusals: ["ReportExpired", "ReportInProgress", "ReportNotPresent"] as const },
      37: { report: "" },
    };
    const faults = [
      ...everywhere(20, { status: 400, code: "ThrottlingException" }),
      ...everywhere(50, { status: 500, code: "InternalFailure" }),
      ...everywhere(29, "reset"),
      ...everywhere(37, "truncated"),
      { service: "s3" as const, key: new RegExp(`raw/${member(5)}`), answer: { status: 403, code: "AccessDenied" } },
    ];

    const { summary, missing, record } = await fakeNight(
      members(80, bad as unknown as Parameters<typeof members>[1]),
      { faults, mostGenerating: 12, sessionMs: 6 * 60_000, emptyPages: true },
      { latencyMs: 20 },
    );

    expect(summary.accounts).to.deep.equal({ listed: 81, inScope: 79, collected: 74, notCollected: 5, outOfScope: 2 });
    expect([...missing].map(([accountId, { step }]) => [accountId, step])).to.deep.equal([
      [member(3), "assumeRole"],
      [member(5), "store"],
      [member(8), "generate"],
      [member(11), "parse"],
      [member(37), "parse"],
    ]);
    expect(record(MANAGEMENT).state).to.equal("collected");
    for (const n of [15, 20]) expect(record(member(n)).state).to.equal("outOfScope");
  });
});
