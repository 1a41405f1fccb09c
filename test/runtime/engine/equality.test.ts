import { expect } from "chai";

import { member, organization, runCollector } from "../../support/collectorRun";
import { credentialReportCsv, userRow } from "../../support/credentialReports";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../../support/fakeAws";
import { fakeClock, type FakeClock } from "../../support/fakeClock";
import { SteppedRun } from "../../support/steppedRun";
import type { CollectorSettings } from "../../../runtime/settings";
import { KNOWN_COLUMNS } from "../../../report/credentialReport";

const RUN_ID = "20261123T030000Z-000800";

/** A clock on which sleeping takes no time at all, so that both engines tell the same time at every moment. */
function stoppedClock(): FakeClock {
  return { ...fakeClock(), sleep: () => Promise.resolve() };
}

describe("the two engines", () => {
  const started: FakeAws[] = [];

  afterEach(async () => {
    await Promise.all(started.splice(0).map((aws) => aws.close()));
  });

  async function start(options: FakeAwsOptions): Promise<FakeAws> {
    const aws = await startFakeAws(options);
    started.push(aws);
    return aws;
  }

  /** Everything but the work objects. */
  function left(aws: FakeAws): Map<string, { body: string; metadata: unknown }> {
    return new Map(
      [...aws.objects]
        .filter(([key]) => !key.startsWith("work/"))
        .sort()
        .map(([key, { body, headers }]) => [
          key,
          { body: body.toString("base64"), metadata: headers["x-amz-meta-generated-time"] },
        ]),
    );
  }

  async function expectSame(
    accounts: () => FakeAccount[],
    settings: Partial<CollectorSettings> = {},
    more: () => Partial<FakeAwsOptions> = () => ({}),
  ): Promise<{ aws: FakeAws; run: SteppedRun }> {
    const one = await start(organization(accounts(), more()));
    await runCollector(one, { newRunId: () => RUN_ID, clock: stoppedClock(), settings });
    const aws = await start(organization(accounts(), more()));
    const run = new SteppedRun(aws, { runId: RUN_ID, clock: stoppedClock(), settings });
    await run.run();
    const [expected, found] = [left(one), left(aws)];
    expect([...found.keys()]).to.deep.equal([...expected.keys()]);
    for (const [key, object] of expected) expect(found.get(key), key).to.deep.equal(object);
    return { aws, run };
  }

  const wide = credentialReportCsv(
    member(4),
    [userRow(member(4), "=bob,the", { additional_credentials_info: "{}" })],
    [...KNOWN_COLUMNS, "additional_credentials_info"],
  );

  it("leave the same objects, byte for byte, of an organization with everything that can happen to an account", async () => {
    const accounts = (): FakeAccount[] => [
      { id: member(9), name: "Nine, of all", inProgress: 3 },
      { id: member(1), roleMissing: true },
      { id: member(2), state: "SUSPENDED" },
      { id: member(3), fetchRefusals: ["ReportExpired", "ReportInProgress"] },
      { id: member(4), report: wide },
      { id: member(5), report: "no report" },
      { id: member(6), closesAfterListing: true },
      { id: member(7), neverCompletes: false, inProgress: 1 },
      { id: member(8) },
    ];
    const { run } = await expectSame(accounts);
    const inState = (state: string): string[] =>
      run.manifest().accounts.flatMap((account) => (account.state === state ? [account.accountId] : []));
    expect(inState("collected")).to.have.length(6);
    expect(inState("notCollected")).to.deep.equal([member(1), member(5)]);
    expect(inState("outOfScope")).to.deep.equal([member(2), member(6)]);
  });

  for (const [what, settings] of [
    ["a unit", { include: ["Root/Workloads"], exclude: [member(2)] }],
    ["a tag", { include: ["tag:stage=prod"] }],
    ["accounts", { include: [member(3), member(1)] }],
  ] as const) {
    it(`leave the same where ${what} chooses among the accounts`, async () => {
      const { run } = await expectSame(
        () => [
          { id: member(1), ou: "Workloads/Production", tags: { stage: "prod" } },
          { id: member(2), ou: "Workloads", tags: { stage: "test" } },
          { id: member(3), ou: "Sandbox", tags: { stage: "prod" } },
          { id: member(4), ou: "Workloads/Development" },
        ],
        { include: [...settings.include], exclude: "exclude" in settings ? [...settings.exclude] : [], batchSize: 1 },
      );
      expect(run.manifest().counts).to.include({ listed: 5, inScope: 2, collected: 2, outOfScope: 3 });
    });
  }

  it("leave the same of an account that is in no organization", async () => {
    const { run } = await expectSame(() => [], { standalone: true });
    expect(run.manifest()).to.deep.include({ organizationId: null, complete: true });
  });

  it("leave the same where AWS has no room at first, throttles, breaks off and loses answers", async () => {
    const { run } = await expectSame(
      () => [1, 2, 3, 4, 5, 6, 7].map((n) => ({ id: member(n) })),
      { batchSize: 2 },
      () => ({
        faults: [
          {
            service: "iam",
            action: "GenerateCredentialReport",
            accountId: member(1),
            times: 3,
            answer: { status: 409, code: "LimitExceeded" },
          },
          { service: "sts", accountId: member(2), times: 2, answer: { status: 400, code: "Throttling" } },
          { service: "iam", action: "GetCredentialReport", accountId: member(3), times: 1, answer: "truncated" },
          { service: "s3", key: new RegExp(`raw/${member(4)}`), times: 1, answer: "lost" },
          { service: "s3", key: /credentials\.csv$/, times: 1, answer: "lost" },
          { service: "s3", action: "PutObject", key: /manifest\.json$/, times: 1, answer: "lost" },
          { service: "iam", accountId: member(5), answer: { status: 403, code: "AccessDenied" } },
          { service: "s3", key: new RegExp(`raw/${member(6)}`), answer: { status: 403, code: "AccessDenied" } },
        ],
      }),
    );
    expect(run.manifest().counts).to.include({ inScope: 8, collected: 6, notCollected: 2 });
  });
});
