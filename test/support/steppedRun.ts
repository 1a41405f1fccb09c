import type { Manifest } from "../../report/manifest";
import { awsClients } from "../../runtime/clients";
import { collectBatch, ROUND_MS } from "../../runtime/engine/collectStep";
import { finishBatches, type FinishSurroundings } from "../../runtime/engine/finishStep";
import { listRun } from "../../runtime/engine/listStep";
import type { CollectAnswer, ListAnswer } from "../../runtime/engine/steps";
import { S3WorkStore } from "../../runtime/engine/workStore";
import type { LogEntry } from "../../runtime/log";
import { S3Store } from "../../runtime/s3Store";
import type { CollectorSettings, RunSummary } from "../../runtime/settings";
import { readJson, SETTINGS } from "./collectorRun";
import type { FakeAws } from "./fakeAws";
import { fakeClock, type FakeClock } from "./fakeClock";

/** What a stepped run may be given otherwise. */
export interface SteppedOptions {
  start?: string;
  clock?: FakeClock;
  settings?: Partial<CollectorSettings>;
  runId?: string;
  finish?: Partial<FinishSurroundings>;
}

const EXECUTION = "arn:aws:states:eu-central-1:111111111111:execution:collector:night";

/** Calls the steps of a run as the state machine does, over HTTP, on a clock that does not wait. */
export class SteppedRun {
  readonly logs: LogEntry[] = [];
  readonly clock: FakeClock;
  readonly runId: string;
  readonly settings: CollectorSettings;

  constructor(
    readonly aws: FakeAws,
    private readonly options: SteppedOptions = {},
  ) {
    this.clock = options.clock ?? fakeClock(options.start);
    this.settings = { ...SETTINGS, engine: "stepfunctions", batchSize: 3, batchConcurrency: 4, ...options.settings };
    this.runId = options.runId ?? "20261123T030000Z-000800";
  }

  /** One invocation of the function: nothing that it uses outlives it. */
  private async invoke<T>(step: (around: FinishSurroundings) => Promise<T>): Promise<T> {
    const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };
    const clients = awsClients(this.settings, { endpoint: this.aws.endpoint, credentials });
    try {
      return await step({
        settings: this.settings,
        clients,
        work: new S3WorkStore(clients.s3, this.settings, this.clock),
        store: new S3Store(clients.s3, this.settings, this.clock),
        clock: this.clock,
        log: (entry) => this.logs.push(entry),
      });
    } finally {
      clients.destroy();
    }
  }

  list(): Promise<ListAnswer> {
    const { runId } = this;
    const event = { step: "list", execution: EXECUTION } as const;
    return this.invoke((around) => listRun(event, { runId, startedAt: this.clock.now() }, around));
  }

  /** One round. */
  round(batch: number, batches: number, ms = ROUND_MS): Promise<CollectAnswer> {
    const event = { step: "collect", runId: this.runId, batch, batches } as const;
    return this.invoke((around) => collectBatch(event, around, this.clock.now() + ms));
  }

  /** All rounds of a batch, with the waits between them. */
  async batch(batch: number, batches: number): Promise<CollectAnswer[]> {
    const answers: CollectAnswer[] = [];
    for (;;) {
      const answer = await this.round(batch, batches);
      answers.push(answer);
      if (answer.pending === 0) return answers;
      await this.clock.sleep(answer.waitSeconds * 1000);
    }
  }

  finish(): Promise<RunSummary> {
    const event = { step: "finish", runId: this.runId, execution: EXECUTION } as const;
    return this.invoke((around) => finishBatches(event, { ...around, ...this.options.finish }));
  }

  /** The whole run, batch by batch. */
  async run(): Promise<RunSummary> {
    const { batches } = await this.list();
    for (const batch of batches) await this.batch(batch, batches.length);
    return this.finish();
  }

  manifest(): Manifest {
    return readJson(this.aws, `runs/${this.runId}/manifest.json`) as Manifest;
  }
}
