import type { Difference } from "../report/difference/difference";
import { findingOpenedEvent, openedFindings, runEvent } from "../report/events/events";
import type { CollectorEvent, OpenedFindings } from "../report/events/eventTypes";
import { Exceptions } from "../report/exceptions";
import type { EvidenceObject, Manifest } from "../report/manifest";
import { compareWithRunBefore } from "./comparison";
import { CallError, errorMessage } from "./errors";
import type { EventSender } from "./events";
import type { Log } from "./log";
import type { Means } from "./means";
import { metricsOfRun, type MetricsSink, type RunEffort } from "./runMetrics";
import type { Announcement, CollectorSettings } from "./settings";
import type { Store } from "./store";

/** A run whose evidence stands, complete or not. */
export interface FinishedRun extends RunEffort {
  manifest: Manifest;
  /** The manifest as it was written. */
  stored: EvidenceObject;
}

/** Tells others of a run whose evidence stands. Never throws: a run is not worse for what nobody heard of. */
export type AnnounceRun = (run: FinishedRun) => Promise<Announcement | undefined>;

/** What announcing needs beside the run. */
export interface AnnouncementContext extends Means {
  settings: Pick<CollectorSettings, "thresholds" | "exceptions" | "bucketName" | "events">;
  store: Store;
  log: Log;
  metrics: MetricsSink;
  /** Sends events; without it none are sent. */
  send?: EventSender | undefined;
}

/** Findings that opened, of which events are sent for one run; `RunCompleted` says how many there are. */
export const MOST_FINDINGS_SENT = 1000;

/** Most time for sending events: with a bus that answers, a thousand take some seconds. */
const SENDING_MS = 15_000;

/** Time for one event that there always is, because an invocation keeps more than that back. */
export const ONE_EVENT_MS = 2_000;

/** Metrics and events of the runs of one invocation. */
export class RunAnnouncer {
  /** A run was announced. */
  announced = false;
  /** What changed since the run before, where that was asked for and could be told. */
  difference: Difference | undefined;
  private readonly problems: string[] = [];

  constructor(private readonly context: AnnouncementContext) {}

  readonly announce: AnnounceRun = async (run) => {
    const { manifest } = run;
    const { metrics, send, settings } = this.context;
    this.announced = true;
    // Before all that takes memory: whoever runs out of it cannot say so any more.
    metrics(metricsOfRun(manifest, run), manifest.runId);
    if (!send) return undefined;
    const findings = settings.events?.findings ? await this.openedSinceRunBefore(manifest) : undefined;
    const endsAt = this.endOfSending();
    const opened = findings ? await this.tellOf(findings, send, endsAt) : null;
    const { stored } = run;
    const told = await send(
      [
        runEvent({
          ...{ manifest, bucket: settings.bucketName, manifestKey: stored.key, manifestSha256: stored.sha256 },
          opened,
        }),
      ],
      Math.max(endsAt, this.context.clock.now() + ONE_EVENT_MS),
    );
    if (told.problem !== undefined) this.problems.push(`The event of the run was not sent: ${told.problem}`);
    return this.summed(manifest.runId, told.sent + (opened?.sent ?? 0), opened);
  };

  private async openedSinceRunBefore(manifest: Manifest): Promise<OpenedEvents | undefined> {
    const { store, settings, metrics } = this.context;
    const { thresholds } = settings;
    try {
      const difference = await compareWithRunBefore(manifest, {
        ...this.context,
        ...{ store, thresholds, leaveMs: SENDING_MS },
      });
      if (!difference) return undefined;
      this.difference = difference;
      const { standing, excepted } = openedFindings(
        difference,
        new Exceptions(settings.exceptions, manifest.startedAt),
      );
      metrics({ FindingsOpened: standing.length }, manifest.runId);
      return {
        since: difference.from.runId,
        count: standing.length,
        excepted: excepted.length,
        events: standing
          .slice(0, MOST_FINDINGS_SENT)
          .map((change) => findingOpenedEvent(change, difference, thresholds)),
      };
    } catch (error) {
      const code = error instanceof CallError ? `${error.code}: ` : "";
      this.problems.push(`The run before is not compared: ${code}${errorMessage(error)}`);
      return undefined;
    }
  }

  private async tellOf(findings: OpenedEvents, send: EventSender, endsAt: number): Promise<OpenedFindings> {
    const { since, count, excepted, events } = findings;
    const { sent, problem } = await send(events, endsAt);
    if (problem !== undefined) this.problems.push(`${count - sent} opened findings were not sent: ${problem}`);
    else if (sent < count) this.problems.push(`${count - sent} opened findings were not sent: there are too many`);
    return { since, count, excepted, sent, allSent: sent === count };
  }

  private endOfSending(): number {
    const { clock, endsAt } = this.context;
    return Math.min(endsAt, clock.now() + SENDING_MS);
  }

  private summed(runId: string, sent: number, opened: OpenedFindings | null): Announcement {
    const problem = this.problems.join("; ");
    this.context.log({
      level: problem === "" ? "info" : "error",
      message: problem === "" ? "events sent" : "events not sent as they should be",
      runId,
      sent,
      ...(opened && { opened: opened.count }),
      ...(problem !== "" && { problem }),
    });
    return { sent, opened, ...(problem !== "" && { problem }) };
  }
}

/** Findings that opened, as the events that tell of them. */
interface OpenedEvents extends Pick<OpenedFindings, "since" | "count" | "excepted"> {
  events: CollectorEvent[];
}
