import { expect } from "chai";
import fc from "fast-check";
import {
  CLOCKS_APART_MS,
  decideLease,
  releaseOf,
  runningOf,
  RUNNING_SCHEMA,
  takeLease,
  type Lease,
  type LeaseStore,
  type Running,
} from "../../runtime/lease";

const START = Date.parse("2026-11-23T03:15:00Z");
const MINUTE = 60_000;

const running = (more: Partial<Running> = {}): Running => ({
  schema: RUNNING_SCHEMA,
  state: "running",
  runId: "20261123T031500Z-000001",
  holder: "request-1",
  startedAt: new Date(START).toISOString(),
  expiresAt: new Date(START + 15 * MINUTE).toISOString(),
  ...more,
});

const request = (n: number, startedAt = START, minutes = 15) => ({
  runId: `20261123T031500Z-00000${n}`,
  holder: `request-${n}`,
  startedAt,
  expiresAt: startedAt + minutes * MINUTE,
});

/** What lies in the bucket, and which answers are lost on the way: of a write that was made, the try after it finds another version. */
class MemoryStore implements LeaseStore {
  bytes: Uint8Array | undefined;
  version = 0;
  writes = 0;

  constructor(
    private readonly lost: (write: number) => boolean = () => false,
    private readonly pause: () => Promise<void> = () => Promise.resolve(),
  ) {}

  async read(): Promise<{ version: string; bytes: Uint8Array }> {
    await this.pause();
    if (!this.bytes) throw new Error("AccessDenied");
    return { version: String(this.version), bytes: this.bytes };
  }

  async create(bytes: Uint8Array): Promise<string | undefined> {
    await this.pause();
    return this.bytes ? undefined : this.write(bytes);
  }

  async replace(version: string, bytes: Uint8Array): Promise<string | undefined> {
    await this.pause();
    return version === String(this.version) ? this.write(bytes) : undefined;
  }

  get running(): Running | undefined {
    return this.bytes && runningOf(this.bytes);
  }

  private write(bytes: Uint8Array): string | undefined {
    this.bytes = bytes;
    this.version += 1;
    this.writes += 1;
    return this.lost(this.writes) ? undefined : String(this.version);
  }
}

async function taken(store: LeaseStore, n: number, now = START): Promise<Lease> {
  const answer = await takeLease(store, request(n, now), () => now);
  if ("refused" in answer) throw new Error(answer.refused.message);
  return answer.lease;
}

describe("whether a lease may be taken", () => {
  const me = request(2);
  const cases: [string, Running | undefined, number, string][] = [
    ["where none can be read", undefined, 0, "take"],
    ["where the run before has ended", running({ state: "idle" }), 0, "take"],
    ["while another runs", running(), 0, "refuse"],
    ["while another runs, to the last millisecond", running(), 15 * MINUTE - 1, "refuse"],
    ["when the time of the other is over", running(), 15 * MINUTE, "take"],
    ["of an earlier attempt of one's own", running({ holder: me.holder }), 0, "take"],
    ["that one has", running({ holder: me.holder, runId: me.runId }), 0, "own"],
  ];
  for (const [what, found, later, decision] of cases) {
    it(`${what}: ${decision}`, () => expect(decideLease(found, me, START + later)).to.equal(decision));
  }

  it("is nobody's where it would hold longer than any run can, so that no single write keeps all runs away", () => {
    const forever = running({ expiresAt: "2999-01-01T00:00:00Z" });
    expect(decideLease(forever, me, START)).to.equal("take");
    const longest = running({ expiresAt: new Date(START + 1440 * MINUTE + CLOCKS_APART_MS).toISOString() });
    expect(decideLease(longest, me, START)).to.equal("refuse");
  });

  it("is refused for as long as another may run, whoever asks, and no longer", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 180 }),
        fc.integer({ min: -1440 * MINUTE }),
        (holder, runId, minutes, late) => {
          fc.pre(holder !== me.holder);
          const expiresAt = START + minutes * MINUTE;
          const found = running({ holder, runId, expiresAt: new Date(expiresAt).toISOString() });
          expect(decideLease(found, me, expiresAt + late)).to.equal(late < 0 ? "refuse" : "take");
        },
      ),
    );
  });
});

describe("the lease of a run", () => {
  it("is taken, refuses others by name, and is taken by the next when it was given back", async () => {
    const store = new MemoryStore();
    const lease = await taken(store, 1);
    const second = await takeLease(store, request(2), () => START + MINUTE);
    expect(second).to.deep.include({
      refused: {
        refused: "RunInProgress",
        message:
          "Run 20261123T031500Z-000001 is going on since 2026-11-23T03:15:00.000Z, and there is one at a time, so this one did not " +
          "begin. Wait for its end; should it have been stopped, it counts for nothing any more from 2026-11-23T03:30:30.000Z on",
        running: {
          runId: "20261123T031500Z-000001",
          holder: "request-1",
          startedAt: "2026-11-23T03:15:00.000Z",
          expiresAt: "2026-11-23T03:30:30.000Z",
        },
      },
    });
    await lease.release();
    expect(store.running).to.include({ state: "idle", runId: "20261123T031500Z-000001" });
    await taken(store, 2);
    expect(store.running).to.include({ state: "running", holder: "request-2" });
  });

  it("of a holder that died is taken when it has expired, and not before", async () => {
    const store = new MemoryStore();
    await taken(store, 1);
    const end = START + 15 * MINUTE + CLOCKS_APART_MS;
    expect(await takeLease(store, request(2), () => end - 1)).to.have.property("refused");
    expect(await takeLease(store, request(2), () => end)).to.have.property("lease");
  });

  it("is taken over at once by the next attempt of the same request, as another run", async () => {
    const store = new MemoryStore();
    await taken(store, 1);
    const retry = { ...request(1), runId: "20261123T031700Z-00000a" };
    expect(await takeLease(store, retry, () => START + 2 * MINUTE)).to.have.property("lease");
    expect(store.running?.runId).to.equal(retry.runId);
  });

  it("is given back by nobody but its holder: one that expired meanwhile is another's", async () => {
    const store = new MemoryStore();
    const late = await taken(store, 1);
    await taken(store, 2, START + 60 * MINUTE);
    await late.release();
    expect(store.running).to.include({ state: "running", holder: "request-2" });
  });

  it("may be given back twice", async () => {
    const store = new MemoryStore();
    const lease = await taken(store, 1);
    await lease.release();
    await lease.release();
    expect(store.running?.state).to.equal("idle");
  });

  it("of an execution is given back by who knows no more than the execution, and nobody else's is", async () => {
    const store = new MemoryStore();
    await releaseOf(store, "request-1", START);
    expect(store.running?.state).to.equal("idle");
    await taken(store, 1);
    await releaseOf(store, "request-2", START);
    expect(store.running?.state).to.equal("running");
    await releaseOf(store, "request-1", START);
    expect(store.running).to.include({ state: "idle", runId: "20261123T031500Z-000001" });
  });

  it("is nobody's where the object says nothing that this project writes", async () => {
    for (const text of [
      "",
      "null",
      "[]",
      "{",
      '{"schema":"other/1"}',
      JSON.stringify({ ...running(), expiresAt: "soon" }),
    ]) {
      const store = new MemoryStore();
      store.bytes = Buffer.from(text);
      await taken(store, 1);
      expect(store.running?.holder, text).to.equal("request-1");
    }
  });

  it("is one's own where the write was made and only its answer was lost", async () => {
    for (const before of [undefined, Buffer.from(JSON.stringify(running({ state: "idle" })))]) {
      const store = new MemoryStore((write) => write === 1);
      store.bytes = before;
      const lease = await taken(store, 3);
      await lease.release();
      expect(store.running).to.include({ state: "idle", holder: "request-3" });
      expect(store.writes).to.equal(2);
    }
  });

  it("ends with an error where others take it and give it back all the time", async () => {
    const store = new MemoryStore();
    store.bytes = Buffer.from(JSON.stringify(running({ state: "idle" })));
    store.replace = () => Promise.resolve(undefined);
    const failure = await takeLease(store, request(1), () => START).catch((error: Error) => error.message);
    expect(failure).to.contain("others took the lease");
  });

  it("is had by exactly one of all who try at once, in whatever order their calls come and whichever answers are lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 4 }),
        fc.constantFrom(undefined, running({ state: "idle" }), running({ expiresAt: new Date(START).toISOString() })),
        async (scheduler, takers, lost, before) => {
          const store = new MemoryStore(
            (write) => lost[write - 1] ?? false,
            () => scheduler.schedule(Promise.resolve()),
          );
          store.bytes = before && Buffer.from(JSON.stringify({ ...before, holder: "before" }));
          const tries = Array.from({ length: takers }, (_, n) =>
            takeLease(store, request(n + 1), () => START + MINUTE),
          );
          const answers = await scheduler.waitFor(Promise.all(tries));
          const winners = answers.flatMap((answer, n) => ("lease" in answer ? [request(n + 1).holder] : []));
          expect(winners).to.deep.equal([store.running?.holder]);
          for (const answer of answers) {
            if ("refused" in answer) expect(answer.refused.running.holder).to.equal(winners[0]);
          }
        },
      ),
    );
  });

  it("never lets two run at once, with clocks apart, holders that die and attempts that come again", async () => {
    const step = fc.record({
      holder: fc.integer({ min: 1, max: 3 }),
      after: fc.integer({ min: 0, max: 12 }),
      does: fc.constantFrom("run", "end", "die"),
    });
    const clocks = fc.array(fc.integer({ min: -CLOCKS_APART_MS / 2, max: CLOCKS_APART_MS / 2 }), {
      minLength: 4,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), clocks, async (steps, ahead) => {
        const store = new MemoryStore();
        /** Runs that are really going on, until when by the true time. */
        const alive = new Map<number, { until: number; lease: Lease }>();
        let now = START;
        for (const [count, { holder, after, does }] of steps.entries()) {
          now += after * MINUTE;
          for (const [who, { until }] of alive) if (until <= now) alive.delete(who);
          if (does === "die") alive.delete(holder);
          if (does === "end") {
            await alive.get(holder)?.lease.release();
            alive.delete(holder);
          }
          if (does !== "run" || alive.has(holder)) continue;
          const mine = now + (ahead[holder] ?? 0);
          const wanted = { ...request(holder, mine), runId: `20261123T031500Z-${String(count).padStart(6, "0")}` };
          const answer = await takeLease(store, wanted, () => mine);
          if ("lease" in answer) alive.set(holder, { until: now + 15 * MINUTE, lease: answer.lease });
          expect(alive.size, "runs at once").to.be.at.most(1);
        }
      }),
    );
  });
});
