import { expect } from "chai";

import type { FindingOpenedDetail, RunCompletedDetail } from "../../report/events/eventTypes";
import { MOST_FINDINGS_SENT, RunAnnouncer } from "../../runtime/announcement";
import { awsClients } from "../../runtime/clients";
import { eventSender } from "../../runtime/events";
import type { MetricValues } from "../../runtime/runMetrics";
import { S3Store } from "../../runtime/s3Store";
import type { Announcement, CollectorSettings } from "../../runtime/settings";
import { member, organization, runCollector, SETTINGS, type CollectorRun } from "../support/collectorRun";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";
import { eventProblems } from "../support/eventSchemas";
import { startFakeAws, type FakeAws } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";
import { startFakeEventBus, type FakeEventBus, type Refuse } from "../support/fakeEventBus";

const BUS = "arn:aws:events:eu-central-1:111111111111:event-bus/default";
const FINDINGS = { events: { busArn: BUS, findings: true } };

/** A run and what was told of it. */
interface AnnouncedRun extends CollectorRun {
  announcement: Announcement | undefined;
  metrics: MetricValues[];
  /** Details of the events that the bus took, by their names. */
  told: { name: string; detail: unknown }[];
}

describe("announcing a run", () => {
  let aws: FakeAws;
  let bus: FakeEventBus;

  beforeEach(async () => {
    aws = await startFakeAws(organization([{ id: member(1), name: "Workload" }]));
    bus = await startFakeEventBus();
  });
  afterEach(async () => {
    await aws.close();
    await bus.close();
  });

  /** Runs the collector, on a clock that does not wait. */
  async function announced(
    start: string,
    more: { settings?: Partial<CollectorSettings>; memoryMiB?: number; leftMs?: number } = {},
  ): Promise<AnnouncedRun> {
    const settings: CollectorSettings = { ...SETTINGS, ...more.settings };
    const clock = fakeClock(start);
    const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };
    const clients = awsClients(settings, { endpoint: aws.endpoint, credentials });
    const ofBus = awsClients(settings, { endpoint: bus.endpoint, credentials });
    const store = new S3Store(clients.s3, settings, clock);
    const metrics: MetricValues[] = [];
    const before = bus.taken.length;
    try {
      const run = await runCollector(aws, {
        ...{ clock, store, settings },
        announce: (finished) =>
          new RunAnnouncer({
            ...{ settings, store, clock, log: () => undefined },
            metrics: (values) => metrics.push(values),
            send: settings.events && eventSender(settings.events.busArn, ofBus, clock),
            endsAt: clock.now() + (more.leftMs ?? 600_000),
            memoryMiB: more.memoryMiB ?? 1024,
          }).announce(finished),
      });
      const told = bus.taken
        .slice(before)
        .map(({ DetailType: name, Detail }) => ({ name, detail: JSON.parse(Detail) as unknown }));
      return { ...run, announcement: run.summary.announcement, metrics, told };
    } finally {
      clients.destroy();
      ofBus.destroy();
    }
  }

  const withUsers = (...users: Record<string, string>[]): void => {
    const account = aws.options.accounts.find(({ id }) => id === member(1));
    if (account) account.report = credentialReportCsv(member(1), [rootRow(member(1)), ...users]);
  };
  const safe = (user: string): Record<string, string> => userRow(member(1), user, { mfa_active: "true" });
  const unsafe = (user: string): Record<string, string> => userRow(member(1), user);

  async function refusing(refuse: Refuse): Promise<void> {
    await bus.close();
    bus = await startFakeEventBus(refuse);
  }

  it("is one event and the metrics, by default of runs alone: nothing is read back", async () => {
    const { summary, announcement, told, metrics } = await announced("2026-11-22T03:00:00Z", {
      settings: { events: { busArn: BUS, findings: false } },
    });
    expect(announcement).to.deep.equal({ sent: 1, opened: null });
    expect(told.map(({ name }) => name)).to.deep.equal(["RunCompleted"]);
    expect(told[0]?.detail).to.include({
      runId: summary.runId,
      bucket: "evidence",
      manifestKey: summary.manifestKey,
      manifestSha256: summary.manifestSha256,
      opened: null,
    });
    expect(metrics).to.have.length(1);
    expect(aws.requests.filter(({ action, key }) => action === "GetObject" && key.startsWith("cred"))).to.deep.equal(
      [],
    );
  });

  it("is the metrics alone where events are off", async () => {
    const { announcement, told, metrics } = await announced("2026-11-22T03:00:00Z");
    expect(announcement).to.equal(undefined);
    expect(told).to.deep.equal([]);
    expect(metrics[0]).to.include({ RunsCompleted: 1, AccountsCollected: 2 });
  });

  it("tells who is missing from an incomplete run", async () => {
    aws.options.accounts.push({ id: member(2), name: "Gone", roleMissing: true });
    const { told } = await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
    expect(told.map(({ name }) => name)).to.deep.equal(["RunIncomplete"]);
    expect(await eventProblems("RunIncomplete", [told[0]?.detail])).to.equal("");
    expect(JSON.stringify(told[0]?.detail)).to.include(member(2)).and.to.include("AccessDenied");
  });

  it("opens nothing in the first run, and then what a change opened, before the event of the run", async () => {
    withUsers(safe("alice"), unsafe("bob"));
    const first = await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
    expect(first.told.map(({ name }) => name)).to.deep.equal(["RunCompleted"]);
    expect(first.announcement).to.deep.equal({ sent: 1, opened: null });

    withUsers(unsafe("alice"), unsafe("bob"));
    const { told, announcement, metrics, summary } = await announced("2026-11-23T03:00:00Z", { settings: FINDINGS });
    expect(told.map(({ name }) => name)).to.deep.equal(["FindingOpened", "FindingOpened", "RunCompleted"]);
    const findings = told.slice(0, 2).map(({ detail }) => detail as FindingOpenedDetail);
    expect(findings.map(({ user, control }) => `${user} ${control.id}`)).to.deep.equal([
      "alice console-mfa",
      "alice user-mfa",
    ]);
    expect(findings[0]).to.include({ since: first.summary.runId, runId: summary.runId, accountName: "Workload" });
    expect(await eventProblems("FindingOpened", findings)).to.equal("");
    const opened = { since: first.summary.runId, count: 2, excepted: 0, sent: 2, allSent: true };
    expect((told[2]?.detail as RunCompletedDetail).opened).to.deep.equal(opened);
    expect(announcement).to.deep.equal({ sent: 3, opened });
    expect(metrics[1]).to.deep.equal({ FindingsOpened: 2 });
  });

  it("keeps findings with an exception to itself, and counts them", async () => {
    withUsers(safe("alice"));
    await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
    withUsers(unsafe("alice"));
    const exception = { accountId: member(1), user: "alice", reason: "r", expires: "2027-01-01" };
    const { told, announcement } = await announced("2026-11-23T03:00:00Z", {
      settings: { ...FINDINGS, exceptions: [{ ...exception, control: "console-mfa" }] },
    });
    expect(told.map(({ name }) => name)).to.deep.equal(["FindingOpened", "RunCompleted"]);
    expect((told[0]?.detail as FindingOpenedDetail).control.id).to.equal("user-mfa");
    expect(announcement?.opened).to.include({ count: 1, excepted: 1, sent: 1, allSent: true });
  });

  it("sends a thousand findings at the most, and says that there are more", async () => {
    const users = Array.from({ length: MOST_FINDINGS_SENT }, (_, n) => `user${n}`);
    withUsers(...users.map(safe));
    await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
    withUsers(...users.map(unsafe));
    const { told, announcement } = await announced("2026-11-23T03:00:00Z", { settings: FINDINGS });
    const count = 2 * MOST_FINDINGS_SENT;
    expect(told).to.have.length(MOST_FINDINGS_SENT + 1);
    expect((told.at(-1)?.detail as RunCompletedDetail).opened).to.include({ count, sent: 1000, allSent: false });
    expect(announcement?.problem).to.equal("1000 opened findings were not sent: there are too many");
  });

  describe("never fails the run, and says what went wrong:", () => {
    it("a bus that refuses", async () => {
      await refusing(() => ({ code: "NotAuthorizedForSourceException", message: "no" }));
      const { summary, announcement } = await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
      expect(summary.complete).to.equal(true);
      expect(announcement).to.deep.equal({
        sent: 0,
        opened: null,
        problem: "The event of the run was not sent: NotAuthorizedForSourceException: no",
      });
    });

    it("findings that are refused: the event of the run is sent, and says so", async () => {
      withUsers(safe("alice"));
      await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
      withUsers(unsafe("alice"));
      await refusing(({ DetailType }) =>
        DetailType === "FindingOpened" ? { code: "MalformedDetail", message: "no" } : undefined,
      );
      const { told, announcement } = await announced("2026-11-23T03:00:00Z", { settings: FINDINGS });
      expect(told.map(({ name }) => name)).to.deep.equal(["RunCompleted"]);
      expect((told[0]?.detail as RunCompletedDetail).opened).to.include({ count: 2, sent: 0, allSent: false });
      expect(announcement?.problem).to.equal("2 opened findings were not sent: MalformedDetail: no");
    });

    for (const [what, more] of [
      ["too little memory to compare", { memoryMiB: 100 }],
      ["no time to compare", { leftMs: 10_000 }],
    ] as const) {
      it(`${what}: the event of the run is sent`, async () => {
        await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
        const { told, announcement } = await announced("2026-11-23T03:00:00Z", { settings: FINDINGS, ...more });
        expect(told.map(({ name }) => name)).to.deep.equal(["RunCompleted"]);
        expect(told[0]?.detail).to.include({ opened: null });
        expect(announcement?.problem).to.match(
          /^The run before is not compared: there (is|was) (too little memory|no time)/,
        );
      });
    }

    it("a run before that was altered: it is not believed", async () => {
      const { summary } = await announced("2026-11-22T03:00:00Z", { settings: FINDINGS });
      const key = [...aws.objects.keys()].find((name) => name.endsWith(`run=${summary.runId}/credentials.csv`)) ?? "";
      const object = aws.objects.get(key);
      if (object)
        aws.objects.set(key, { ...object, body: Buffer.from(object.body.toString().replace("alice", "alicf")) });
      const { announcement } = await announced("2026-11-23T03:00:00Z", { settings: FINDINGS });
      expect(announcement).to.include({ sent: 1, opened: null });
      expect(announcement?.problem).to.match(/^The run before is not compared: /);
    });
  });
});
