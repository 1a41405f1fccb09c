import { AwsFault } from "./fakeWire";

/** When IAM makes reports. */
export interface FakeReportsOptions {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Reports in generation at once, above which `LimitExceeded` is the answer; unlimited by default. */
  mostGenerating?: number;
}

/** The part of IAM that makes reports in its own time, in all accounts of an organization. */
export class FakeReports {
  /** Milliseconds since 1970 at which each account's report was begun. */
  private readonly startedAt = new Map<string, number>();
  /** Milliseconds since 1970 at which each account's report is ready, whether it is yet or not. */
  private readonly readyAt = new Map<string, number>();
  /** Accounts whose report was in generation when last looked at. */
  private readonly generating = new Set<string>();
  constructor(private readonly options: FakeReportsOptions) {}

  /**
   * GenerateCredentialReport: begins a report, or says how far it is.
   *
   * @param takesMs Time that the account's report takes.
   * @throws {AwsFault} `LimitExceeded` if there are too many in generation.
   */
  generate(accountId: string, takesMs: number): "STARTED" | "INPROGRESS" | "COMPLETE" {
    const now = this.options.now();
    const readyAt = this.readyAt.get(accountId);
    if (readyAt !== undefined) return readyAt <= now ? "COMPLETE" : "INPROGRESS";
    this.forgetReady(now);
    if (this.generating.size >= (this.options.mostGenerating ?? Infinity)) {
      throw new AwsFault(409, "LimitExceeded", "The request was rejected: no more capacity to generate reports");
    }
    this.readyAt.set(accountId, now + takesMs);
    this.startedAt.set(accountId, now);
    this.generating.add(accountId);
    return "STARTED";
  }

  /**
   * GetCredentialReport: passes if the report is there.
   *
   * @throws {AwsFault} `ReportNotPresent` or `ReportInProgress`.
   */
  requireReady(accountId: string): void {
    const readyAt = this.readyAt.get(accountId);
    if (readyAt === undefined) throw new AwsFault(410, "ReportNotPresent", "The credential report does not exist");
    if (readyAt > this.options.now()) {
      throw new AwsFault(404, "ReportInProgress", "The credential report is still being generated");
    }
  }

  /** The most reports that were ever in generation at once. */
  peak(): number {
    const changes = [
      ...Array.from(this.readyAt.values(), (time) => ({ time, by: -1 })),
      ...Array.from(this.startedAt.values(), (time) => ({ time, by: 1 })),
    ].sort((a, b) => a.time - b.time || a.by - b.by);
    let generating = 0;
    return changes.reduce((most, { by }) => Math.max(most, (generating += by)), 0);
  }

  private forgetReady(now: number): void {
    // Looked at only where it matters: with no limit in sight, a set that only grows is cheaper.
    if (this.generating.size < (this.options.mostGenerating ?? 0)) return;
    for (const accountId of this.generating) {
      if ((this.readyAt.get(accountId) ?? 0) <= now) this.generating.delete(accountId);
    }
  }
}
