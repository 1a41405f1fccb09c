import { assess, Tally, type ControlTally } from "../report/assessment";
import { consoleLink } from "../report/consoleLink";
import { credentialRows, readColumns } from "../report/consolidatedReader";
import { differenceOf, type Difference } from "../report/difference/difference";
import { Exceptions } from "../report/exceptions";
import { ReportPage } from "../report/html";
import type { EvidenceObject, Manifest } from "../report/manifest";
import { notification } from "../report/notification";
import { trendPoint, type TrendPoint } from "../report/trend";
import { CallError, errorMessage } from "./errors";
import { earlierManifests } from "./earlierRuns";
import type { Log } from "./log";
import { requireMeans, type Means } from "./means";
import type { Publisher } from "./publish";
import type { CollectorSettings, Delivery } from "./settings";
import { keys, textWriter, type Store } from "./store";

/**
 * Delivers the report of a run whose evidence stands: stores the page beside it and publishes its summary. Never throws: a run is
 * not worse for a report that did not arrive, and its summary says what went wrong.
 *
 * @param stored The manifest as it was written.
 */
export type DeliverReport = (manifest: Manifest, stored: EvidenceObject) => Promise<Delivery>;

/** What delivering needs beside the run. */
export interface DeliveryContext extends Means {
  settings: Pick<CollectorSettings, "partition" | "region" | "bucketName" | "thresholds" | "exceptions">;
  store: Store;
  publish: Publisher;
  log: Log;
  /** What changed since the run before, where that is known already. */
  compared?: () => Difference | undefined;
}

/** Kept back to publish the summary, whatever became of the page. */
const PUBLISHING_MS = 10_000;

/** Delivers by way of the evidence in the store, whose hashes are checked again. */
export function reportDelivery(context: DeliveryContext): DeliverReport {
  return (manifest, stored) => new ReportDelivery(context, manifest, stored).run();
}

class ReportDelivery {
  private readonly problems: string[] = [];
  /** Those of the manifest, which knows no exceptions, until the rows were read again. */
  private controls: ControlTally[];
  private difference: Difference | undefined;

  constructor(
    private readonly context: DeliveryContext,
    private readonly manifest: Manifest,
    private readonly stored: EvidenceObject,
  ) {
    this.controls = (manifest.controls?.results ?? []).map((results) => ({ ...results, excepted: 0 }));
  }

  async run(): Promise<Delivery> {
    const { runId } = this.manifest;
    const page = (await this.attempt("The page was not stored", () => this.storePage())) ? keys.page(runId) : null;
    const published = await this.attempt("The summary was not published", () => this.publish(page));
    const failed = this.problems.length > 0;
    const delivery = { page, published, ...(failed ? { problem: this.problems.join("; ") } : {}) };
    this.context.log({
      level: failed ? "error" : "info",
      message: failed ? "report not delivered as it should be" : "report delivered",
      runId,
      ...delivery,
      page: page ?? undefined,
    });
    return delivery;
  }

  private publish(page: string | null): Promise<void> {
    const { settings, publish, endsAt } = this.context;
    const message = notification({
      manifest: this.manifest,
      manifestSha256: this.stored.sha256,
      controls: this.controls,
      difference: this.difference,
      link: {
        what: page === null ? "manifest" : "page",
        address: consoleLink(settings.partition, settings.region, settings.bucketName, page ?? this.stored.key),
      },
      problems: this.problems,
    });
    return publish(message, endsAt);
  }

  /** Reads the run's rows back, holds them against those of the run before, and stores the page. */
  private async storePage(): Promise<void> {
    const { settings, store } = this.context;
    const { manifest } = this;
    this.requireMeans("to make the page");
    const csv = text(await store.read(manifest.consolidated));
    const trend = await this.lookBack(csv);
    const exceptions = new Exceptions(settings.exceptions, manifest.startedAt);
    const page = new ReportPage({ thresholds: settings.thresholds, exceptions });
    const tally = new Tally();
    for (const row of credentialRows(csv)) {
      const assessments = assess(row, settings.thresholds, exceptions);
      page.add(row, assessments);
      for (const assessment of assessments) tally.add(assessment);
    }
    this.controls = tally.results();
    const pieces = page.pieces({
      manifest,
      manifestSha256: this.stored.sha256,
      columns: readColumns(csv),
      bucket: settings.bucketName,
      ...(this.difference ? { difference: this.difference } : {}),
      trend,
    });
    await writePieces(store, keys.page(manifest.runId), pieces);
  }

  /** Finds out what changed since the run before, and the trend up to this run. */
  private async lookBack(csv: string): Promise<TrendPoint[]> {
    const trend = [trendPoint(this.manifest)];
    await this.attempt("Not all earlier runs are shown", async () => {
      for await (const before of earlierManifests(this.context.store, this.manifest)) {
        // the first is the run before; of those before it, the manifest says enough
        if (trend.length === 1) {
          await this.attempt("The run before is not compared", () => this.compare(csv, before));
        }
        trend.unshift(trendPoint(before));
        this.requireMeans("to look further back");
      }
    });
    return trend;
  }

  private async compare(csv: string, before: Manifest): Promise<void> {
    const { store, settings, compared } = this.context;
    this.difference = compared?.();
    if (this.difference) return;
    this.requireMeans("to compare it", before.rows);
    const older = text(await store.read(before.consolidated));
    this.difference = differenceOf(
      { manifest: before, rows: credentialRows(older) },
      { manifest: this.manifest, rows: credentialRows(csv) },
      settings.thresholds,
    );
  }

  /** @param rowsBefore Rows of the run before, where it is about to be compared; the page is always still to be made. */
  private requireMeans(what: string, rowsBefore?: number): void {
    const { rows } = this.manifest;
    const read = rowsBefore === undefined ? rows : 2 * rows + rowsBefore;
    requireMeans(this.context, what, { rows, rowsBefore, read, leaveMs: PUBLISHING_MS });
  }

  /** Does what a report can do without: whether it went well; if not, the problem is noted. */
  private async attempt(problem: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const code = error instanceof CallError ? `${error.code}: ` : "";
      this.problems.push(`${problem}: ${code}${errorMessage(error)}`);
      return false;
    }
  }
}

async function writePieces(store: Store, key: string, pieces: Iterable<string>): Promise<void> {
  const writer = await store.open(key);
  try {
    const page = textWriter(writer);
    for (const piece of pieces) await page.write(piece);
    await page.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
