import { expect } from "chai";

import type { EvidenceObject, Manifest } from "../../report/manifest";
import type { Notification } from "../../report/notification";
import { awsClients } from "../../runtime/clients";
import { reportDelivery, type DeliverReport, type DeliveryContext } from "../../runtime/delivery";
import { Deadline, DELIVERY_MS_PER_ROW } from "../../runtime/deadline";
import { CallError } from "../../runtime/errors";
import { snsPublisher } from "../../runtime/publish";
import { S3Store } from "../../runtime/s3Store";
import type { CollectorSettings, Delivery } from "../../runtime/settings";
import { keys } from "../../runtime/store";
import { withCannedAws } from "../support/cannedAws";
import {
  member,
  organization,
  readText,
  rejection,
  runCollector,
  SETTINGS,
  type CollectorRun,
} from "../support/collectorRun";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";
import { startFakeAws, type FakeAws } from "../support/fakeAws";
import type { FakeObject } from "../support/fakeBucket";
import { fakeClock } from "../support/fakeClock";

const TOPIC_ARN = "arn:aws:sns:eu-central-1:111111111111:alerts";

/** A run whose report was delivered. */
interface DeliveredRun extends CollectorRun {
  delivery: Delivery;
  messages: Notification[];
}

describe("the delivery of a run's report", () => {
  let aws: FakeAws;

  beforeEach(async () => {
    aws = await startFakeAws(organization([{ id: member(1), name: "Workload" }]));
  });
  afterEach(() => aws.close());

  async function delivered(
    start: string,
    more: { settings?: Partial<CollectorSettings>; endsAt?: (run: Manifest) => number; memoryMiB?: number } & Partial<
      Pick<DeliveryContext, "publish">
    > = {},
  ): Promise<DeliveredRun> {
    const settings = { ...SETTINGS, ...more.settings };
    const { memoryMiB = 1024 } = more;
    const clock = fakeClock(start);
    const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };
    const clients = awsClients(settings, { endpoint: aws.endpoint, credentials });
    const messages: Notification[] = [];
    const publish =
      more.publish ??
      ((message: Notification): Promise<void> => {
        messages.push(message);
        return Promise.resolve();
      });
    const store = new S3Store(clients.s3, settings, clock);
    const deliver: DeliverReport = (manifest: Manifest, stored: EvidenceObject) => {
      const endsAt = more.endsAt ? clock.now() + more.endsAt(manifest) : Infinity;
      return reportDelivery({ settings, store, publish, clock, log: () => undefined, endsAt, memoryMiB })(
        manifest,
        stored,
      );
    };
    try {
      const run = await runCollector(aws, { clock, store, settings, deliver });
      return { ...run, delivery: run.summary.delivery ?? { page: null, published: false }, messages };
    } finally {
      clients.destroy();
    }
  }

  const withUsers = (...users: Record<string, string>[]): void => {
    const account = aws.options.accounts.find(({ id }) => id === member(1));
    if (account) account.report = credentialReportCsv(member(1), [rootRow(member(1)), ...users]);
  };

  it("stores the page beside the run, so that it opens in a browser, after all that is evidence", async () => {
    const { summary, delivery } = await delivered("2026-11-23T03:00:00Z");
    const key = `runs/${summary.runId}/report.html`;
    expect(delivery).to.deep.equal({ page: key, published: true });
    const { body, headers }: FakeObject = aws.objects.get(key) ?? { body: Buffer.alloc(0), headers: {} };
    expect(body.toString())
      .to.match(/^<!doctype html>/)
      .and.to.contain(summary.manifestSha256)
      .and.to.contain("alice");
    expect(headers).to.include({ "content-type": "text/html; charset=utf-8", "if-none-match": "*" });
    expect(headers["x-amz-server-side-encryption-aws-kms-key-id"]).to.equal(SETTINGS.keyArn);
    const puts = aws.requests.filter(({ action }) => action === "PutObject").map((request) => request.key);
    expect(puts.slice(-3)).to.deep.equal([summary.manifestKey, "latest.json", key]);
  });

  it("publishes one message with the result, the link to the page, and no name of a user", async () => {
    const { summary, messages } = await delivered("2026-11-23T03:00:00Z");
    expect(messages).to.have.length(1);
    const [{ subject, text } = { subject: "", text: "" }] = messages;
    expect(subject).to.match(/^Credential reports complete: 2 of 2 accounts/);
    expect(text).to.contain(
      `https://eu-central-1.console.aws.amazon.com/s3/object/evidence?region=eu-central-1&prefix=runs/${summary.runId}/report.html`,
    );
    expect(text)
      .to.match(/2 × console-mfa/)
      .and.to.contain(summary.manifestSha256);
    expect(text).not.to.contain("alice").and.not.to.contain("Changed since");
  });

  it("names the accounts that are missing", async () => {
    aws.options.accounts.push({ id: member(2), name: "Gone", roleMissing: true });
    const { summary, messages } = await delivered("2026-11-23T03:00:00Z");
    expect(summary.complete).to.equal(false);
    expect(messages[0]?.text)
      .to.contain(`${member(2)} Gone (`)
      .and.to.contain("AccessDenied at assumeRole");
  });

  it("says what changed since the run before, on the page and in the message", async () => {
    withUsers(userRow(member(1), "alice"));
    const first = await delivered("2026-11-22T03:00:00Z");
    withUsers(userRow(member(1), "alice", { mfa_active: "true" }), userRow(member(1), "mallory"));
    const { messages, delivery } = await delivered("2026-11-23T03:00:00Z");
    expect(delivery).not.to.have.property("problem");
    expect(messages[0]?.text).to.contain(`Changed since run ${first.summary.runId}`);
    expect(messages[0]?.text).to.contain("1 user added\n").and.to.contain("1 user gained MFA\n");
    expect(readText(aws, delivery.page ?? "")).to.contain(first.summary.runId);
  });

  it("tells findings with an exception apart", async () => {
    withUsers(userRow(member(1), "alice"));
    const excepted = {
      accountId: member(1),
      user: "alice",
      control: "console-mfa",
      reason: "r",
      expires: "2027-01-01",
    };
    const { messages } = await delivered("2026-11-23T03:00:00Z", { settings: { exceptions: [excepted] } });
    expect(messages[0]?.text).to.match(/1 × console-mfa \(.*\), and 1 excepted/);
  });

  describe("never fails the run, and says what went wrong:", () => {
    const stands = ({ summary }: CollectorRun): void => {
      expect(summary.complete).to.equal(true);
      expect(readText(aws, "latest.json")).to.contain(summary.runId);
    };

    it("a page that cannot be stored, with the link to the manifest in its place", async () => {
      const answer = { status: 403, code: "AccessDenied", message: "no" };
      aws.options.faults = [{ service: "s3", action: "PutObject", key: /report\.html$/, answer }];
      const run = await delivered("2026-11-23T03:00:00Z");
      stands(run);
      const problem = "The page was not stored: AccessDenied: no";
      expect(run.delivery).to.deep.equal({ page: null, published: true, problem });
      expect(run.messages[0]?.text).to.contain(`prefix=${run.summary.manifestKey}`).and.to.contain(problem);
      expect(run.messages[0]?.text).to.contain("2 × console-mfa");
    });

    it("rows that cannot be read back, with the counts of the manifest", async () => {
      const answer = { status: 403, code: "AccessDenied", message: "no" };
      aws.options.faults = [{ service: "s3", action: "GetObject", key: /^credentials\//, answer }];
      const run = await delivered("2026-11-23T03:00:00Z");
      stands(run);
      expect(run.delivery).to.include({ page: null, published: true });
      expect(run.messages[0]?.text).to.contain("2 × console-mfa");
    });

    it("a summary that cannot be published", async () => {
      const refused = new CallError("AuthorizationError", "not authorized", 1);
      const run = await delivered("2026-11-23T03:00:00Z", { publish: () => Promise.reject(refused) });
      stands(run);
      expect(run.delivery).to.deep.equal({
        page: keys.page(run.summary.runId),
        published: false,
        problem: "The summary was not published: AuthorizationError: not authorized",
      });
    });

    it("a run before that was altered: it is not believed", async () => {
      const before = await delivered("2026-11-22T03:00:00Z");
      const stored = aws.objects.get(before.manifest.consolidated.key);
      if (stored) stored.body = Buffer.from(stored.body.toString().replace("alice", "mallet"));
      const run = await delivered("2026-11-23T03:00:00Z");
      stands(run);
      expect(run.delivery.page).to.equal(keys.page(run.summary.runId));
      expect(run.delivery.problem).to.match(
        /^The run before is not compared: .*credentials\.csv was altered: its SHA-256 is/,
      );
      expect(run.messages[0]?.text).to.not.contain("Changed since");
    });

    it("a manifest before that was altered: what is older is not believed either", async () => {
      const oldest = await delivered("2026-11-21T03:00:00Z");
      await delivered("2026-11-22T03:00:00Z");
      const stored = aws.objects.get(oldest.summary.manifestKey);
      if (stored) stored.body = Buffer.from(stored.body.toString().replace('"rows": 4', '"rows": 5'));
      const run = await delivered("2026-11-23T03:00:00Z");
      stands(run);
      expect(run.delivery.problem).to.match(/^Not all earlier runs are shown: .*manifest\.json was altered/);
      expect(run.messages[0]?.text).to.contain("Changed since");
    });

    it("no time for the page: the summary goes out", async () => {
      const run = await delivered("2026-11-23T03:00:00Z", { endsAt: () => 10_000 });
      stands(run);
      expect(run.delivery).to.include({ page: null, published: true });
      expect(run.delivery.problem).to.match(/no time left to make the page; give the function more time or memory/);
    });

    it("no time to compare: the page is made without", async () => {
      await delivered("2026-11-22T03:00:00Z");
      const run = await delivered("2026-11-23T03:00:00Z", { endsAt: ({ rows }) => 10_000 + rows * 0.1 });
      stands(run);
      expect(run.delivery.page).to.equal(keys.page(run.summary.runId));
      expect(run.delivery.problem).to.match(/no time left to compare it/);
      expect(run.messages[0]?.text).to.not.contain("Changed since");
    });
  });

  it("makes no page for which the memory does not suffice, and says how much would", async () => {
    const { delivery } = await delivered("2026-11-23T03:00:00Z", { memoryMiB: 200 });
    expect(delivery).to.include({ page: null, published: true });
    expect(delivery.problem).to.match(/too little memory to make the page; give the function 201 MiB/);
  });

  it("is off by default: no page, no report is read back", async () => {
    const { summary } = await runCollector(aws);
    expect(summary).not.to.have.property("delivery");
    expect([...aws.objects.keys()].filter((key) => key.endsWith(".html"))).to.deep.equal([]);
    expect(aws.requests.filter(({ action, key }) => action === "GetObject" && key.startsWith("cred"))).to.deep.equal(
      [],
    );
  });

  it("takes its time from the time to ask accounts, row by row", () => {
    const clock = fakeClock();
    const [without, withDelivery] = [0, DELIVERY_MS_PER_ROW].map((more) => new Deadline(clock.now(), clock, more));
    without?.add(1000);
    withDelivery?.add(1000);
    expect((without?.asksUntil() ?? 0) - (withDelivery?.asksUntil() ?? 0)).to.be.closeTo(300, 1);
  });
});

describe("snsPublisher", () => {
  const clock = fakeClock();
  const publish = (): Promise<void> =>
    snsPublisher(
      TOPIC_ARN,
      awsClients({ region: "eu-west-1", concurrency: 1 }),
      clock,
    )({ subject: "Run complete", text: "All is well.\n" }, clock.now() + 10_000);

  it("sends subject and text to the topic", async () => {
    const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`;
    await withCannedAws({ Publish: { status: 200, body } }, publish);
  });

  it("fails with the code of SNS", async () => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>KMSAccessDenied</Code><Message>no</Message></Error></ErrorResponse>`;
    const error = await withCannedAws({ Publish: { status: 400, body } }, () => rejection(publish()));
    expect(error).to.include({ name: "CallError" });
    expect((error as Error & { code: string }).code).to.match(/^KMSAccessDenied/);
  });
});
