import { AsyncLocalStorage } from "node:async_hooks";
import { Transform, type Readable, type TransformCallback } from "node:stream";

import { REPORT_LIMITS } from "../report/credentialReport";

/** What an answer of a service may take. */
export interface AnswerLimits {
  /** The largest answer that is read. */
  bytes: number;
  /** Bytes of all reports together that are in memory as they came; an answer waits until there is room for it. */
  bytesAtOnce: number;
  /** Milliseconds from the first byte of an answer to its last. */
  milliseconds: number;
}

/**
 * A report comes as base64 within XML, so an answer is by a third larger than the largest report. What is larger is broken off at once: nobody
 * but the account that sent it goes without a report.
 */
export const ANSWER_LIMITS: AnswerLimits = {
  bytes: Math.ceil((REPORT_LIMITS.bytes * 4) / 3) + 1024 * 1024,
  bytesAtOnce: 64 * 1024 * 1024,
  milliseconds: 60_000,
};

/** An answer of which no more is read. Tried again it would be the same. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
  /** Keeps the SDK from taking the answer for one that broke off. */
  readonly $metadata = {};
}

/** An answer that comes byte by byte: tried again, it may come as it should. */
class AnswerTooSlow extends Error {
  override readonly name = "TimeoutError";
  readonly $metadata = {};
}

/** Room for bytes that several hold, given in the order in which they asked. */
export class ByteBudget {
  private held = 0;
  private readonly queue: { bytes: number; go: () => void }[] = [];

  /** The most that was ever held. */
  peak = 0;

  constructor(private readonly most: number) {}

  /** Waits until there is room. More than there ever is counts as all of it. */
  async take(wanted: number): Promise<() => void> {
    const bytes = Math.min(wanted, this.most);
    if (this.queue.length > 0 || this.held + bytes > this.most) {
      await new Promise<void>((go) => this.queue.push({ bytes, go }));
    } else this.hold(bytes);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.held -= bytes;
      this.next();
    };
  }

  private next(): void {
    for (let first = this.queue[0]; first && this.held + first.bytes <= this.most; first = this.queue[0]) {
      this.queue.shift();
      this.hold(first.bytes);
      first.go();
    }
  }

  private hold(bytes: number): void {
    this.held += bytes;
    this.peak = Math.max(this.peak, this.held);
  }
}

/** An answer as the handler gives it, before anything of its body is read. */
interface RawAnswer {
  statusCode: number;
  headers: Record<string, string | undefined>;
  body: unknown;
}

/** What is known of the request that an answer belongs to. */
interface AnswerContext {
  commandName?: string;
}

/** Commands whose answers are read piece by piece, by whoever asked. */
const STREAMS = /^(GetObject|Invoke)Command$/;

/** What is taken for an answer that does not say how long it is. */
const UNKNOWN_LENGTH = 1024 * 1024;

/** The command whose answer is as large as others make it. */
const REPORT = "GetCredentialReportCommand";

/**
 * Bounds what the clients of a run read. It stands between the connection and the SDK, which reads an answer whole before it looks at it.
 */
export class BoundedAnswers {
  readonly reports: ByteBudget;
  /** For the one report that turns out larger than what was taken for it: two would wait for each other. */
  private readonly growing: ByteBudget;
  private readonly scope = new AsyncLocalStorage<(() => void)[]>();

  constructor(private readonly limits: AnswerLimits = ANSWER_LIMITS) {
    this.reports = new ByteBudget(limits.bytesAtOnce);
    this.growing = new ByteBudget(limits.bytes);
  }

  /** Runs work on an answer; what the answer takes of the room for reports it has until the work is done. */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = [];
    try {
      return await this.scope.run(releases, work);
    } finally {
      for (const release of releases) release();
    }
  }

  /** To be added to a client's stack at the step `deserialize`, with low priority: nearest to the connection. */
  readonly middleware =
    <Args, Output extends { response: unknown }>(
      next: (args: Args) => Promise<Output>,
      context: AnswerContext,
    ): ((args: Args) => Promise<Output>) =>
    async (args) => {
      const output = await next(args);
      const answer = output.response as RawAnswer;
      if (STREAMS.test(context.commandName ?? "") && answer.statusCode < 300) return output;
      await this.bound(answer, context.commandName === REPORT);
      return output;
    };

  private async bound(answer: RawAnswer, isReport: boolean): Promise<void> {
    const body = answer.body as Readable | undefined;
    if (typeof body?.pipe !== "function") return;
    const { bytes: most, milliseconds } = this.limits;
    const length = Number(answer.headers["content-length"] ?? NaN);
    if (length > most) {
      body.destroy();
      throw tooLarge(`${length} bytes`, most);
    }
    const releases = isReport ? this.scope.getStore() : undefined;
    const known = Number.isNaN(length) ? Math.min(UNKNOWN_LENGTH, most) : length;
    if (releases) releases.push(await this.reports.take(known));
    const grow = async (): Promise<void> => {
      if (releases) releases.push(await this.growing.take(most));
    };
    answer.body = body.pipe(new Bounded(body, { known, most, milliseconds, grow }));
  }
}

function tooLarge(size: string, most: number): AnswerTooLarge {
  return new AnswerTooLarge(`the answer has ${size}; at most ${most} are read`);
}

/** What a body may take. */
interface Bounds {
  /** Bytes that there is room for. */
  known: number;
  most: number;
  milliseconds: number;
  /** Makes room for {@link Bounds.most} bytes. */
  grow: () => Promise<void>;
}

/** Passes a body on while it is within its limits. */
class Bounded extends Transform {
  private bytes = 0;
  private grown = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly source: Readable,
    private readonly bounds: Bounds,
  ) {
    super();
    const { milliseconds } = bounds;
    const slow = (): void =>
      void this.destroy(new AnswerTooSlow(`the answer did not end within ${milliseconds / 1000} s`));
    this.timer = setTimeout(slow, milliseconds).unref();
    const broken = (): void => void this.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    source.once("error", (error) => this.destroy(error));
    source.once("aborted", broken);
    // It may have broken off while it waited for room.
    if (source.destroyed) process.nextTick(broken);
    // Nobody has to read the body of an answer.
    this.on("error", () => undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { known, most, grow } = this.bounds;
    this.bytes += chunk.byteLength;
    if (this.bytes > most) return done(tooLarge(`more than ${most} bytes`, most));
    if (this.bytes <= known || this.grown) return done(null, chunk);
    this.grown = true;
    grow().then(() => done(null, chunk), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.timer);
    if (error) this.source.destroy();
    done(error);
  }
}
