import { expect } from "chai";

import { runFailedEvent } from "../../report/events/events";
import type { CollectorEvent } from "../../report/events/eventTypes";
import { awsClients } from "../../runtime/clients";
import { eventSender, type SentEvents } from "../../runtime/events";
import { fakeClock } from "../support/fakeClock";
import { startFakeEventBus, type FakeEventBus, type Refuse } from "../support/fakeEventBus";

const BUS = "arn:aws:events:eu-west-1:111111111111:event-bus/security";

/** An event whose message is `text`. */
function event(text: string): CollectorEvent {
  return runFailedEvent({
    runId: null,
    collector: "collector",
    requestId: "request-1",
    execution: null,
    failedAt: "2026-11-23T03:00:00.000Z",
    code: "Test",
    message: text,
    remedy: "None",
  });
}

const events = (count: number): CollectorEvent[] => Array.from({ length: count }, (_, index) => event(`${index}`));

const messages = (bus: FakeEventBus): string[] =>
  bus.taken.map(({ Detail }) => (JSON.parse(Detail) as { message: string }).message);

describe("sending events", () => {
  let bus: FakeEventBus;

  afterEach(() => bus.close());

  /** Sends on a clock that does not wait. */
  async function send(some: CollectorEvent[], forMs = 15_000): Promise<SentEvents> {
    const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };
    const clients = awsClients({ region: "eu-central-1", concurrency: 1 }, { endpoint: bus.endpoint, credentials });
    const clock = fakeClock();
    try {
      return await eventSender(BUS, clients, clock)(some, clock.now() + forMs);
    } finally {
      clients.destroy();
    }
  }

  async function sendTo(refuse: Refuse, some: CollectorEvent[], forMs?: number): Promise<SentEvents> {
    bus = await startFakeEventBus(refuse);
    return send(some, forMs);
  }

  it("names source, kind, time and bus of each", async () => {
    expect(await sendTo(() => undefined, [event("one")])).to.deep.equal({ sent: 1 });
    expect(bus.taken[0]).to.deep.include({
      EventBusName: BUS,
      Source: "iam-credential-reports",
      DetailType: "RunFailed",
      Time: Date.parse("2026-11-23T03:00:00Z") / 1000,
    });
  });

  it("sends ten in a request, in their order", async () => {
    expect(await sendTo(() => undefined, events(23))).to.deep.equal({ sent: 23 });
    expect(bus.requests.map(({ length }) => length)).to.deep.equal([10, 10, 3]);
    expect(messages(bus)).to.deep.equal(events(23).map((_, index) => `${index}`));
  });

  it("keeps each request below the size that EventBridge takes", async () => {
    const large = events(12).map((each) => ({
      ...each,
      detail: { ...each.detail, padding: "é".repeat(30_000) },
    })) as CollectorEvent[];
    expect(await sendTo(() => undefined, large)).to.deep.equal({ sent: 12 });
    for (const request of bus.requests) {
      const bytes = request.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0);
      expect(bytes).to.be.lessThan(256 * 1024);
    }
    expect(bus.requests.map(({ length }) => length)).to.deep.equal([4, 4, 4]);
  });

  it("sends entries that were refused for a time again, and no others", async () => {
    const answer = await sendTo(({ Detail }, request) => {
      if (request > 2) return undefined;
      return /"message":"[37]"/.test(Detail)
        ? { code: request === 1 ? "InternalFailure" : "ThrottlingException", message: "later" }
        : undefined;
    }, events(10));
    expect(answer).to.deep.equal({ sent: 10 });
    expect(bus.requests.map(({ length }) => length)).to.deep.equal([10, 2, 2]);
    expect(messages(bus).slice(-2)).to.deep.equal(["3", "7"]);
  });

  it("gives up what EventBridge refuses for good, and says why", async () => {
    const answer = await sendTo(
      ({ Detail }) =>
        Detail.includes('"1"') ? { code: "MalformedDetail", message: "Detail is malformed" } : undefined,
      events(25),
    );
    expect(answer).to.deep.equal({ sent: 9, problem: "MalformedDetail: Detail is malformed" });
    expect(bus.requests).to.have.length(1);
  });

  it("says so where the bus may not be used", async () => {
    bus = await startFakeEventBus(undefined, { status: 400, code: "AccessDeniedException", message: "not authorized" });
    expect(await send(events(1))).to.deep.equal({ sent: 0, problem: "AccessDeniedException: not authorized" });
  });

  it("ends when its time is over", async () => {
    const answer = await sendTo(() => ({ code: "ThrottlingException", message: "later" }), events(1), 2_000);
    expect(answer.sent).to.equal(0);
    expect(answer.problem).to.match(/ThrottlingException: later/);
    await bus.close();
    bus = await startFakeEventBus();
    expect(await send(events(1), 0)).to.deep.equal({ sent: 0, problem: "there was no time left" });
  });
});
