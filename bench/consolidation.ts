/**
 * The consolidation of one run and what it took, in a process of its own:
 *
 *   node BUNDLE_OF_THIS_FILE ACCOUNTS USERS SEED OUT
 *
 * The reports are made and spooled first, as they are while a run waits; then they are consolidated to CSV and Parquet and held
 * against the controls, into the folder OUT, which is what is measured. Prints JSON of `ConsolidationFigures`.
 */
import { parseCredentialReport } from "../report/credentialReport";
import { consolidatedColumns } from "../report/consolidated";
import { DEFAULT_THRESHOLDS } from "../report/controls";
import { consolidate, csvSink, type ConsolidationPart, type ConsolidationSink } from "../runtime/consolidation";
import { findingsSink, type FindingsSink } from "../runtime/findingsSink";
import { FolderStore } from "../runtime/folderStore";
import { parquetSink } from "../runtime/parquetSink";
import { Spool } from "../runtime/spool";
import { keys } from "../runtime/store";
import { consolidationOrigins, reportsOf } from "./organization";

/** What a consolidation took. */
export interface ConsolidationFigures {
  rows: number;
  seconds: number;
  /** Each format alone, reports read and parsed anew. */
  csvSeconds: number;
  parquetSeconds: number;
  /** The controls and their findings alone. */
  controlsSeconds: number;
  csvBytes: number;
  parquetBytes: number;
  findingsBytes: number;
  /** Failed and undecided results. */
  findings: number;
  /** Resident memory when the reports were spooled. */
  idleMiB: number;
  /** Of all three together. */
  peakMiB: number;
}

type Format = "csv" | "parquet" | "controls";

const SINKS: Record<Format, (store: FolderStore, runId: string) => Promise<ConsolidationSink>> = {
  csv: async (store, runId) => csvSink(await store.open(keys.consolidated(runId))),
  parquet: async (store, runId) => parquetSink(await store.open(keys.typed(runId))),
  controls: async (store, runId) => findingsSink(await store.open(keys.findings(runId)), DEFAULT_THRESHOLDS),
};

async function main(accounts: number, users: number, seed: number, out: string): Promise<ConsolidationFigures> {
  const origins = consolidationOrigins(accounts);
  const reportOf = reportsOf({ users, seed });
  const spool = await Spool.open(out);
  for (const { accountId } of origins) await spool.add(accountId, Buffer.from(reportOf(accountId)));
  const { columns } = parseCredentialReport(reportOf(origins[0]?.accountId ?? ""), origins[0]?.accountId ?? "");

  function* parts(): Iterable<ConsolidationPart> {
    for (const origin of origins) {
      yield { origin, read: async () => parseCredentialReport(await spool.read(origin.accountId), origin.accountId) };
    }
  }
  const run = async (name: string, formats: readonly Format[]) => {
    const store = new FolderStore(`${out}/${name}`);
    const sinks = await Promise.all(formats.map(async (format) => SINKS[format](store, origins[0]?.runId ?? "")));
    const started = performance.now();
    const objects = await consolidate(consolidatedColumns([columns]), parts(), sinks);
    const seconds = (performance.now() - started) / 1000;
    const results = sinks.flatMap((sink) => ("results" in sink ? (sink as FindingsSink).results() : []));
    return {
      seconds,
      objects,
      findings: results.reduce((sum, { fail, notDecidable }) => sum + fail + notDecidable, 0),
    };
  };

  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const all = await run("all", ["csv", "parquet", "controls"]);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const csv = await run("csv", ["csv"]);
  const parquet = await run("parquet", ["parquet"]);
  const controls = await run("controls", ["controls"]);
  await spool.close();
  return {
    rows: accounts * (users + 1),
    seconds: all.seconds,
    csvSeconds: csv.seconds,
    parquetSeconds: parquet.seconds,
    controlsSeconds: controls.seconds,
    csvBytes: all.objects[0]?.bytes ?? 0,
    parquetBytes: all.objects[1]?.bytes ?? 0,
    findingsBytes: all.objects[2]?.bytes ?? 0,
    findings: all.findings,
    idleMiB,
    peakMiB,
  };
}

const [accounts = 0, users = 0, seed = 0] = process.argv.slice(2, 5).map(Number);
main(accounts, users, seed, process.argv[5] ?? "").then(
  (figures) => process.stdout.write(`${JSON.stringify(figures)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
