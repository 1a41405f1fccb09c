/**
 * The consolidation of one run and what it took, in a process of its own:
 *
 *   node BUNDLE_OF_THIS_FILE ACCOUNTS USERS SEED OUT
 *
 * The reports are made and spooled first, as they are while a run waits; then they are consolidated to CSV and Parquet in the
 * folder OUT, which is what is measured. Prints JSON of `ConsolidationFigures`.
 */
import { parseCredentialReport } from "../report/credentialReport";
import { consolidatedColumns } from "../report/consolidated";
import { consolidate, csvSink, type ConsolidationPart } from "../runtime/consolidation";
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
  csvBytes: number;
  parquetBytes: number;
  /** Resident memory when the reports were spooled. */
  idleMiB: number;
  /** Of the consolidation to both formats. */
  peakMiB: number;
}

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
  const run = async (name: string, formats: ("csv" | "parquet")[]) => {
    const store = new FolderStore(`${out}/${name}`);
    const sinks = await Promise.all(
      formats.map(async (format) =>
        format === "csv"
          ? csvSink(await store.open(keys.consolidated(origins[0]?.runId ?? "")))
          : parquetSink(await store.open(keys.typed(origins[0]?.runId ?? ""))),
      ),
    );
    const started = performance.now();
    const objects = await consolidate(consolidatedColumns([columns]), parts(), sinks);
    return { seconds: (performance.now() - started) / 1000, objects };
  };

  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const both = await run("both", ["csv", "parquet"]);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const csv = await run("csv", ["csv"]);
  const parquet = await run("parquet", ["parquet"]);
  await spool.close();
  return {
    rows: accounts * (users + 1),
    seconds: both.seconds,
    csvSeconds: csv.seconds,
    parquetSeconds: parquet.seconds,
    csvBytes: both.objects[0]?.bytes ?? 0,
    parquetBytes: both.objects[1]?.bytes ?? 0,
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
